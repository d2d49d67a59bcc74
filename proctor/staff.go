package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"terang/engine"
)

// Account is a member of staff: who may do what, where.
type Account struct {
	User     string         `json:"user"`
	Name     string         `json:"name"`
	Role     Role           `json:"role"`
	Exam     string         `json:"exam,omitempty"` // scope, "" for all
	Site     string         `json:"site,omitempty"` // scope, "" for all
	Hash     string         `json:"hash"`           // argon2id, PHC; "" in lists
	Disabled bool           `json:"disabled,omitempty"`
	Changed  engine.Instant `json:"changed"` // sessions from before are void
}

// StaffAccounts is the stream that records changes of accounts.
const StaffAccounts = engine.StaffStream + "accounts"

// Setup is who acts until the first administrator exists.
const Setup = "setup"

// UserExists refuses to add an account twice.
const UserExists engine.Code = "user_exists"

var userPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,39}$`)

// Accounts are the staff of a register, and their sessions.
type Accounts struct {
	register engine.Register
	log      *Log
	limits   *Limits
	kiln     kiln
	nobody   string // hash that an unknown user is checked against, to take as long
}

// NewAccounts returns accounts whose changes are recorded in the log.
func NewAccounts(r engine.Register, s engine.Store, log *Log) *Accounts {
	return &Accounts{
		register: r, log: log, limits: NewLimits(s), kiln: newKiln(),
		nobody: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", argonMemory, argonTime, argonThreads),
	}
}

// check names what is wrong with an account.
func (a *Account) check() error {
	switch {
	case !userPattern.MatchString(a.User):
		return fmt.Errorf("user %q: use 1 to 40 of a-z 0-9 . _ -, a letter or digit first", a.User)
	case a.User == Setup || a.User == "engine" || a.User == "candidate":
		return fmt.Errorf("user %q: the journal uses this name itself, take another", a.User)
	case !slices.Contains(Roles, a.Role):
		return fmt.Errorf("role %q: use one of %v", a.Role, Roles)
	case a.Name != "" && !validName(a.Name):
		return fmt.Errorf("name of %s: use up to 200 characters without line breaks", a.User)
	case a.Exam != "" && !codePattern.MatchString(a.Exam):
		return fmt.Errorf("exam %q: use the exam's code", a.Exam)
	case a.Site != "" && !codePattern.MatchString(a.Site):
		return fmt.Errorf("site %q: use the site's code", a.Site)
	}
	return nil
}

// Add makes a new account.
func (s *Accounts) Add(ctx context.Context, by string, a Account, password string, now engine.Instant) error {
	if err := a.check(); err != nil {
		return err
	}
	if _, err := s.Get(ctx, a.User); err == nil {
		return fmt.Errorf("user %s is taken, use another name or reset the password: %w", a.User, UserExists)
	} else if !errors.Is(err, engine.ErrAbsent) {
		return err
	}
	var err error
	if a.Hash, err = s.kiln.hash(password); err != nil {
		return err
	}
	return s.change(ctx, by, "add", now, a)
}

// Reset gives an account a new password, and ends its sessions.
func (s *Accounts) Reset(ctx context.Context, by, user, password string, now engine.Instant) error {
	a, err := s.Get(ctx, user)
	if err != nil {
		return err
	}
	if a.Hash, err = s.kiln.hash(password); err != nil {
		return err
	}
	a.Disabled = false
	return s.change(ctx, by, "reset", now, a)
}

// Disable ends an account and its sessions; Reset opens it again.
func (s *Accounts) Disable(ctx context.Context, by, user string, now engine.Instant) error {
	a, err := s.Get(ctx, user)
	if err != nil {
		return err
	}
	a.Disabled = true
	return s.change(ctx, by, "disable", now, a)
}

// change records first and keeps then: no account can exist that the journal does not know.
func (s *Accounts) change(ctx context.Context, by, act string, now engine.Instant, accounts ...Account) error {
	entries := make([]engine.Entry, len(accounts))
	events := make([]engine.Event, len(accounts))
	for i := range accounts {
		a := &accounts[i]
		a.Changed = now
		body, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("account %s: %w", a.User, err)
		}
		entries[i] = engine.Entry{Kind: KindAccount, ID: a.User, Body: body}
		events[i] = engine.Event{Kind: engine.StaffChanged, At: now, By: by, Act: act, Text: a.User}
	}
	if err := s.log.Append(ctx, StaffAccounts, events...); err != nil {
		return err
	}
	if err := s.register.Put(ctx, entries...); err != nil {
		return fmt.Errorf("keep accounts: %w", err)
	}
	return nil
}

// Get returns an account; the error is engine.ErrAbsent if there is none.
func (s *Accounts) Get(ctx context.Context, user string) (Account, error) {
	var a Account
	body, err := s.register.Get(ctx, KindAccount, strings.ToLower(strings.TrimSpace(user)))
	if err != nil {
		return a, fmt.Errorf("account %q: %w", user, err)
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("account %q in the register: %w", user, err)
	}
	return a, nil
}

// List returns the accounts in order of user, without their hashes.
func (s *Accounts) List(ctx context.Context) ([]Account, error) {
	var all []Account
	err := s.register.List(ctx, KindAccount, "", func(e engine.Entry) error {
		var a Account
		if err := json.Unmarshal(e.Body, &a); err != nil {
			return fmt.Errorf("account %s in the register: %w", e.ID, err)
		}
		a.Hash = ""
		all = append(all, a)
		return nil
	})
	return all, err
}

// HasAdmin says whether an administrator exists who can sign in and covers everything: one
// of a single exam could let nobody else in.
func (s *Accounts) HasAdmin(ctx context.Context) (bool, error) {
	all, err := s.List(ctx)
	return slices.ContainsFunc(all, func(a Account) bool { return a.Role == Admin && !a.Disabled && a.Exam == "" && a.Site == "" }), err
}

// Import adds accounts from a file `user,name,role,exam,site,password`, all or none.
func (s *Accounts) Import(ctx context.Context, by string, r io.Reader, now engine.Instant) (int, []Fault, error) {
	t := readTable(r, []string{"user", "role", "password"}, []string{"name", "exam", "site"})
	lines := map[string]int{}
	var accounts []Account
	for _, row := range t.rows {
		a := Account{
			User: strings.ToLower(row.get("user")), Name: row.get("name"), Role: Role(strings.ToLower(row.get("role"))),
			Exam: strings.ToLower(row.get("exam")), Site: strings.ToLower(row.get("site")),
		}
		if err := a.check(); err != nil {
			row.fault("", "correct the row", "%v", err)
			continue
		}
		if first, twice := lines[a.User]; twice {
			row.fault("user", "remove one", "%s stands already in row %d", a.User, first)
		} else if _, err := s.Get(ctx, a.User); err == nil {
			row.fault("user", "remove the row, or use staff reset", "%s exists already", a.User)
		} else if !errors.Is(err, engine.ErrAbsent) {
			return 0, nil, err
		}
		lines[a.User] = row.line
		if len(t.faults) == 0 { // hashing is slow, and in vain once there is a fault
			var err error
			if a.Hash, err = s.kiln.hash(row.get("password")); err != nil {
				row.fault("password", "choose another", "%v", err)
			}
		}
		accounts = append(accounts, a)
	}
	if len(t.faults) > 0 {
		return 0, inOrder(t.faults), nil
	}
	if len(accounts) == 0 {
		return 0, []Fault{{What: "the file names nobody", Remedy: "add a row for each account"}}, nil
	}
	return len(accounts), nil, s.change(ctx, by, "add", now, accounts...)
}
