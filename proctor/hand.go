package proctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// An account stands for a human only as far as somebody can say so. Whoever makes an
// account holds its invitation, or its first password, and could take it for themselves;
// so until somebody else, who knows the owner, has said that it is theirs (Vouch), it
// counts as the hand of who made it: never as that one's second person, and never as two
// people beside another account of the same hand. Software cannot see who sits at a
// keyboard. It can keep one person from being several by what that person alone has done,
// and show auditors what is left (Hands).
//
// The one exception is where nobody else is there to say so: the second administrator, whom
// the first has to make alone. It counts once it has an identity number, another than the
// first one's: who forges it forges that of a civil servant who can be asked.

// Codes about whose an account is.
const (
	// PersonDiffers refuses an invitation to who gives another identity number than it was made for.
	PersonDiffers engine.Code = "person_differs"
	// ownPassword is the field of a SecondPerson: somebody else knows the password.
	ownPassword = "own_password"
	// oneHand is the field of a SecondPerson: one person alone has made both accounts, or knows both passwords.
	oneHand = "hand"
)

// hand is who could be behind an account because they made it, "" if nobody: two say that
// it is its owner's.
func (a *Account) hand() string {
	if a.Vouched != "" || a.Founder && a.Person != "" {
		return ""
	}
	return a.Made
}

// holders are the accounts whose owner may be the one behind this one.
func (a *Account) holders() []string {
	holders := []string{a.User}
	for _, h := range []string{a.Chosen, a.hand()} {
		if h != "" && h != Setup {
			holders = append(holders, h)
		}
	}
	return holders
}

// maker is who is behind what an account makes: an account that is another's hand makes
// hands of that other.
func (a *Account) maker() string {
	for _, h := range []string{a.hand(), a.Chosen} {
		if h != "" && h != Setup {
			return h
		}
	}
	if a.User == Setup {
		return "" // the machine before there was anybody
	}
	return a.User
}

// PasswordKnown says whether somebody else has chosen the account's password and knows it.
// Pages ask its owner for another before anything else, and it signs nothing that takes two.
// Setup is nobody else here: who holds the machine before there is an administrator holds
// its files, and no account could keep anything from them. That it chose a password is shown.
func (a *Account) PasswordKnown() bool { return a.Chosen != "" && a.Chosen != Setup }

// SamePerson says whether one human may stand behind both accounts: one account, two with
// one identity number, or two that one person has made alone or whose passwords one person
// has chosen and still knows. They never count as two people.
func SamePerson(a, b Account) bool { return oneHuman(a, b) != "" }

// SurelySame says whether one human is known to be behind both accounts, or knows both
// passwords: who made them does not matter. It keeps roles apart on the day itself, where an
// account that nobody has vouched for must not stop a room.
func SurelySame(a, b Account) bool {
	a.Made, b.Made = "", ""
	return SamePerson(a, b)
}

// oneHuman is SamePerson with the reason, as a Denied carries it; "" if they are two.
func oneHuman(a, b Account) string {
	if a.User == b.User || a.Person != "" && NormalPerson(a.Person) == NormalPerson(b.Person) {
		return DeniedSame
	}
	if slices.ContainsFunc(a.holders(), func(h string) bool { return slices.Contains(b.holders(), h) }) {
		return DeniedHand
	}
	return ""
}

// vouched says whether whoever acts for an exam has to be vouched for: as its policy says, and
// always where there is none to ask.
func (p *Pairs) vouched(exam string) bool {
	def := p.people.Exam(exam)
	return def == nil || def.Policy.VouchedStaff
}

// oneOf says why two accounts are not two people for an act of an exam, "" if they are. Where
// its policy does not ask for who is vouched for, only what is known of them counts.
func (p *Pairs) oneOf(exam string, actor, other Account) string {
	one := oneHuman(actor, other)
	switch {
	case one == DeniedSame:
		return one
	case p.vouched(exam) && (actor.PasswordKnown() || other.PasswordKnown()):
		return DeniedKnown
	case p.vouched(exam):
		return one
	case actor.Chosen == other.User || other.Chosen == actor.User:
		return DeniedHand
	}
	return ""
}

// NormalPerson is the form in which identity numbers are compared: upper case, letters and
// digits only.
func NormalPerson(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(number))
}

// founds says whether an account that is made alone is the second administrator: one where
// nobody else could say whose it is.
func (s *Accounts) founds(ctx context.Context, by Account, a *Account) (bool, error) {
	if !a.May(ActGrant, "", "", "") {
		return false, nil
	}
	all, err := s.List(ctx)
	return !slices.ContainsFunc(all, func(o Account) bool {
		return o.User != a.User && o.User != by.User && (o.Founder || o.administrates()) && !SamePerson(o, by)
	}), err
}

