package selection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"terang/scoring"
)

// Question is people among whom the rules name nobody for the seats that are left. The
// program stops at it; id, time and chance would be inventions.
type Question struct {
	Formation string   `json:"formation"`
	Seats     int      `json:"seats"` // left for them
	Numbers   []string `json:"numbers"`
	Why       string   `json:"why"`
}

func (q Question) String() string {
	return fmt.Sprintf("formation %s: %d seat(s) for %s: %s", q.Formation, q.Seats, strings.Join(q.Numbers, ", "), q.Why)
}

// Decision is the committee's answer to a question: who of the tie stands first, second
// and so on, by whom it was decided and in which minutes.
type Decision struct {
	Formation string   `json:"formation"`
	Order     []string `json:"order"`
	Minute    string   `json:"minute"` // number of the minutes
	By        []string `json:"by"`     // who decided
	Reason    string   `json:"reason,omitempty"`

	used bool
}

// ParseDecisions reads a file {"decisions":[…]} and names all its faults.
func ParseDecisions(r io.Reader) ([]Decision, error) {
	var file struct {
		Decisions []Decision `json:"decisions"`
	}
	body, err := io.ReadAll(io.LimitReader(r, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("decisions: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf(`decisions: %w: write {"decisions":[{"formation":"…","order":["…"],"minute":"…","by":["…"]}]}`, err)
	}
	var faults []string
	for i, d := range file.Decisions {
		if d.Formation == "" || len(d.Order) < 2 || d.Minute == "" || len(d.By) == 0 || slices.Contains(d.By, "") {
			faults = append(faults, fmt.Sprintf("decision %d: formation, an order of two or more, minute and by are needed", i+1))
		}
		for n, number := range d.Order {
			d.Order[n] = scoring.PlainNumber(number)
			if slices.Contains(d.Order[:n], d.Order[n]) {
				faults = append(faults, fmt.Sprintf("decision %d: %s stands twice", i+1, number))
			}
		}
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("decisions: %s", strings.Join(faults, "\ndecisions: "))
	}
	return file.Decisions, nil
}

// Decide gives the committee's answers, before the list is made. Unused tells afterwards
// which of them answered nothing.
func (l *Listing) Decide(all []Decision) {
	l.decided = make(map[string]*Decision)
	for i := range all {
		d := &all[i]
		l.decided[tieKey(d.Formation, d.Order)] = d
	}
}

// tieKey names a tie by its formation and its people in any order.
func tieKey(formation string, numbers []string) string {
	return formation + "\x00" + strings.Join(slices.Sorted(slices.Values(numbers)), "\x00")
}

// Unused are decisions about ties that there are not: a mistyped number must not pass for
// a decision.
func (l *Listing) Unused() (out []Decision) {
	for _, d := range l.decided {
		if !d.used {
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, func(a, b Decision) int { return strings.Compare(a.Formation+a.Minute, b.Formation+b.Minute) })
	return out
}

// applyDecisions puts the people of each tie in the order that the committee gave.
func (l *Listing) applyDecisions(s *list, formation string) {
	for from, to := 0, 0; from < len(s.who); from = to {
		for to = from + 1; to < len(s.who) && s.tie[to] == s.tie[from]; to++ {
		}
		if to-from < 2 {
			continue
		}
		place := make(map[string]int)
		d := l.decided[tieKey(formation, l.plain(s.who[from:to]))]
		if d == nil {
			continue
		}
		d.used = true
		for n, number := range d.Order {
			place[number] = n
		}
		slices.SortFunc(s.who[from:to], func(a, b int32) int {
			return place[scoring.PlainNumber(l.People[a].Number)] - place[scoring.PlainNumber(l.People[b].Number)]
		})
		for n := from; n < to; n++ {
			s.tie[n] = int32(n)
		}
		s.minutes = append(s.minutes, d.Minute)
	}
}

func (l *Listing) plain(who []int32) []string {
	out := make([]string, len(who))
	for n, i := range who {
		out[n] = scoring.PlainNumber(l.People[i].Number)
	}
	return out
}

func (l *Listing) numbers(who []int32) []string {
	out := make([]string, len(who))
	for n, i := range who {
		out[n] = l.People[i].Number
	}
	return out
}
