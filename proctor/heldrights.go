package proctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// HeldRights say who may do what, as the stream of accounts has it until some place in it.
// They are read by whoever has the stream and no register: nothing in it opens anything.
type HeldRights struct {
	accounts map[string]*heldAccount
	admin    engine.Pos // where the first account that may give every right could sign in, 0 before
}

// heldAccount is an account, and what it could do lately.
type heldAccount struct {
	Account
	unsaid bool    // its first grants stand nowhere: it came by a file, to an earlier program
	was    Account // before it could do less, with the instant of that
	until  engine.Instant
}

// RightsLinger is how long a right that was taken away is still taken as held: who was
// allowed may have been asked a moment before the journal took it.
const RightsLinger = time.Minute

// NewHeldRights are those before the stream's first event.
func NewHeldRights() *HeldRights { return &HeldRights{accounts: make(map[string]*heldAccount)} }

// Apply takes the next event of StaffAccounts, whose words it can read.
func (h *HeldRights) Apply(pos engine.Pos, e *engine.Event) error {
	if e.Kind != engine.StaffChanged {
		return nil
	}
	a := h.accounts[e.Text]
	if e.Act == "token" && e.Why != "revoked" || e.Act == "add" || e.Act == "invite" {
		grants, err := ParseGrants(e.Why)
		if err != nil {
			return err
		}
		a = &heldAccount{Account: Account{User: e.Text, Grants: grants, Token: e.Act == "token"}, unsaid: e.Why == ""}
		h.accounts[e.Text] = a
	}
	if a == nil {
		return nil // as the policy, which is of no account
	}
	was := a.Account
	switch e.Act {
	case "grant", "revoke":
		grants, err := ParseGrants(e.Why)
		if err != nil || len(grants) != 1 {
			return fmt.Errorf("%s of %s: %q is no grant: %w", e.Act, e.Text, e.Why, err)
		}
		if e.Act == "grant" {
			a.Grants = append(slices.Clone(a.Grants), grants[0])
		} else {
			a.Grants = slices.DeleteFunc(slices.Clone(a.Grants), func(g Grant) bool { return g == grants[0] })
		}
	case "disable":
		a.Disabled = true
	case "enable":
		a.Disabled = false
	case "reset":
		a.Disabled = a.Disabled && e.Why == "factor" // another password opens it
	case "token":
		a.Disabled = e.Why == "revoked"
	}
	if e.Act == "revoke" || e.Act == "disable" || a.Token && a.Disabled {
		a.was, a.until = was, e.At.Add(RightsLinger)
	}
	if h.admin == 0 && e.Act != "invite" && a.May(ActGrant, "", "", "") {
		h.admin = pos
	}
	return nil
}

// Verdict is whether somebody held a right.
type Verdict int

// The verdicts.
const (
	HeldRight    Verdict = iota
	HeldAsSetup          // before there was an administrator, or by whoever holds the machine
	HeldUnknown          // the stream does not say what the account could do
	HeldNot              // it could not do this there
	HeldByNobody         // there is no such account
)

// Judge says whether an account held one of the rights at a place of an exam, as of an
// instant. sitting is a code, "" where the place is not AtSitting.
func (h *HeldRights) Judge(user string, rights []string, where ActPlace, exam, site, sitting string, at engine.Instant) Verdict {
	if user == Setup {
		return HeldAsSetup
	}
	a := h.accounts[user]
	if a == nil {
		return HeldByNobody
	}
	may := func(x *Account) bool {
		return slices.ContainsFunc(rights, func(right string) bool {
			switch where {
			case AtSitting:
				return x.May(right, exam, site, sitting)
			case WholeExam:
				return x.May(right, exam, "", "")
			}
			return x.MayOf(right, exam)
		})
	}
	switch {
	case may(&a.Account), at <= a.until && may(&a.was):
		return HeldRight
	case a.unsaid:
		return HeldUnknown
	}
	return HeldNot
}

// Grants are what an account holds, in the words of the stream.
func (h *HeldRights) Grants(user string) string {
	a := h.accounts[user]
	switch {
	case a == nil:
		return ""
	case a.Disabled:
		return "disabled"
	}
	return grantsText(a.Grants)
}

// Administrated says where in the journal the first administrator of everything stands, 0 if there is none.
func (h *HeldRights) Administrated() engine.Pos { return h.admin }

// ParseGrants reads grants in the words in which the stream of accounts has them, as
// "supervisor (exam skd, sitting sesi-1); operator"; "" is none.
func ParseGrants(text string) ([]Grant, error) {
	if text == "" {
		return nil, nil
	}
	var all []Grant
	for one := range strings.SplitSeq(text, "; ") {
		role, exam, site, sitting := engine.CutGrant(one)
		g := Grant{Role: Role(role), Exam: exam, Site: site, Sitting: sitting}
		if g.String() != one {
			return nil, fmt.Errorf("%q are no grants: %q is none", text, one)
		}
		all = append(all, g)
	}
	return all, nil
}
