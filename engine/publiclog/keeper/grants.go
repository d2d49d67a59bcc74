package keeper

import (
	"slices"
	"strings"

	"terang/engine"
)

// sinceRoles is the version of the table from which a leaf names the roles of who acted.
const sinceRoles = 3

// grant is a role and where it holds, with the words in which the staff's stream has it.
type grant struct {
	text                      string
	role, exam, site, sitting string
}

func parseGrant(text string) grant {
	g := grant{text: text}
	g.role, g.exam, g.site, g.sitting = engine.CutGrant(text)
	return g
}

// covers says whether the grant holds for what was done in an exam, and at a sitting of it
// if one is named. At which site a sitting is no event says: a grant for a site counts there.
func (g *grant) covers(exam, sitting string) bool {
	return (g.exam == "" || g.exam == exam) && (g.sitting == "" || g.sitting == sitting) && (g.site == "" || sitting != "")
}

// Grants says whether an event changes what an account may do, as its words have it.
func Grants(e *engine.Event) bool {
	if e.Kind != engine.StaffChanged || e.Why == "" {
		return false
	}
	return slices.Contains([]string{"add", "invite", "grant", "revoke"}, e.Act)
}

// granted folds such an event.
func (f *Fold) granted(e *engine.Event) {
	if !Grants(e) {
		return
	}
	var words []grant
	for text := range strings.SplitSeq(e.Why, "; ") {
		words = append(words, parseGrant(text))
	}
	switch e.Act {
	case "grant":
		f.grants[e.Text] = append(slices.Clone(f.grants[e.Text]), words...)
	case "revoke":
		f.grants[e.Text] = slices.DeleteFunc(slices.Clone(f.grants[e.Text]), func(g grant) bool { return g.text == e.Why })
	default:
		f.grants[e.Text] = words
	}
}

// roles are those that an account had where something was done, joined by +; of an account
// whose grants were never recorded there are none.
func (f *Fold) roles(user, exam, sitting string) string {
	var all []string
	for _, g := range f.grants[user] {
		if g.covers(exam, sitting) {
			all = append(all, g.role)
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "+")
}
