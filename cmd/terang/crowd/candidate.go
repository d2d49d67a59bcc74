// Package crowd simulates candidates: each signs in, takes a seat and answers through the
// same calls and frames as a browser, with an outbox, beats and reconnections of its own.
// It knows of the server only what the protocol says.
//
// Start reading at Candidate.Run.
package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// Acked is an operation that the server has acknowledged as durable.
type Acked struct {
	Number string
	Op     string
	Q      int
	C      string
	N      int
	At     time.Time // of the server's record
	Took   time.Duration
}

// Candidate is one simulated person.
type Candidate struct {
	Base   string // http://host:port
	Number string
	PIN    string
	Exam   string

	// Choose answers a question: letters are those on display. Nil picks at random.
	Choose func(number string, q int, letters []string) string
	// Pace is the time until the next act. Nil is one second.
	Pace func(r *rand.Rand) time.Duration
	// Acked hears every acknowledged answer; Refused every refusal. Both may be nil.
	Acked   func(Acked)
	Refused func(number, op, code string)
	// Finish lets the candidate finish when all is answered.
	Finish bool
	// Again lets a candidate who has answered everything go on changing answers.
	Again bool

	Client *http.Client
	Dialer *websocket.Dialer

	rand   *rand.Rand
	device string
	cookie string
	outbox map[int]*pending
	letter map[int][]string
	order  []int
	next   int
	state  string
	retry  window
	over   bool
}

type pending struct {
	op, c string
	sent  time.Time
}

type window struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

type frame struct {
	T     string          `json:"t"`
	Op    string          `json:"op"`
	N     int             `json:"n"`
	At    string          `json:"at"`
	Code  string          `json:"code"`
	State string          `json:"state"`
	Retry json.RawMessage `json:"retry"`
	Items []struct {
		Q       int `json:"q"`
		Options []struct {
			C string `json:"c"`
		} `json:"options"`
	} `json:"items"`
}

// Run sits the exam until it is over or ctx ends. Faults of the network are waited out as
// a page does; a refusal that a page could not mend is returned.
func (c *Candidate) Run(ctx context.Context) error {
	seed := uuid.New()
	c.rand = rand.New(rand.NewChaCha8([32]byte(append(seed[:], seed[:]...))))
	c.device = uuid.NewString()
	c.outbox, c.letter = make(map[int]*pending), make(map[int][]string)
	c.retry = window{200, 2000}
	for c.cookie == "" {
		if err := c.signIn(ctx); err != nil {
			var refused *Refusal
			if errors.As(err, &refused) && refused.Code != "busy" && refused.Code != "unavailable" || ctx.Err() != nil {
				return err
			}
			c.wait(ctx, 0)
		}
	}
	for !c.over && ctx.Err() == nil {
		least, err := c.sit(ctx)
		if err != nil {
			return err
		}
		if !c.over {
			c.wait(ctx, least)
		}
	}
	return nil
}

// Refusal is a code that the server answered with.
type Refusal struct {
	Call string
	Code string
	Text string
}

func (r *Refusal) Error() string { return r.Call + ": " + r.Code + ": " + r.Text }

func (c *Candidate) wait(ctx context.Context, least time.Duration) {
	d := time.Duration(c.retry.From+c.rand.Int64N(max(1, c.retry.To-c.retry.From))) * time.Millisecond
	sleep(ctx, max(d, least))
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (c *Candidate) signIn(ctx context.Context) error {
	resp, err := c.post(ctx, "/api/v1/exam/signin", map[string]string{"number": c.Number, "pin": c.PIN, "device": c.device, "exam": c.Exam})
	if err != nil {
		return err
	}
	cookie := ""
	for _, k := range resp.Cookies() {
		if strings.HasSuffix(k.Name, "exam") {
			cookie = k.Name + "=" + k.Value
		}
	}
	c.cookie = cookie
	if _, err := c.post(ctx, "/api/v1/exam/confirm", map[string]string{"device": c.device}); err != nil {
		c.cookie = ""
		return err
	}
	return nil
}

func (c *Candidate) post(ctx context.Context, path string, body any) (*http.Response, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Base+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.cookie != "" {
		req.Header.Set("Cookie", c.cookie)
	}
	resp, err := c.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 {
		r := &Refusal{Call: path, Code: "unavailable"}
		_ = json.Unmarshal(answer, r)
		return nil, r
	}
	return resp, nil
}

// sit holds one connection. It returns how long at least to stay away, or a refusal that
// ends the exam for this candidate.
func (c *Candidate) sit(ctx context.Context) (time.Duration, error) {
	header := http.Header{"Cookie": {c.cookie}, "Origin": {c.Base}}
	conn, resp, err := c.Dialer.DialContext(ctx, "ws"+strings.TrimPrefix(c.Base, "http")+"/exam/ws", header)
	if err != nil {
		return 0, nil //nolint:nilerr // no connection is waited out, as a page does
	}
	_ = resp.Body.Close()
	defer func() { _ = conn.Close() }()
	if err := conn.WriteJSON(map[string]any{"t": "hello", "device": c.device, "have": 0}); err != nil {
		return 0, nil //nolint:nilerr
	}
	frames := make(chan frame, 16)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go read(ctx, conn, frames)
	return c.work(ctx, conn, frames)
}

func read(ctx context.Context, conn *websocket.Conn, frames chan<- frame) {
	defer close(frames)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var f frame
		if json.Unmarshal(data, &f) != nil {
			return
		}
		select {
		case frames <- f:
		case <-ctx.Done():
			return
		}
	}
}

