package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"terang/engine"
)

// KindDesk says at which desk a session was opened: by the hash of its token. It outlives
// the session, so that signing out hides nothing.
const KindDesk = "desk"

// A desk is a browser: it keeps a random cookie whoever signs in there. Two accounts at one
// desk may be one person with two passwords, so they are not two people for an act that
// takes two.
type seatedAt struct {
	User  string         `json:"user"`
	Desk  string         `json:"desk"` // HashSecret of the cookie
	Since engine.Instant `json:"since"`
}

// SeatAt notes the desk at which a session was opened, and lets go what is older than any
// session.
func (s *Accounts) SeatAt(ctx context.Context, token, user, desk string, now engine.Instant) error {
	body, err := json.Marshal(seatedAt{user, desk, now})
	if err == nil {
		err = s.register.Put(ctx, engine.Entry{Kind: KindDesk, ID: HashSecret(token), Body: body})
	}
	if err != nil {
		return fmt.Errorf("note the desk of a session: %w", err)
	}
	var old []string
	err = s.desks(ctx, func(id string, at seatedAt) {
		if now.Sub(at.Since) > SessionLife {
			old = append(old, id)
		}
	})
	for _, id := range old {
		err = errors.Join(err, s.register.Erase(ctx, KindDesk, id))
	}
	return err
}

// DeskOf is the desk at which a session was opened, "" if that is not known.
func (s *Accounts) DeskOf(ctx context.Context, token string) (string, error) {
	body, err := s.register.Get(ctx, KindDesk, HashSecret(token))
	if errors.Is(err, engine.ErrAbsent) {
		return "", nil
	}
	var at seatedAt
	if err == nil {
		err = json.Unmarshal(body, &at)
	}
	if err != nil {
		return "", fmt.Errorf("read the desk of a session: %w", err)
	}
	return at.Desk, nil
}

// newestDesk is where an account was signed in last, while such a session may live.
func (s *Accounts) newestDesk(ctx context.Context, user string, now engine.Instant) (string, error) {
	var newest seatedAt
	err := s.desks(ctx, func(_ string, at seatedAt) {
		if at.User == user && at.Since >= newest.Since && now.Sub(at.Since) <= SessionLife {
			newest = at
		}
	})
	return newest.Desk, err
}

func (s *Accounts) desks(ctx context.Context, visit func(id string, at seatedAt)) error {
	return s.register.List(ctx, KindDesk, "", func(e engine.Entry) error {
		var at seatedAt
		if err := json.Unmarshal(e.Body, &at); err != nil {
			return fmt.Errorf("desk %s in the register: %w", e.ID, err)
		}
		visit(e.ID, at)
		return nil
	})
}
