package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"terang/engine"
)

// Account is a member of staff: who they are, and what they may do where. Kept accounts
// of one role (role, exam, site) are read as one grant.
type Account struct {
	User     string         `json:"user"`
	Name     string         `json:"name"`
	Person   string         `json:"person,omitempty"` // employee number: one human behind two accounts is known by it
	Unit     string         `json:"unit,omitempty"`   // whose staff: who decides about a doubt is of another one
	Grants   []Grant        `json:"grants"`
	Hash     string         `json:"hash"`             // argon2id, PHC; "" in lists, and until an invitation is accepted
	Factor   engine.Instant `json:"factor,omitempty"` // since when sign-ins need a code
	Disabled bool           `json:"disabled,omitempty"`
	Changed  engine.Instant `json:"changed"`           // sessions from before are void
	Chosen   string         `json:"chosen,omitempty"`  // who else chose the password, and knows it, until the owner takes another
	Closed   string         `json:"closed,omitempty"`  // who disabled it
	Made     string         `json:"made,omitempty"`    // who could have taken it for themselves when they made it or gave it a new way in, "" for nobody; see hand.go
	Founder  bool           `json:"founder,omitempty"` // the second administrator, whom the first made alone
	Vouched  string         `json:"vouched,omitempty"` // who else has said that it is its owner's
	State    string         `json:"state,omitempty"`   // id of this state of the account, as the journal names it

	Desk   string   `json:"-"` // of the session that speaks, see Accounts.DeskOf; "" elsewhere
	Token  bool     `json:"-"` // a program's token, not a person
	Scopes []string `json:"-"` // of a token: acts that it is narrowed to
}

// StaffAccounts is the stream that records changes of accounts.
const StaffAccounts = engine.StaffStream + "accounts"

// Setup is who acts until the first administrator exists.
const Setup = "setup"

// SetupAccount is the account of a command on a journal without an administrator.
func SetupAccount() Account { return Account{User: Setup, Name: Setup, Grants: Everywhere(Admin)} }

// UserExists refuses to add an account twice.
const UserExists engine.Code = "user_exists"

var (
	userPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,39}$`)
	personPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ./-]{0,39}$`)
)

// Sealer encrypts what only the key file outside the database may open again; use keeps
// what is sealed for one purpose from being read as another.
type Sealer interface {
	Seal(use string, plain []byte) []byte
	Open(use string, sealed []byte) ([]byte, error)
}

// Accounts are the staff of a register, and their sessions.
type Accounts struct {
	register engine.Register
	log      *Log
	limits   *Limits
	sealer   Sealer
	kiln     kiln
	proven   proven
	nobody   string // hash that an unknown user is checked against, to take as long

	// Unready says whether an account has to set up its second factor before it does anything else;
	// it may be nil: then none has to.
	Unready func(Account) bool

	// Lost is told what sign-in could not be recorded, and why; it may be nil.
	Lost func(act string, err error)

	unsaid   unsaid
	seen     seen
	changing sync.Mutex // reading a second factor, or a token, and writing it back is one step here
}