// work answers until the connection or the exam ends.
func (c *Candidate) work(ctx context.Context, conn *websocket.Conn, frames <-chan frame) (time.Duration, error) {
	beat := time.NewTicker(2 * time.Second)
	defer beat.Stop()
	act := time.NewTimer(time.Hour)
	defer act.Stop()
	for {
		var err error
		select {
		case f, open := <-frames:
			if !open {
				return 0, nil
			}
			if f.T == "bye" {
				return c.bye(f)
			}
			if err = c.hear(conn, f); f.T == "welcome" || f.T == "clock" {
				act.Reset(c.pace())
			}
		case <-beat.C:
			err = conn.WriteMessage(websocket.TextMessage, []byte(`{"t":"beat"}`))
		case <-act.C:
			err = c.act(conn)
			act.Reset(c.pace())
		case <-ctx.Done():
			return 0, nil
		}
		if err != nil {
			return 0, nil //nolint:nilerr // a broken connection is waited out
		}
		if c.over {
			return 0, nil
		}
	}
}

func (c *Candidate) pace() time.Duration {
	if c.Pace == nil {
		return time.Second
	}
	return c.Pace(c.rand)
}

func (c *Candidate) bye(f frame) (time.Duration, error) {
	var ms int64
	_ = json.Unmarshal(f.Retry, &ms)
	switch f.Code {
	case "finished":
		c.over = true
		return 0, nil
	case "server_moving", "busy", "rate_limited":
		return time.Duration(ms) * time.Millisecond, nil
	}
	return 0, &Refusal{Call: "socket of " + c.Number, Code: f.Code, Text: "the server ended the connection"}
}

// hear takes in one frame.
func (c *Candidate) hear(conn *websocket.Conn, f frame) error {
	switch f.T {
	case "welcome":
		_ = json.Unmarshal(f.Retry, &c.retry)
		c.state = f.State
		c.learn(f)
		return c.sendAgain(conn)
	case "clock":
		was := c.state
		c.state = f.State
		if was != f.State && f.State == "running" {
			return c.sendAgain(conn)
		}
	case "ok":
		c.acked(f)
	case "no":
		c.refused(f)
	case "result":
		c.state = "finished"
	}
	return nil
}

func (c *Candidate) learn(f frame) {
	for _, it := range f.Items {
		letters := make([]string, len(it.Options))
		for i, o := range it.Options {
			letters[i] = o.C
		}
		if c.letter[it.Q] == nil {
			c.order = append(c.order, it.Q)
		}
		c.letter[it.Q] = letters
	}
}

func (c *Candidate) sendAgain(conn *websocket.Conn) error {
	if c.state != "running" && c.state != "held" && c.state != "finished" {
		return nil
	}
	for q, p := range c.outbox {
		if err := c.send(conn, q, p); err != nil {
			return err
		}
	}
	return nil
}

func (c *Candidate) send(conn *websocket.Conn, q int, p *pending) error {
	p.sent = time.Now()
	return conn.WriteJSON(map[string]any{"t": "answer", "op": p.op, "q": q, "c": p.c})
}

// act does what a candidate does next: answers, changes an answer, or finishes.
func (c *Candidate) act(conn *websocket.Conn) error {
	if c.state != "running" || len(c.order) == 0 {
		return nil
	}
	for q, p := range c.outbox { // refused for now, or lost on the way
		if time.Since(p.sent) > 3*time.Second {
			return c.send(conn, q, p)
		}
	}
	q := 0
	switch {
	case c.next < len(c.order):
		q = c.order[c.next]
		c.next++
	case c.Again:
		q = c.order[c.rand.IntN(len(c.order))]
	case c.Finish && len(c.outbox) == 0:
		return conn.WriteJSON(map[string]any{"t": "finish", "op": uuid.NewString()})
	default:
		return nil
	}
	letters := c.letter[q]
	answer := letters[c.rand.IntN(len(letters))]
	if c.Choose != nil {
		answer = c.Choose(c.Number, q, letters)
	}
	if answer == "" {
		return nil
	}
	p := &pending{op: uuid.NewString(), c: answer}
	c.outbox[q] = p // one operation an item, the newest
	return c.send(conn, q, p)
}

func (c *Candidate) acked(f frame) {
	for q, p := range c.outbox {
		if p.op != f.Op {
			continue
		}
		delete(c.outbox, q)
		if c.Acked != nil {
			at, _ := time.Parse(time.RFC3339, f.At)
			c.Acked(Acked{Number: c.Number, Op: f.Op, Q: q, C: p.c, N: f.N, At: at, Took: time.Since(p.sent)})
		}
		return
	}
}

// refused keeps an operation whose refusal is not final; it is sent again at the next
// welcome or clock, or with the item's next answer.
func (c *Candidate) refused(f frame) {
	if c.Refused != nil {
		c.Refused(c.Number, f.Op, f.Code)
	}
	switch f.Code {
	case "busy", "rate_limited", "paused", "not_started":
		return
	}
	for q, p := range c.outbox {
		if p.op == f.Op {
			delete(c.outbox, q)
		}
	}
}

// String names the candidate in an operator's log by number only.
func (c *Candidate) String() string { return fmt.Sprintf("candidate %s", c.Number) }
