package web

import (
	"sync"
	"time"
)

const (
	// renderedFor is how long a page is shown as it was made: as long as caches may keep it.
	renderedFor = time.Second
	// mostRendered bounds what is kept, whatever readers ask for.
	mostRendered = 256
)

// renderings are pages that many ask for in the same second: each is made once, while the
// others wait for it.
type renderings struct {
	mu    sync.Mutex
	pages map[string]*rendering
}

type rendering struct {
	once sync.Once
	at   time.Time
	body []byte
	etag string
	err  error
}

func newRenderings() *renderings { return &renderings{pages: make(map[string]*rendering)} }

// get returns the page of a key, made now if there is none that is young enough.
func (c *renderings) get(key string, now time.Time, render func() ([]byte, error)) ([]byte, string, error) {
	c.mu.Lock()
	r := c.pages[key]
	if r == nil || now.Sub(r.at) >= renderedFor || now.Before(r.at) {
		if len(c.pages) >= mostRendered {
			clear(c.pages)
		}
		r = &rendering{at: now}
		c.pages[key] = r
	}
	c.mu.Unlock()
	r.once.Do(func() {
		if r.body, r.err = render(); r.err == nil {
			r.etag = etagOf(r.body)
		}
	})
	return r.body, r.etag, r.err
}
