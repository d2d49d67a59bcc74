package proctor

import (
	"slices"

	"terang/engine"
)

// Role of a staff account. Powers of the real roles are not published (DOMAIN 6); these
// follow the separations that past incidents ask for: who checks identity cannot start a
// sitting, who only runs the machines cannot disqualify, an auditor changes nothing.
type Role string

// The roles.
const (
	Admin      Role = "admin"      // exams, accounts, and every act of a room; two-person acts still take two
	Operator   Role = "operator"   // opens and runs the sitting, moves devices
	Supervisor Role = "supervisor" // in the room: everything of the sitting
	Verifier   Role = "verifier"   // papers and faces
	Auditor    Role = "auditor"    // looks
)

// Roles lists the roles as an import knows them.
var Roles = []Role{Admin, Operator, Supervisor, Verifier, Auditor}

// Acts beside those of engine.
const (
	ActNote  = "note"  // note an incident
	ActSee   = "see"   // look at a sitting
	ActStaff = "staff" // accounts
	ActExam  = "exam"  // exams and rosters
	ActAnnul = "annul" // annul an item; takes two
)

var rights = map[Role][]string{
	Operator: {
		ActSee, ActNote, engine.ActOpenCheckin, engine.ActCloseCheckin, engine.ActStart, engine.ActPause, engine.ActResume,
		engine.ActPostpone, engine.ActFinish, engine.ActMove, engine.ActRelease, engine.ActUnlock, engine.ActMessage,
	},
	// A supervisor may check in: somebody has to issue the PIN that was lost in the room.
	Supervisor: {
		ActSee, ActNote, engine.ActOpenCheckin, engine.ActCloseCheckin, engine.ActCheckin, engine.ActTurnAway, engine.ActUnlock,
		engine.ActStart, engine.ActPause, engine.ActResume, engine.ActCredit, engine.ActReverse, engine.ActDecideCredit,
		engine.ActMove, engine.ActRelease, engine.ActMessage, engine.ActLeave, engine.ActReturn, engine.ActDoubt,
		engine.ActDecideDoubt, engine.ActPostpone, engine.ActFinish, engine.ActDisqualify, engine.ActReopen, engine.ActClose,
	},
	Verifier: {ActSee, ActNote, engine.ActCheckin, engine.ActTurnAway, engine.ActDoubt},
	Auditor:  {ActSee},
}

// May says whether the role may do the act, within its account's scope.
func May(role Role, act string) bool {
	return role == Admin || slices.Contains(rights[role], act)
}

// Covers says whether an exam and a site are in the account's scope. An empty site asks
// for the whole exam.
func (a *Account) Covers(exam, site string) bool {
	return !a.Disabled && (a.Exam == "" || a.Exam == exam) && (a.Site == "" || a.Site == site)
}

// May says whether the account may do the act at a site of an exam.
func (a *Account) May(act, exam, site string) bool {
	return a.Covers(exam, site) && May(a.Role, act)
}
