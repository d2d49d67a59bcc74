package crowd

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// sealedForm is the candidate's own form as it is fetched before the start.
type sealedForm struct {
	etag     string // "" until it has been asked for
	attempt  string // additional data of the seal
	body     []byte // kept only by those who will open it
	complete bool
	key      []byte // came before the form was here
}

// fetch gets the sealed form, on a goroutine of Run: frames are heard meanwhile.
func (c *Candidate) fetch(ctx context.Context, base, url string) {
	body, err := c.getForm(ctx, base+url)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.form.etag = "" // asked for again at the next welcome
		if ctx.Err() == nil {
			c.notice("cannot fetch its sealed form: " + err.Error())
		}
		return
	}
	c.form.body, c.form.complete = body, true
	c.came(Waits, time.Now(), time.Time{}, false)
	if c.form.key != nil {
		c.openForm(c.form.key)
	}
}

func (c *Candidate) getForm(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Cookie", c.cookie)
	resp, err := c.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	if c.Blind {
		_, err = io.Copy(io.Discard, resp.Body)
		return nil, err
	}
	return io.ReadAll(io.LimitReader(resp.Body, 16<<20))
}

// open takes the key of the sealed form. Called with the lock held.
func (c *Candidate) open(key string) {
	raw, err := base64.StdEncoding.DecodeString(key)
	switch {
	case err != nil:
		c.notice("was given a key that is not base64")
	case c.Blind:
	case !c.form.complete:
		c.form.key = raw
	default:
		c.openForm(raw)
	}
}

func (c *Candidate) openForm(key []byte) {
	var f frame
	plain, err := unseal(key, c.form.body, c.form.attempt)
	if err == nil {
		err = json.Unmarshal(plain, &f.Items)
	}
	if err != nil {
		c.notice("cannot open its sealed form: " + err.Error())
		return
	}
	f.ETag = c.form.etag
	c.form.body, c.form.key = nil, nil
	c.learn(&f)
}

func unseal(key, sealed []byte, attempt string) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, fmt.Errorf("%d bytes are no sealed form", len(sealed))
	}
	return gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], []byte(attempt))
}

// guess makes up a form of two letters a question, from what the sections say.
func (c *Candidate) guess(f *frame) {
	c.etag = f.ETag
	questions := 0
	for _, s := range f.Sections {
		questions = max(questions, s.To)
	}
	if c.letters.len() == questions {
		return
	}
	c.letters = letters{shown: make([]uint8, questions)}
	for i := range questions {
		c.letters.shown[i] = 2
	}
	c.makeRoom()
}

// makeRoom for what will stand.
func (c *Candidate) makeRoom() {
	if n := c.letters.len(); len(c.answers) != n {
		c.answers, c.marks, c.fresh = make([]standing, n), make([]standing, n), nil
	}
}
