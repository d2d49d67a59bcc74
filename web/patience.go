package web

import (
	"io"
	"net/http"
	"time"
)

// Whoever sends a request byte by byte, or does not read the answer, holds a connection, and of
// those a machine has as many as candidates. Sockets of the exam and streams of boards and rooms
// bound their own; this is for all other requests.
const (
	bodyWithin   = 15 * time.Second // until a body is there, and for what is beyond:
	bodyRate     = 8 << 10          // bytes a second, as the slowest line has that one can work by
	answerWithin = 2 * time.Minute  // until an answer to whoever may be anybody is taken
)

// timedBody is a request's body that has to come.
type timedBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	until time.Time
}

// timed lets the request's body be waited for as long as it comes. A connection that can set no
// deadline is one of a test.
func timed(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	b := &timedBody{r.Body, http.NewResponseController(w), time.Now().Add(bodyWithin)}
	_ = b.conn.SetReadDeadline(b.until)
	r.Body = b
}

// Read gives who sends as much more time as what came is worth. After the end nobody is waited
// for, however long the answer takes.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch more := time.Duration(n) * time.Second / bodyRate; {
	case err == io.EOF:
		_ = b.conn.SetReadDeadline(time.Time{})
	case err == nil && more > 0:
		b.until = b.until.Add(more)
		_ = b.conn.SetReadDeadline(b.until)
	}
	return n, err
}

// inTime is for answers to whoever may be anybody; atLeisure for accounts, whose exports may take
// long. A deadline outlives its request, so that each sets its own.
func inTime(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin))
		h(w, r)
	}
}

func atLeisure(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		h(w, r)
	}
}
