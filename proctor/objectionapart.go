package proctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"terang/engine"
)

// Codes of what somebody did in a case, so that they do not answer an objection in it.
const (
	DidAttempt = "acted_attempt" // an act on the candidate's attempt, or the word for one
	DidSitting = "acted_sitting" // an act on the candidate's sitting, or the word for one
	DidItem    = "acted_item"    // wrote the item, or worked on its review
	DidRoster  = "acted_roster"  // loaded who is expected, for an objection to personal data
)

// Judges says who may answer an objection: who has the right, and neither acted in the
// case nor may be the same human as somebody who did.
type Judges struct {
	May     []Account         // by user
	apart   map[string]string // account -> the code of what it, or the human behind it, did
	Granted []Account         // who gives the right: named where nobody is left
}

// Acted is the code of why an account does not answer, "" if nothing is against it.
func (j *Judges) Acted(user string) string { return j.apart[user] }

// Apart are the accounts that have the right and acted, by user, with the code of what.
func (j *Judges) Apart() map[string]string { return maps.Clone(j.apart) }

func (j *Judges) may(user string) bool {
	return slices.ContainsFunc(j.May, func(a Account) bool { return a.User == user })
}

// Judges looks up in the journal who acted in the case of an objection.
func (o *Office) Judges(ctx context.Context, c Case) (*Judges, error) {
	one, err := o.objection(ctx, c.Exam, c.Seq)
	if err != nil {
		return nil, err
	}
	acted, err := o.acted(ctx, one)
	if err != nil {
		return nil, err
	}
	all, err := o.accounts.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("who may answer %s: %w", one.Number(), err)
	}
	accounts := make(map[string]Account, len(all))
	for _, a := range all {
		accounts[a.User] = a
	}
	j := &Judges{apart: map[string]string{}}
	for _, a := range all {
		if a.May(ActGrant, c.Exam, "", "") {
			j.Granted = append(j.Granted, a)
		}
		if !a.May(ActObjectionAnswer, c.Exam, "", "") {
			continue
		}
		if did := against(a, acted, accounts, c.Authors); did != "" {
			j.apart[a.User] = did
		} else if a.Hash != "" {
			j.May = append(j.May, a)
		}
	}
	return j, nil
}

// against is what an account, or another one of the same human, did.
func against(a Account, acted map[string]string, accounts map[string]Account, authors []string) string {
	if did := acted[a.User]; did != "" {
		return did
	}
	for _, user := range slices.Sorted(maps.Keys(acted)) {
		other, known := accounts[user]
		if !known {
			other = Account{User: user}
		}
		if SurelySame(a, other) {
			return acted[user]
		}
	}
	for _, name := range authors {
		name = strings.TrimSpace(name)
		for _, other := range accounts {
			if name != "" && (strings.EqualFold(other.Name, name) || strings.EqualFold(other.User, name)) && SurelySame(a, other) {
				return DidItem
			}
		}
	}
	return ""
}

// Acts visits the events of a stream, without those that candidates' pages cause by the
// thousand.
func (o *Office) Acts(ctx context.Context, stream string, visit func(*engine.Event)) error {
	err := o.log.journal.Read(ctx, stream, 0, func(r engine.Record) error {
		if ofCandidate(r.Body) {
			return nil
		}
		e, err := engine.Decode(r.Body)
		visit(&e)
		return err
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", stream, err)
	}
	return nil
}

// leaves is the sitting that a candidate was sent away from by an event since the objection
// was filed, "" if none: it is about what happened there, also to who never checked in.
func (o *Objection) leaves(e *engine.Event) string {
	moved := e.Kind == engine.Transferred || e.Kind == engine.Continued || e.Kind == engine.Resat
	if !moved || e.At < o.Filed {
		return ""
	}
	return e.Act
}

// acted are the accounts that acted in the case, each with the code of what it did, as the
// journal has it: proposals, approvals and refusals count as the act does.
func (o *Office) acted(ctx context.Context, one *Objection) (map[string]string, error) {
	did := map[string]string{}
	add := func(code string, users ...string) {
		for _, u := range users {
			if u != "" && u != "candidate" && u != "engine" && did[u] == "" {
				did[u] = code
			}
		}
	}
	read := func(stream string, visit func(*engine.Event)) error { return o.Acts(ctx, stream, visit) }
	sittings := map[string]bool{}
	for _, p := range o.pairs.people.Find(one.Candidate, one.Exam) {
		sittings[p.SittingID()] = true
		err := read(engine.AttemptStream+p.Attempt, func(e *engine.Event) {
			add(DidAttempt, e.By, e.Two)
			if e.Kind == engine.CheckedIn {
				sittings[e.Sitting] = true
			}
			if from := one.leaves(e); from != "" {
				sittings[from] = true
			}
		})
		if err != nil {
			return nil, err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sittings)) {
		if id == "" {
			continue
		}
		err := read(engine.SittingStream+id, func(e *engine.Event) {
			if e.Kind != engine.SittingPlanned {
				add(DidSitting, e.By, e.Two)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	if one.Item != "" {
		err := read(engine.ItemStream+one.Item, func(e *engine.Event) {
			if e.Kind != engine.ItemUsed {
				add(DidItem, e.By, e.Two)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	if one.Kind == engine.ObjectData {
		err := read(engine.ExamStream+one.Exam, func(e *engine.Event) {
			if e.Kind == engine.RosterLoaded {
				add(DidRoster, e.By, e.Two)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return did, nil
}
