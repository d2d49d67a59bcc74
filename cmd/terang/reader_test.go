package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"terang/cmd/terang/process"
	"terang/engine"
	"terang/scoring"
)

// reader follows a board by its events and folds them, as a page or another program does,
// and goes from node to node. It holds every event against the protocol.
type reader struct {
	board string
	bases []string
	stay  int // events at one node before it goes to the next; 0: until it is cut off

	epoch, seq engine.Pos // of the last id
	rows       map[string]row
	counts     scoring.Counts

	reached atomic.Int64 // seq, for who waits for the reader

	events, moves, resets int
	seen                  []shown
	faults                []string
}

// row is a row of a board as the API has it, without its rank.
type row map[string]any

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// run reads until ctx is done.
func (r *reader) run(ctx context.Context) error {
	for i := 0; ctx.Err() == nil; i++ {
		err := r.visit(ctx, r.bases[i%len(r.bases)])
		if err != nil && ctx.Err() == nil {
			if err := process.Rest(ctx, 50*time.Millisecond); err != nil {
				return nil //nolint:nilerr // the test is over
			}
			continue // the node is gone
		}
		r.moves++
	}
	return nil
}

// visit reads at one node, from where the reader has come.
func (r *reader) visit(ctx context.Context, base string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+boardList+"/"+r.board+"/events", nil)
	if err != nil {
		return err
	}
	if r.rows != nil {
		req.Header.Set("Last-Event-ID", fmt.Sprintf("%d.%d", r.epoch, r.seq))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	fields := make(map[string]string)
	events := 0
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		if name != "" {
			fields[name] = value
			continue
		}
		if lines.Text() == "" && fields["event"] != "" {
			r.take(base, fields["id"], fields["event"], fields["data"])
			if events++; events == r.stay {
				return nil
			}
		}
		clear(fields)
	}
	return errors.Join(errors.New("cut off"), lines.Err())
}

// take folds one event.
func (r *reader) take(base, id, event, data string) {
	r.events++
	e, s, _ := strings.Cut(id, ".")
	epoch, err1 := strconv.ParseInt(e, 10, 64)
	seq, err2 := strconv.ParseInt(s, 10, 64)
	var body struct {
		Epoch, Seq, From, To engine.Pos
		Rows                 []row
		Gone                 []string
		Counts               scoring.Counts
	}
	if err := errors.Join(err1, err2, json.Unmarshal([]byte(data), &body)); err != nil {
		r.fault("%s sent what cannot be read: %v", base, err)
		return
	}
	switch event {
	case "reset":
		if r.resets++; r.rows != nil {
			r.fault("%s does not know how to go on after %d.%d, and began anew at %s", base, r.epoch, r.seq, id)
		}
		r.rows = make(map[string]row)
		if body.Epoch != engine.Pos(epoch) || body.Seq != engine.Pos(seq) {
			r.fault("%s sent %s with a board of %d.%d", base, id, body.Epoch, body.Seq)
		}
	case "frame":
		if engine.Pos(epoch) != r.epoch || body.From > r.seq || body.To < body.From || engine.Pos(seq) != max(r.seq, body.To) {
			r.fault("%s sent %s with a frame from %d to %d: it does not fit %d.%d", base, id, body.From, body.To, r.epoch, r.seq)
		}
	default:
		r.fault("%s sent an event %q", base, event)
		return
	}
	r.epoch, r.seq, r.counts = engine.Pos(epoch), engine.Pos(seq), body.Counts
	for _, one := range body.Rows {
		delete(one, "rank")
		r.rows[one["number"].(string)] = one
	}
	for _, number := range body.Gone {
		delete(r.rows, number)
	}
	r.reached.Store(seq)
	rows, counts, n := maps.Clone(r.rows), r.counts, r.events
	r.seen = append(r.seen, shown{
		by: fmt.Sprintf("the reader that stays for %d, at %s, event %d (%s)", r.stay, base, n, event), seq: r.seq,
		like: func(b *scoring.Boards) string { return unlike(rows, counts, b, r.board) },
	})
}

// unlike says how rows and counts differ from a board's.
func unlike(rows map[string]row, counts scoring.Counts, b *scoring.Boards, id string) string {
	body, _, _ := b.JSON(id, 0, scoring.MaxPage, "")
	var page struct {
		Rows   []row
		Counts scoring.Counts
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return err.Error()
	}
	if counts != page.Counts || len(rows) != len(page.Rows) {
		return fmt.Sprintf("%d rows and %+v, want %d and %+v", len(rows), counts, len(page.Rows), page.Counts)
	}
	i := slices.IndexFunc(page.Rows, func(one row) bool {
		delete(one, "rank")
		return !reflect.DeepEqual(rows[one["number"].(string)], one)
	})
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("%v, want %v", rows[page.Rows[i]["number"].(string)], page.Rows[i])
}