// Bind gives an account the identity number of its owner, who is signed in. Once it has
// one it keeps it: who was somebody's second person stays that person.
func (s *Accounts) Bind(ctx context.Context, by Account, person string, now engine.Instant) error {
	_, err := s.alter(ctx, Signers{By: by}, "identity", by.User, now, func(a *Account) error {
		if a.Person != "" {
			return refusal(engine.WrongState, "person")
		}
		if NormalPerson(person) == "" {
			return invalid("identity number %q: use the employee number, letters and digits", person)
		}
		a.Person = person
		return a.check()
	})
	return err
}

// hold notes whose hand a new account is.
func (s *Accounts) hold(ctx context.Context, by Signers, a *Account) (err error) {
	a.madeBy(&by.By)
	if a.Made != "" && by.Two == nil {
		a.Founder, err = s.founds(ctx, by.By, a)
	}
	return err
}

// madeBy notes who could have taken an account for themselves when they made it, or when they
// gave it a new way in.
func (a *Account) madeBy(by *Account) {
	a.Made, a.Vouched, a.Founder = by.maker(), "", false
	if a.Made == a.User {
		a.Made = ""
	}
}

// Vouch says of accounts that their owners are people of their own, who have taken them:
// somebody says so who may give these grants, and who is neither their maker nor that one's hand.
// Each account is one record; the first that is refused ends it, and is named.
func (s *Accounts) Vouch(ctx context.Context, by Signers, users []string, now engine.Instant) error {
	for _, user := range users {
		if err := s.vouch(ctx, by, user, now); err != nil {
			return fmt.Errorf("vouch for %s: %w", user, err)
		}
	}
	return nil
}

func (s *Accounts) vouch(ctx context.Context, by Signers, user string, now engine.Instant) error {
	a, err := s.Get(ctx, user)
	if err != nil {
		return err
	}
	if err := s.agree(ctx, by, ActGrant, a.Grants, false, false); err != nil {
		return err
	}
	if by.By.PasswordKnown() {
		return refusal(engine.SecondPerson, ownPassword)
	}
	maker, err := s.Get(ctx, a.Made)
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return err
	}
	if SamePerson(by.By, a) || err == nil && SamePerson(by.By, maker) {
		return refusal(engine.SecondPerson, oneHand)
	}
	_, err = s.alter(ctx, by, "vouch", user, now, func(a *Account) error {
		switch {
		case a.Hash == "" || a.Chosen != "":
			return refusal(engine.WrongState, "vouch_early") // who has made it could still take it
		case a.Made == "" || a.Vouched != "":
			return refusal(engine.WrongState, "vouched")
		}
		a.Vouched = by.By.User
		return nil
	})
	return err
}

// Hand is an account as auditors ask about it: who made it, who vouches for it, and with
// which others it counts as one person.
type Hand struct {
	User     string   `json:"user"`
	Name     string   `json:"name"`
	Person   string   `json:"person,omitempty"`
	Grants   []Grant  `json:"grants"`
	Factor   bool     `json:"factor"`
	State    string   `json:"state"` // open, invited or disabled
	Made     string   `json:"made,omitempty"`
	Founder  bool     `json:"founder,omitempty"`
	Vouched  string   `json:"vouched,omitempty"`
	Password string   `json:"password,omitempty"` // who else knows it
	One      []string `json:"one,omitempty"`      // accounts with which it counts as one person
	Waits    bool     `json:"waits,omitempty"`    // for somebody else's word
	Vouch    bool     `json:"-"`                  // whoever asks may give it now
}

// Hands lists the accounts of which one grant is within what the account may do by the act.
func (s *Accounts) Hands(ctx context.Context, by Account, act string) ([]Hand, error) {
	all, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	hands := []Hand{}
	for _, a := range all {
		if !by.May(act, "", "", "") && !slices.ContainsFunc(a.Grants, func(g Grant) bool { return by.May(act, g.Exam, g.Site, g.Sitting) }) {
			continue
		}
		h := Hand{
			User: a.User, Name: a.Name, Person: a.Person, Grants: a.Grants, Factor: a.Factor != 0, State: a.Standing(), Made: a.Made, Founder: a.Founder,
			Vouched: a.Vouched, Waits: a.Made != "" && a.hand() != "",
		}
		if a.Chosen != Setup || !a.May(ActGrant, "", "", "") { // the first administrator typed the own one
			h.Password = a.Chosen
		}
		h.Vouch = h.Waits && a.Hash != "" && a.Chosen == "" && !a.Disabled && !SamePerson(by, a) && a.Made != by.User
		for _, o := range all {
			if o.User != a.User && SamePerson(a, o) {
				h.One = append(h.One, o.User)
			}
		}
		hands = append(hands, h)
	}
	return hands, nil
}

// Standing is an account's state in a word: open, invited or disabled.
func (a *Account) Standing() string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.Hash == "":
		return "invited"
	}
	return "open"
}
