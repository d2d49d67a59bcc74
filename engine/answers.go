package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// AnswersFormat names the format of OwnAnswers.
const AnswersFormat = "terang/answers/1"

// OwnAnswers is a candidate's own attempt as it is stored, up to the event that ended it:
// what a receipt's fingerprint was made of. The bytes name items and options by their codes
// in the bank; of their texts they hold nothing.
type OwnAnswers struct {
	Format  string   `json:"format"` // AnswersFormat
	Attempt string   `json:"attempt"`
	Events  []string `json:"events"` // each the stored bytes, in order
}

// Chosen is what stood at a place of the form when the attempt was over.
type Chosen struct {
	Q  int
	C  string  // letter as it was displayed, "" if none stood
	At Instant // when it was chosen or cleared, by the server
}

// ErrNotOver answers who asks for the answers of an attempt that goes on.
var ErrNotOver = errors.New("the attempt is not over")

// OwnAnswers reads an attempt from the hall's journal; see ReadOwnAnswers.
func (h *Hall) OwnAnswers(ctx context.Context, attempt string) (*OwnAnswers, error) {
	return ReadOwnAnswers(ctx, h.journal, attempt)
}

// ReadOwnAnswers reads an attempt from a journal. ErrNotOver if it goes on.
func ReadOwnAnswers(ctx context.Context, j Journal, attempt string) (*OwnAnswers, error) {
	stream := AttemptStream + attempt
	a := NewAttempt(stream)
	out := &OwnAnswers{Format: AnswersFormat, Attempt: attempt}
	err := j.Read(ctx, stream, 0, func(r Record) error {
		out.Events = append(out.Events, string(r.Body))
		return a.Fold(r)
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("answers of %s: %w", attempt, err)
	case !a.State.Over():
		return nil, ErrNotOver
	}
	out.Events = out.Events[:a.FinishN]
	return out, nil
}

// ParseOwnAnswers reads a file of them.
func ParseOwnAnswers(data []byte) (*OwnAnswers, error) {
	out := new(OwnAnswers)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(out); err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	if out.Format != AnswersFormat {
		return nil, fmt.Errorf("answers: format %q, this program knows %s", out.Format, AnswersFormat)
	}
	return out, nil
}

// Fold computes the chain over the events: the fingerprint that they have, and what stood
// at each place of the form at the end. Places never answered are left out.
func (o *OwnAnswers) Fold() (Hash, []Chosen, error) {
	a := NewAttempt(AttemptStream + o.Attempt)
	for i, body := range o.Events {
		r := Record{Stream: a.Stream, N: i + 1, Body: []byte(body), Hash: a.Hash.Chain([]byte(body))}
		if err := a.Fold(r); err != nil {
			return Hash{}, nil, fmt.Errorf("answers, event %d: %w", i+1, err)
		}
	}
	if !a.State.Over() || a.FinishN != len(o.Events) {
		return Hash{}, nil, fmt.Errorf("answers: the %d events do not end with the end of the attempt: some are missing", len(o.Events))
	}
	var chosen []Chosen
	for i, r := range a.Responses {
		if r.N > 0 {
			chosen = append(chosen, Chosen{Q: i + 1, C: r.C, At: r.At})
		}
	}
	return a.Fingerprint, chosen, nil
}
