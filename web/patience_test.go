package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are of this process, and on its clock.
type pipes struct {
	came chan net.Conn
	done chan struct{}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.came:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipes) Close() error   { close(l.done); return nil }
func (l *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (l *pipes) dial() net.Conn {
	here, there := net.Pipe()
	l.came <- there
	return here
}

// served lets a handler answer at pipes while do runs.
func served(h http.Handler, do func(*pipes)) {
	l := &pipes{make(chan net.Conn), make(chan struct{})}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Second, IdleTimeout: time.Second}
	over := make(chan struct{})
	go func() { defer close(over); _ = server.Serve(l) }()
	do(l)
	_ = server.Close()
	<-over
}

const posts = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"

func TestABodyThatTricklesIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, took := 0, time.Duration(0)
		h := (&Server{}).secured(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			began := time.Now()
			body, _ := io.ReadAll(r.Body)
			read, took = len(body), time.Since(began)
		}))
		served(h, func(l *pipes) {
			c := l.dial()
			defer c.Close()
			go func() { _, _ = io.Copy(io.Discard, c) }()
			_, _ = io.WriteString(c, posts)
			for began := time.Now(); time.Since(began) < time.Hour; {
				if _, err := c.Write([]byte("x")); err != nil {
					break
				}
				time.Sleep(time.Second)
			}
			synctest.Wait()
		})
		if read == 0 || read > 60 || took > 2*bodyWithin {
			t.Errorf("%d bytes were read in %v", read, took)
		}
	})
}

func TestABodyThatComesSlowlyIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took := time.Duration(0)
		h := (&Server{}).secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := time.Now()
			body, err := io.ReadAll(r.Body)
			took = time.Since(began)
			time.Sleep(10 * bodyWithin) // thinking about it is not the page's fault
			if err != nil || len(body) != 100_000 || r.Context().Err() != nil {
				w.WriteHeader(http.StatusTeapot)
			}
		}))
		served(h, func(l *pipes) {
			c := l.dial()
			defer c.Close()
			_, _ = io.WriteString(c, posts)
			for range 50 {
				_, _ = io.WriteString(c, strings.Repeat("x", 2000))
				time.Sleep(time.Second / 2)
			}
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("%v %v", res, err)
			}
		})
		if took <= bodyWithin {
			t.Errorf("it took %v: no slow body", took)
		}
	})
}

func TestAnAnswerThatNobodyTakesIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var anybody, account time.Duration
		send := func(took *time.Duration) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				began := time.Now()
				_, _ = w.Write(make([]byte, 1<<20))
				*took = time.Since(began)
			}
		}
		rt := newRoutes(nil)
		rt.public("GET /all", send(&anybody))
		rt.mux.HandleFunc("GET /staff", atLeisure(send(&account)))
		served(rt.mux, func(l *pipes) {
			for _, path := range []string{"/all", "/staff"} {
				c := l.dial()
				_, _ = io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
				time.Sleep(time.Hour)
				_ = c.Close()
				synctest.Wait()
			}
		})
		if anybody != answerWithin || account != time.Hour {
			t.Errorf("whoever it is was waited for %v, an account %v", anybody, account)
		}
	})
}

func TestWatchersLeaveDescriptorsForTheExam(t *testing.T) {
	for files, most := range map[uint64]int64{0: maxWatchers, 1024: 612, 20_000: maxWatchers, 1 << 62: maxWatchers} {
		if got := watchersWithin(files); got != most {
			t.Errorf("of %d files %d are for watchers, not %d", files, got, most)
		}
	}
}
