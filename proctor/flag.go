package proctor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"terang/engine"
)

// What staff make of an advisory signal. A flag is a hint to look, no verdict: no decision
// about it changes a score, a clock or a state, and it takes two people to pass it on.
const (
	FlagOpen     = "open"
	FlagSeen     = "seen"      // somebody has looked, or looks
	FlagNoted    = "noted"     // it is kept with what was seen in the room
	FlagNoMatter = "no_matter" // explained, with a reason
	FlagPassed   = "passed"    // to the committee, by two
)

// Flag is an advisory signal about a candidate, two neighbours or a room, as it was
// recorded once in its sitting's stream. It has no score, and nobody is ranked by it.
type Flag struct {
	N         int             `json:"n"` // what decide_flag and pass_flag name
	At        string          `json:"at"`
	Code      string          `json:"code"`              // the indicator: B1, F1, V1, R1, P1, J1
	Number    string          `json:"number,omitempty"`  // of one candidate
	Seat      string          `json:"seat,omitempty"`    //
	Rules     string          `json:"rules_sha256"`      // by which it was found
	Finding   json.RawMessage `json:"finding,omitempty"` // in words, with what is usual; absent when it was erased
	State     string          `json:"state"`             // FlagOpen, or the newest decision
	Decisions []FlagDecision  `json:"decisions,omitempty"`

	text string // hash of the finding
}

// FlagDecision is what somebody made of it.
type FlagDecision struct {
	At    string `json:"at"`
	By    string `json:"by"`
	Two   string `json:"two,omitempty"`
	What  string `json:"what"`
	Why   string `json:"why,omitempty"` // a code of Reasons
	Words string `json:"words,omitempty"`
}

// Found is a signal that a rule has given.
type Found struct {
	Code    string
	Of      string // whom it is about, so that it is recorded once: a number, two, or a room
	Number  string // "" if it is about no single candidate
	Seat    string
	Rules   string // SHA-256 of the rules
	Finding any    // what is shown, as JSON
}

// flagSpace makes the operation by which a flag is known on every node.
var flagSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("terang/flag"))

// Flag records a signal in its sitting's stream. Every node may find it; the first records
// it, and the others find it recorded.
func (d *Desk) Flag(ctx context.Context, sitting string, f Found) error {
	op := uuid.NewSHA1(flagSpace, []byte(strings.Join([]string{sitting, f.Code, f.Of}, "\x00"))).String()
	if d.station.hasFlag(sitting, f.Code, f.Number) && f.Number != "" {
		return nil
	}
	body, err := json.Marshal(f.Finding)
	if err != nil {
		return fmt.Errorf("flag %s of %s: %w", f.Code, sitting, err)
	}
	text, err := KeepText(ctx, d.register, string(body))
	if err != nil {
		return err
	}
	_, err = d.hall.Sitting(sitting).Append(op, func(s *engine.Sitting) ([]engine.Event, error) {
		return []engine.Event{{
			Kind: engine.Flagged, At: max(d.now(), s.At), By: "engine", Op: op, Act: f.Code, Number: f.Number, Seat: f.Seat, Text: text, Form: f.Rules,
		}}, nil
	})
	return err
}

// Flags lists a sitting's signals in order, with the words of their findings, to an
// account that may read them.
func (d *Desk) Flags(ctx context.Context, actor Account, sitting string) ([]Flag, error) {
	a, err := d.open(sitting)
	if err != nil {
		return nil, err
	}
	if !actor.May(ActFlags, a.def.Code, a.sitting.Site, a.sitting.Code) {
		return nil, refusal(engine.NotAllowed, "flags")
	}
	flags := d.station.flagsOf(sitting)
	for i := range flags {
		f := &flags[i]
		finding, err := Text(ctx, d.register, f.text)
		if err != nil {
			return nil, err
		}
		if json.Valid([]byte(finding)) {
			f.Finding = json.RawMessage(finding)
		}
		for j := range f.Decisions {
			if f.Decisions[j].Words, err = Text(ctx, d.register, f.Decisions[j].Words); err != nil {
				return nil, err
			}
		}
	}
	return flags, nil
}

// WithFlags lists the sittings that have signals, in order.
func (d *Desk) WithFlags() []string {
	d.station.mu.RLock()
	defer d.station.mu.RUnlock()
	return slices.Sorted(maps.Keys(d.station.flags))
}

