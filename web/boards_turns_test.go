package web

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"terang/engine"
)

// Ten thousand readers are told over a part of the second, and everybody once: no part is
// skipped, none is told twice, and no two moments tell more than the readers of a few parts.
func TestManyReadersComePartAfterPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, began := newTurns(), time.Now()
		v, _ := newHallOfBoards(t, engine.LiveInstant, 1, 1).View("uji")
		x := new(publicExam)
		at := make(map[time.Duration]int)
		told := make(chan time.Duration, 2*turnParts)
		for part := range turnParts {
			go func() {
				<-turns.at(part).next
				told <- time.Since(began)
			}()
		}
		synctest.Wait()
		if !turns.round(x, v, turnSpread, nil) {
			t.Fatal("the round ended early")
		}
		synctest.Wait()
		close(told)
		for d := range told {
			at[d]++
			if d > turnSpread {
				t.Errorf("a part was told %v after the tick", d)
			}
		}
		if len(at) < turnParts/2 {
			t.Errorf("%d parts were told at %d moments", turnParts, len(at))
		}
		for part := range turnParts {
			if g := turns.at(part); g.view != v || g.exam != x {
				t.Errorf("part %d was not told", part)
			}
		}
	})
}

// However late its readers are woken, each has every frame: a board that changes while a
// round is under way, readers who come in the middle of one, and a board that is replaced.
func TestReadersInTurnsMissNothing(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 4, 1)
	p, server := boardPages(t, h)
	p.many = 3
	url := server.URL + "/api/v1/boards/uji/events"
	type reader struct {
		*stream
		rows map[string]int
	}
	var readers []*reader
	come := func(n int) {
		for range n {
			s := openStream(t, url, "")
			readers = append(readers, &reader{s, readerRows(t, nil, s.next())})
		}
	}
	come(20)
	for q := range 5 {
		h.answer(q%4, 1+q, "a")
		h.tick()
		come(2)
	}
	last := fmt.Sprintf("1.%d", h.pos)
	want := totals(t, server.URL+"/api/v1/boards/uji")
	for i, r := range readers {
		for id := ""; id != last; {
			if fmt.Sprint(r.rows) == fmt.Sprint(want) {
				break // it came after the last change
			}
			e := r.next()
			if e.name != "frame" {
				t.Fatalf("reader %d: %+v", i, e)
			}
			r.rows, id = readerRows(t, r.rows, e), e.id
		}
		if fmt.Sprint(r.rows) != fmt.Sprint(want) {
			t.Errorf("reader %d has %v, the board %v", i, r.rows, want)
		}
	}
	p.Add("uji", newHallOfBoards(t, engine.LiveInstant, 2, 50).Boards)
	for i, r := range readers {
		if e := r.next(); e.name != "reset" || !strings.HasPrefix(e.id, "50.") {
			t.Errorf("reader %d, whose board was replaced: %+v", i, e)
		}
	}
	for _, r := range readers {
		r.stop()
	}
	eventually(t, "nobody waits for readers who have left", func() bool {
		p.turning.Lock()
		defer p.turning.Unlock()
		return len(p.turns) == 0 && p.watchers.Load() == 0
	})
}

// A stream is not sent in chunks: an event is one write, and what a reader reads is the
// event itself.
func TestAStreamIsNotSentInChunks(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 3, 1)
	_, server := boardPages(t, h)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "%s /api/v1/boards/uji/events HTTP/1.1\r\nHost: papan\r\n\r\n", http.MethodGet); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() && lines.Text() != "" {
		if strings.HasPrefix(strings.ToLower(lines.Text()), "transfer-encoding:") {
			t.Error(lines.Text())
		}
	}
	if lines.Scan(); !strings.HasPrefix(lines.Text(), "id: 1.") {
		t.Errorf("after the head comes %q", lines.Text())
	}
}

// Over HTTP/2, which is what browsers speak with TLS, the time for a write must not end a
// stream on which nothing is written: a final board says nothing for a long while.
func TestAQuietStreamOverHTTP2Stays(t *testing.T) {
	t.Parallel()
	h := newHallOfBoards(t, engine.LiveInstant, 2, 1)
	pages, plain := boardPages(t, h)
	pages.patience = time.Second
	server := httptest.NewUnstartedServer(plain.Config.Handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/boards/uji/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.ProtoMajor != 2 {
		t.Fatalf("spoken is %s", res.Proto)
	}
	s := &stream{t: t, lines: bufio.NewScanner(res.Body)}
	s.next()
	<-time.After(3 * pages.patience)
	h.answer(1, 1, "a")
	h.tick()
	if e := s.next(); e.name != "frame" {
		t.Errorf("after a while without news: %+v", e)
	}
}
