package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"terang/engine"
)

// KindState is a state of an account by its id, for as long as it is the newest one: who
// records a change may die before the account is kept, and whoever comes next keeps it.
const KindState = "account-state"

// alter changes one account, and says whether it did: an operation has one effect.
func (s *Accounts) alter(ctx context.Context, by Signers, act, user string, now engine.Instant, change func(*Account) error) (bool, error) {
	user = strings.ToLower(strings.TrimSpace(user))
	return s.change(ctx, by, act, now, []string{user}, func(t *tip) ([]Account, error) {
		a, err := s.current(ctx, t, user)
		if err == nil {
			err = change(&a)
		}
		return []Account{a}, err
	})
}

// change decides on accounts as the journal has them, records that, and keeps the accounts:
// no account can exist that the journal does not know. Nodes and commands may change one
// account in the same moment: the journal takes one of them, and the other decides anew on
// what the first has left. act is one word; what follows it is its detail.
func (s *Accounts) change(ctx context.Context, by Signers, act string, now engine.Instant, users []string, decide func(*tip) ([]Account, error)) (done bool, err error) {
	act, why, _ := strings.Cut(act, " ")
	var drawn, before []string // states that were written, and those they replace
	var entries []engine.Entry
	_, err = s.log.decide(ctx, StaffAccounts, by.Op, func(t *tip) ([]engine.Event, error) {
		accounts, err := decide(t)
		if err != nil {
			return nil, err
		}
		done, before, entries = true, nil, nil
		var events []engine.Event
		var states []engine.Entry
		for _, a := range accounts {
			if a.Changed == 0 {
				a.Changed = now
			}
			a.State, a.Name = uuid.NewString(), plainName(a.Name)
			body, err := json.Marshal(a)
			if err != nil {
				return nil, fmt.Errorf("account %s: %w", a.User, err)
			}
			drawn, before = append(drawn, a.State), append(before, t.states[a.User])
			states = append(states, engine.Entry{Kind: KindState, ID: a.State, Body: body})
			entries = append(entries, engine.Entry{Kind: KindAccount, ID: a.User, Body: body})
			said := why
			if act == "add" && why == "" { // of several at once each has grants of its own
				said = grantsText(a.Grants)
			}
			events = append(events, engine.Event{
				Kind: engine.StaffChanged, At: now, By: by.By.User, Two: by.two(), Op: by.Op, Act: act, Why: said, Text: a.User, Form: a.State,
			})
		}
		return events, s.register.Put(ctx, states...)
	})
	if err != nil {
		return false, errors.Join(err, s.drop(ctx, s.unnamed(ctx, drawn)))
	}
	if err := s.register.Put(ctx, entries...); err != nil {
		return false, fmt.Errorf("keep accounts: %w", err)
	}
	if err := s.keep(ctx, users); err != nil {
		return false, err
	}
	return done, s.drop(ctx, append(before, s.unnamed(ctx, drawn)...))
}

// keep brings accounts to what the journal names as their newest state. A put that came
// late, over a newer one, is put right by whoever it came from.
func (s *Accounts) keep(ctx context.Context, users []string) error {
	for {
		var newest []engine.Entry
		err := s.log.look(ctx, StaffAccounts, func(t *tip) {
			for _, user := range users {
				if e, ok := s.newest(ctx, t, user); ok {
					newest = append(newest, e)
				}
			}
		})
		if err != nil || len(newest) == 0 {
			return err
		}
		if err := s.register.Put(ctx, newest...); err != nil {
			return fmt.Errorf("keep accounts: %w", err)
		}
	}
}

// newest is an account's newest state, if it is not the one that is kept.
func (s *Accounts) newest(ctx context.Context, t *tip, user string) (engine.Entry, bool) {
	state := t.states[user]
	if state == "" {
		return engine.Entry{}, false
	}
	if kept, err := s.Get(ctx, user); err == nil && kept.State == state {
		return engine.Entry{}, false
	}
	body, err := s.register.Get(ctx, KindState, state)
	return engine.Entry{Kind: KindAccount, ID: user, Body: body}, err == nil
}

// current is an account as the journal has it. What is kept is read once, and taken only if it
// is the newest: a put that comes late may stand in its place by the next moment.
func (s *Accounts) current(ctx context.Context, t *tip, user string) (Account, error) {
	kept, err := s.Get(ctx, user)
	state := t.states[user]
	if state == "" || err == nil && kept.State == state {
		return kept, err
	}
	body, err := s.register.Get(ctx, KindState, state)
	if errors.Is(err, engine.ErrAbsent) {
		return s.Get(ctx, user) // replaced meanwhile: the journal does not take what is decided on it
	}
	if err != nil {
		return Account{}, fmt.Errorf("account %q in the register: %w", user, err)
	}
	return accountOf(user, body)
}

// unnamed are states that no event came to name.
func (s *Accounts) unnamed(ctx context.Context, drawn []string) []string {
	if len(drawn) == 0 {
		return nil
	}
	named := map[string]bool{}
	if err := s.log.look(ctx, StaffAccounts, func(t *tip) {
		for _, state := range t.states {
			named[state] = true
		}
	}); err != nil {
		return nil // what is named is not known
	}
	return slices.DeleteFunc(slices.Clone(drawn), func(state string) bool { return named[state] })
}

func (s *Accounts) drop(ctx context.Context, states []string) error {
	for _, state := range states {
		if state == "" {
			continue
		}
		if err := s.register.Erase(ctx, KindState, state); err != nil && !errors.Is(err, engine.ErrAbsent) {
			return fmt.Errorf("let go of an account's former state: %w", err)
		}
	}
	return nil
}

// note records what changes no account's entry.
func (s *Accounts) note(ctx context.Context, by Signers, act, text string, now engine.Instant) error {
	_, err := s.noted(ctx, StaffAccounts, by, act, text, now)
	return err
}

// noted is note in a stream, and says whether the operation was new.
func (s *Accounts) noted(ctx context.Context, stream string, by Signers, act, text string, now engine.Instant) (fresh bool, err error) {
	act, why, _ := strings.Cut(act, " ")
	e := engine.Event{Kind: engine.StaffChanged, At: now, By: by.By.User, Two: by.two(), Op: by.Op, Act: act, Why: why, Text: text}
	_, err = s.log.decide(ctx, stream, by.Op, func(*tip) ([]engine.Event, error) {
		fresh = true
		return []engine.Event{e}, nil
	})
	return fresh && err == nil, err
}

// spent is the operation by which something that counts once is used up: derived from it,
// so that of two nodes that see it in the same moment the journal takes one.
func spent(what string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("terang/once/"+what)).String()
}
