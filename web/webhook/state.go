package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"terang/engine"
	"terang/proctor"
)

// historyMost is how many deliveries of a subscription are remembered.
const historyMost = 50

// State is how far the deliveries of a subscription are.
type State struct {
	Done    engine.Pos     `json:"done"`              // all up to here was delivered, or was not for it
	Tries   int            `json:"tries,omitempty"`   // of the one that waits
	Since   engine.Instant `json:"since,omitempty"`   // its first try
	Next    engine.Instant `json:"next,omitempty"`    // its next one
	LastOK  engine.Instant `json:"last_ok,omitempty"` //
	History []Delivery     `json:"history,omitempty"` // the newest last
}

// Delivery is one try.
type Delivery struct {
	At       engine.Instant `json:"at"`
	ID       string         `json:"id"`
	Type     string         `json:"type"`
	Position engine.Pos     `json:"position"`
	Status   int            `json:"status,omitempty"` // of the answer, 0 if there was none
	MS       int64          `json:"ms"`
	Error    string         `json:"error,omitempty"` // "": it was taken
}

// StateOf reads how far a subscription is.
func StateOf(ctx context.Context, r engine.Register, h *proctor.Hook) (State, error) {
	s := State{Done: h.From}
	body, err := r.Get(ctx, proctor.KindHookState, h.ID)
	if errors.Is(err, engine.ErrAbsent) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &s)
	}
	if err != nil {
		return s, fmt.Errorf("how far webhook %s is: %w", h.ID, err)
	}
	return s, nil
}

func (s *State) keep(ctx context.Context, r engine.Register, id string) error {
	body, err := json.Marshal(s)
	if err == nil {
		err = r.Put(ctx, engine.Entry{Kind: proctor.KindHookState, ID: id, Body: body})
	}
	if err != nil {
		return fmt.Errorf("keep how far webhook %s is: %w", id, err)
	}
	return nil
}

// Back-off: the first repetition comes after backoffFirst, each further one after twice the
// time, never later than backoffMost.
const (
	backoffFirst = 5 * time.Second
	backoffMost  = time.Hour
)

// backoff is how long to wait after a number of tries, from 1. spread, 0 to 1000, takes off
// up to a quarter, so that many subscriptions of one receiver do not come back at once.
func backoff(tries int, spread int64) time.Duration {
	wait := backoffMost
	if tries < 20 {
		wait = min(backoffMost, backoffFirst<<(tries-1))
	}
	return wait - wait/4*time.Duration(spread)/1000
}

// noted adds a try, and moves the state by it.
func (s *State) noted(d *Delivery, m *message, spread int64) {
	if s.History = append(s.History, *d); len(s.History) > historyMost {
		s.History = s.History[len(s.History)-historyMost:]
	}
	if d.Error == "" {
		s.LastOK, s.Tries, s.Since, s.Next = d.At, 0, 0, 0
		s.Done = max(s.Done, m.pos)
		return
	}
	if s.Tries++; s.Tries == 1 {
		s.Since = d.At
	}
	s.Next = d.At.Add(backoff(s.Tries, spread))
}
