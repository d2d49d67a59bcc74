package proctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// Grant is a role and where it holds: everywhere, in an exam, at a site (of one exam, or
// of each), or in one sitting of an exam.
type Grant struct {
	Role    Role   `json:"role"`
	Exam    string `json:"exam,omitempty"`    // "" for all
	Site    string `json:"site,omitempty"`    // "" for all
	Sitting string `json:"sitting,omitempty"` // code within the exam, "" for all
}

// Everywhere is a role without bounds.
func Everywhere(role Role) []Grant { return []Grant{{Role: role}} }

// Covers says whether a place is within the grant. A part that is empty asks for all of
// it: the whole exam, or every exam.
func (g Grant) Covers(exam, site, sitting string) bool {
	return (g.Exam == "" || g.Exam == exam) && (g.Site == "" || g.Site == site) && (g.Sitting == "" || g.Sitting == sitting)
}

// meets says whether two grants can hold in one place. A site and a sitting may be the
// same room: what cannot be told apart counts as one.
func (g Grant) meets(o Grant) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	return !differ(g.Exam, o.Exam) && !differ(g.Site, o.Site) && !differ(g.Sitting, o.Sitting)
}

func (g Grant) String() string {
	var where []string
	for _, p := range [][2]string{{"exam", g.Exam}, {"site", g.Site}, {"sitting", g.Sitting}} {
		if p[1] != "" {
			where = append(where, p[0]+" "+p[1])
		}
	}
	if len(where) == 0 {
		return string(g.Role)
	}
	return string(g.Role) + " (" + strings.Join(where, ", ") + ")"
}

// grantsText are an account's grants as the journal has them, of whoever is made with them.
func grantsText(grants []Grant) string {
	texts := make([]string, len(grants))
	for i, g := range grants {
		texts[i] = g.String()
	}
	return strings.Join(texts, "; ")
}

// Of says whether the grant is of one of the roles.
func (g Grant) Of(roles ...Role) bool { return slices.Contains(roles, g.Role) }

func (g Grant) check() error {
	if all := g.faults(); len(all) > 0 {
		return Invalid{all[0]}
	}
	return nil
}

// faults are all that is wrong with a grant by itself.
func (g Grant) faults() (all []error) {
	add := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	if !slices.Contains(Roles, g.Role) {
		add("role %q: use one of %v", g.Role, Roles)
	}
	if g.Exam != "" && !codePattern.MatchString(g.Exam) {
		add("exam %q: use the exam's code", g.Exam)
	}
	if g.Site != "" && !codePattern.MatchString(g.Site) {
		add("site %q: use the site's code", g.Site)
	}
	switch {
	case g.Sitting != "" && (!codePattern.MatchString(g.Sitting) || g.Exam == ""):
		add("sitting %q: use the sitting's code, and name its exam", g.Sitting)
	case g.Sitting != "" && g.Site != "":
		add("sitting %s has a site already: give the one or the other", g.Sitting)
	}
	return all
}

// checkGrants names what is wrong with the grants of one account.
func checkGrants(grants []Grant) error {
	for i, g := range grants {
		if all := g.faults(); len(all) > 0 {
			return all[0]
		}
		for _, o := range grants[:i] {
			if o == g {
				return fmt.Errorf("%s is given twice: remove one", g)
			}
			for _, pair := range apart {
				if g.meets(o) && (g.Role == pair[0] && o.Role == pair[1] || g.Role == pair[1] && o.Role == pair[0]) {
					return fmt.Errorf("%s beside %s: one account is not both in one place; give them to two people, or for different places: %w", g, o, Apart)
				}
			}
		}
	}
	return nil
}

// Apart refuses two roles in one hand.
const Apart engine.Code = "roles_apart"

// Covers says whether a place is in the scope of any of the account's grants.
func (a *Account) Covers(exam, site, sitting string) bool {
	return !a.Disabled && slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Covers(exam, site, sitting) })
}

// May says whether the account may do the act in a sitting at a site of an exam. Parts
// that are empty ask for all: May(act, exam, "", "") for the whole exam.
func (a *Account) May(act, exam, site, sitting string) bool {
	if a.Disabled || a.Token && slices.Contains(personal, act) || len(a.Scopes) > 0 && !slices.Contains(a.Scopes, act) {
		return false
	}
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return May(g.Role, act) && g.Covers(exam, site, sitting) })
}

// MaySomewhere says whether there is a place at which the account may do the act.
func (a *Account) MaySomewhere(act string) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return a.May(act, g.Exam, g.Site, g.Sitting) })
}

// MayOf says whether there is a place of an exam at which the account may do the act.
func (a *Account) MayOf(act, exam string) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return (g.Exam == "" || g.Exam == exam) && a.May(act, exam, g.Site, g.Sitting) })
}

// Role is the first of the account's roles, "" if it has none: what a page calls it.
func (a *Account) Role() Role {
	if len(a.Grants) == 0 {
		return ""
	}
	return a.Grants[0].Role
}

// Has says whether one of the grants is of the role.
func (a *Account) Has(roles ...Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Of(roles...) })
}

// Others are the other accounts of the human behind one.
func (s *Accounts) Others(ctx context.Context, a Account) ([]string, error) {
	all, err := s.List(ctx)
	var others []string
	for _, o := range all {
		if o.User != a.User && SamePerson(a, o) {
			others = append(others, o.User)
		}
	}
	return others, err
}

// UnmarshalJSON reads an account, also one that was kept when an account had one role.
func (a *Account) UnmarshalJSON(data []byte) error {
	type plain Account
	kept := struct {
		*plain
		Role Role   `json:"role"`
		Exam string `json:"exam"`
		Site string `json:"site"`
	}{plain: (*plain)(a)}
	if err := json.Unmarshal(data, &kept); err != nil {
		return err
	}
	if len(a.Grants) == 0 && kept.Role != "" {
		a.Grants = []Grant{{Role: kept.Role, Exam: kept.Exam, Site: kept.Site}}
	}
	return nil
}