// CountFlags counts the signals of an exam that the account may read: all, those that
// nobody has looked at, and those that were passed to the committee. It says nothing of whom.
func (d *Desk) CountFlags(actor Account, exam string) (all, open, passed int) {
	def := d.people.Exam(exam)
	if def == nil {
		return 0, 0, 0
	}
	d.station.mu.RLock()
	defer d.station.mu.RUnlock()
	for _, s := range def.Sittings {
		if !actor.May(ActFlags, exam, s.Site, s.Code) {
			continue
		}
		for _, f := range d.station.flags[exam+"."+s.Code] {
			all++
			switch f.State {
			case FlagOpen:
				open++
			case FlagPassed:
				passed++
			}
		}
	}
	return all, open, passed
}

// FlagsSoFar counts a sitting's signals and the decisions about them: it grows when there
// is something new to read, and says nothing of what.
func (d *Desk) FlagsSoFar(sitting string) (n int) {
	d.station.mu.RLock()
	defer d.station.mu.RUnlock()
	for _, f := range d.station.flags[sitting] {
		n += 1 + len(f.Decisions)
	}
	return n
}

// Flagged lists the numbers of a sitting's candidates whom one of the indicators names.
func (d *Desk) Flagged(sitting string, codes ...string) map[string]bool {
	numbers := map[string]bool{}
	for _, f := range d.station.flagsOf(sitting) {
		for _, code := range codes {
			if f.Code == code && f.Number != "" {
				numbers[f.Number] = true
			}
		}
	}
	return numbers
}

func (r *Request) checkFlag() error {
	why, words := splitReason(r.Reason)
	switch {
	case r.Ref <= 0:
		return refusal(engine.BadFrame, "ref")
	case r.Action == engine.ActPassFlag:
		return nil
	case r.Decision != FlagSeen && r.Decision != FlagNoted && r.Decision != FlagNoMatter:
		return refusal(engine.BadFrame, "decision")
	case r.Decision != FlagSeen && why == "" && words == "":
		return refusal(engine.NeedsReason, "reason")
	}
	return nil
}

// decideFlag records what staff make of a signal.
func (d *Desk) decideFlag(a *act) error {
	what := a.Decision
	if a.Action == engine.ActPassFlag {
		what = FlagPassed
	}
	known := false
	for _, f := range d.station.flagsOf(a.room.ID) {
		known = known || f.N == a.Ref
	}
	if !known {
		return refusal(engine.WrongState, "ref")
	}
	_, err := a.room.Append(a.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		return []engine.Event{{
			Kind: engine.FlagDecided, At: max(a.now, s.At), By: a.by, Two: a.two, Op: a.Op, Act: what, Ref: a.Ref, Why: a.why, Text: a.words,
		}}, nil
	})
	return err
}

// flagged takes in a signal, or what was made of one.
func (f *floor) flagged(sitting string, n int, e *engine.Event) {
	if e.Kind == engine.Flagged {
		f.flags[sitting] = append(f.flags[sitting], &Flag{
			N: n, At: e.At.String(), Code: e.Act, Number: e.Number, Seat: e.Seat, Rules: e.Form, State: FlagOpen, text: e.Text,
		})
		return
	}
	for _, flag := range f.flags[sitting] {
		if flag.N == e.Ref {
			flag.State = e.Act
			flag.Decisions = append(flag.Decisions, FlagDecision{At: e.At.String(), By: e.By, Two: e.Two, What: e.Act, Why: e.Why, Words: e.Text})
		}
	}
}

func (s *Station) flagsOf(sitting string) []Flag {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Flag, 0, len(s.flags[sitting]))
	for _, f := range s.flags[sitting] {
		c := *f
		c.Decisions = append([]FlagDecision(nil), f.Decisions...)
		out = append(out, c)
	}
	return out
}

func (s *Station) hasFlag(sitting, code, number string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, f := range s.flags[sitting] {
		if f.Code == code && f.Number == number {
			return true
		}
	}
	return false
}

// flagWords is a signal as whoever has to agree reads it.
func (d *Desk) flagWords(ctx context.Context, sitting string, n int) string {
	for _, f := range d.station.flagsOf(sitting) {
		if f.N != n {
			continue
		}
		var said struct{ ID, EN string }
		if finding, err := Text(ctx, d.register, f.text); err == nil {
			_ = json.Unmarshal([]byte(finding), &said) // words that were erased are not shown
		}
		return strings.Join([]string{f.Code, f.Seat, f.Number, said.ID, said.EN}, " · ")
	}
	return strconv.Itoa(n)
}
