package engine

import "strings"

// CutGrant reads a grant in the words in which the stream of accounts has it, as
// "supervisor (exam skd, sitting sesi-1)": a role, and where it holds. A place that is not
// named is "": the role holds at all of them.
func CutGrant(text string) (role, exam, site, sitting string) {
	role, where, _ := strings.Cut(text, " (")
	for part := range strings.SplitSeq(strings.TrimSuffix(where, ")"), ", ") {
		switch what, code, _ := strings.Cut(part, " "); what {
		case "exam":
			exam = code
		case "site":
			site = code
		case "sitting":
			sitting = code
		}
	}
	return role, exam, site, sitting
}
