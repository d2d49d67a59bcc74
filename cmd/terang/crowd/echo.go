package crowd

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
)

// The baseline: the same frames over the same sockets to a server that does nothing but
// send them back. What a machine can do at all is its figure; ours is judged beside it.

// EchoHandler is a bare gorilla echo.
func EchoHandler() http.Handler {
	upgrader := &websocket.Upgrader{ReadBufferSize: 512, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		for {
			kind, b, err := conn.ReadMessage()
			if err != nil || conn.WriteMessage(kind, b) != nil {
				return
			}
		}
	})
}

// Echo drives sockets against an echo server at url (ws://…) for a while, after all are
// open. every is the time between two messages of a socket; 0 sends the next as soon as
// the last is back. opened is called in between, when each socket has had a message back.
func Echo(ctx context.Context, url string, sockets int, every, during time.Duration, opened func(context.Context) error) (Figures, error) {
	_, dialer := Connections(sockets)
	conns := make([]*websocket.Conn, 0, sockets)
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range sockets {
		conn, resp, err := dialer.DialContext(ctx, url, nil)
		if err != nil {
			return Figures{}, fmt.Errorf("baseline: socket %d: %w", len(conns)+1, err)
		}
		_ = resp.Body.Close()
		conns = append(conns, conn)
		if err := firstEcho(conn); err != nil {
			return Figures{}, fmt.Errorf("baseline: socket %d: %w", len(conns), err)
		}
	}
	if err := opened(ctx); err != nil {
		return Figures{}, fmt.Errorf("baseline: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, during)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		for _, c := range conns {
			_ = c.SetReadDeadline(time.Now())
		}
	})
	defer stop()
	var mu sync.Mutex
	took, n := newHistogram(), 0
	began := time.Now()
	var g errgroup.Group
	for _, conn := range conns {
		g.Go(func() error {
			mine, err := echo(ctx, conn, every)
			mu.Lock()
			defer mu.Unlock()
			took.Merge(mine)
			n += int(mine.TotalCount())
			return err
		})
	}
	err := g.Wait()
	return Figures{
		Seated: sockets, Acked: n, PerSecond: float64(n) / time.Since(began).Seconds(), P50: quantile(took, 50), P99: quantile(took, 99),
		Longest: time.Duration(took.Max()) * time.Microsecond,
	}, err
}

func firstEcho(conn *websocket.Conn) error {
	if err := conn.WriteMessage(websocket.TextMessage, appendOperation(nil, uuid.UUID{1}, 17, "b")); err != nil {
		return err
	}
	_, err := nextFrame(conn, nil)
	return err
}

// echo is one socket of the baseline.
func echo(ctx context.Context, conn *websocket.Conn, every time.Duration) (*hdrhistogram.Histogram, error) {
	took := hdrhistogram.New(1, 600_000_000, 2) // two digits: there is one a socket
	var out, in []byte
	due := time.Now().Add(time.Duration(rand.Float64() * float64(every)))
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if every > 0 {
			timer.Reset(time.Until(due))
			select {
			case <-timer.C:
			case <-ctx.Done():
				return took, nil
			}
		} else {
			due = time.Now()
		}
		// As long as an answer's frame and its acknowledgement are on average.
		out = append(appendOperation(out[:0], uuid.UUID{1}, 17, "b"), "         "...)
		err := conn.WriteMessage(websocket.TextMessage, out)
		if err == nil {
			in, err = nextFrame(conn, in)
		}
		if ctx.Err() != nil {
			return took, nil //nolint:nilerr // the time is up
		}
		if err != nil {
			return took, fmt.Errorf("baseline: %w", err)
		}
		_ = took.RecordValue(max(1, time.Since(due).Microseconds()))
		due = due.Add(every)
	}
}