// NewAccounts returns accounts whose changes are recorded in the log. The sealer keeps
// second factors; nil where nobody signs in.
func NewAccounts(r engine.Register, s engine.Store, log *Log, sealer Sealer) *Accounts {
	return &Accounts{
		register: r, log: log, limits: NewLimits(s), sealer: sealer, kiln: newKiln(),
		nobody: costOf(testing.Testing()).phc() + "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	}
}

// Invalid is what is wrong with data that somebody gave, in words.
type Invalid struct{ error }

func invalid(format string, args ...any) error { return Invalid{fmt.Errorf(format, args...)} }

// Unwrap gives the code, if there is one.
func (e Invalid) Unwrap() error { return e.error }

// check names what is wrong with an account.
func (a *Account) check() error {
	if err := a.fault(); err != nil {
		return Invalid{err}
	}
	return nil
}

func (a *Account) fault() error {
	if own := a.ownFaults(); len(own) > 0 {
		return own[0]
	}
	if len(a.Grants) == 0 {
		return fmt.Errorf("user %s: give at least one role", a.User)
	}
	return checkGrants(a.Grants)
}

// ownFaults are all that is wrong with an account beside its grants.
func (a *Account) ownFaults() (all []error) {
	add := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	if !userPattern.MatchString(a.User) {
		add("user %q: use 1 to 40 of a-z 0-9 . _ -, a letter or digit first", a.User)
	}
	if a.User == Setup || a.User == "engine" || a.User == "candidate" {
		add("user %q: the journal uses this name itself, take another", a.User)
	}
	if a.Name != "" && !validName(a.Name) {
		add("name of %s: use up to 200 characters without line breaks, a letter first", a.User)
	}
	if a.Person != "" && !personPattern.MatchString(a.Person) {
		add("person %q: use the employee number, up to 40 letters, digits, spaces, . / -", a.Person)
	}
	if a.Unit != "" && !personPattern.MatchString(a.Unit) {
		add("unit %q: use up to 40 letters, digits, spaces, . / -", a.Unit)
	}
	return all
}

// Add makes a new account that signs in with the password. It decides nothing: who may is
// asked before, as Obey does.
func (s *Accounts) Add(ctx context.Context, by string, a Account, password string, now engine.Instant) error {
	hash, err := s.kiln.hash(password) // outside the lock: several can be made at once
	if err != nil {
		return err
	}
	return s.make(ctx, Signers{By: Account{User: by}}, a, hash, now)
}

func (s *Accounts) make(ctx context.Context, by Signers, a Account, hash string, now engine.Instant) error {
	a.Hash = hash
	_, err := s.change(ctx, by, "add "+grantsText(a.Grants), now, []string{a.User}, func(t *tip) ([]Account, error) {
		return []Account{a}, s.fresh(ctx, t, &a)
	})
	return err
}

// plainName is the name of an account as it is kept and compared: on one line, with single
// spaces, without what nobody sees. So the bank asks for the names of authors and reviewers,
// and who wrote an item is known by it. What would begin a formula now goes too.
func plainName(name string) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) || r == 0xFEFF || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, name)
	return strings.TrimLeft(strings.Join(strings.Fields(seen), " "), "=+-@ ")
}

// fresh refuses an account that is none or that exists.
func (s *Accounts) fresh(ctx context.Context, t *tip, a *Account) error {
	if err := a.check(); err != nil {
		return err
	}
	if _, err := s.current(ctx, t, a.User); err == nil {
		return fmt.Errorf("user %s is taken, use another name or reset the password: %w", a.User, UserExists)
	} else if !errors.Is(err, engine.ErrAbsent) {
		return err
	}
	return nil
}

// Reset gives an account a new password, opens it again, and ends its sessions. Like Add
// it decides nothing.
func (s *Accounts) Reset(ctx context.Context, by, user, password string, now engine.Instant) error {
	hash, err := s.kiln.hash(password)
	if err != nil {
		return err
	}
	_, err = s.alter(ctx, Signers{By: Account{User: by}}, "reset", user, now, func(a *Account) error {
		a.Hash, a.Disabled, a.Changed = hash, false, now
		return nil
	})
	return err
}

// Get returns an account; the error is engine.ErrAbsent if there is none.
func (s *Accounts) Get(ctx context.Context, user string) (Account, error) {
	var a Account
	body, err := s.register.Get(ctx, KindAccount, strings.ToLower(strings.TrimSpace(user)))
	switch {
	case errors.Is(err, engine.ErrAbsent):
		return a, fmt.Errorf("account %q: there is none, terang staff list shows them: %w", user, engine.ErrAbsent)
	case err != nil:
		return a, fmt.Errorf("account %q: %w", user, err)
	}
	return accountOf(user, body)
}

// accountOf reads an account as it is kept. Older programs kept the name as it was typed.
func accountOf(user string, body []byte) (a Account, err error) {
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("account %q in the register: %w", user, err)
	}
	a.Name = plainName(a.Name)
	return a, nil
}

// List returns the accounts in order of user, without their hashes.
func (s *Accounts) List(ctx context.Context) ([]Account, error) {
	var all []Account
	err := s.register.List(ctx, KindAccount, "", func(e engine.Entry) error {
		a, err := accountOf(e.ID, e.Body)
		if err != nil {
			return err
		}
		if a.Hash != "" {
			a.Hash = "set"
		}
		all = append(all, a)
		return nil
	})
	return all, err
}

// HasAdmin says whether an administrator exists who can sign in and covers everything: one
// of a single exam could let nobody else in.
func (s *Accounts) HasAdmin(ctx context.Context) (bool, error) {
	all, err := s.List(ctx)
	return slices.ContainsFunc(all, func(a Account) bool { return a.Hash != "" && a.May(ActGrant, "", "", "") }), err
}
