package proctor

import (
	"slices"

	"terang/engine"
)

// Role is what a member of staff is trusted with. Powers of the real roles are not
// published; these follow the separations that past incidents ask for: who
// checks identity cannot start a sitting, who only runs the machines cannot disqualify,
// who makes items cannot approve them, who runs the exam does not decide its results, an
// auditor reads all and changes nothing.
type Role string

// The roles.
const (
	Admin      Role = "admin"      // exams, accounts, and every act of a room; two-person acts still take two
	Writer     Role = "writer"     // writes items
	Reviewer   Role = "reviewer"   // reviews and approves items that others wrote
	KeyHolder  Role = "keyholder"  // holds a key of the sealed packs
	Operator   Role = "operator"   // opens and runs the sitting, moves devices
	Verifier   Role = "verifier"   // papers and faces
	Supervisor Role = "supervisor" // in the room: everything of the sitting
	Committee  Role = "committee"  // freezes and releases results, breaks ties, answers objections
	Auditor    Role = "auditor"    // reads all, changes nothing
	Personnel  Role = "personnel"  // a personnel system: who is expected, and how far the sittings are
)

// Roles lists the roles as an import knows them.
var Roles = []Role{Admin, Writer, Reviewer, KeyHolder, Operator, Verifier, Supervisor, Committee, Auditor, Personnel}

// Privileged are the roles whose accounts decide about many people at once: a second
// factor may be asked of them, and giving one away takes two people.
var Privileged = []Role{Admin, Committee, KeyHolder}

// Acts beside those of engine.
const (
	ActSee         = "see"          // look at a sitting
	ActNote        = "note"         // note an incident
	ActMinutes     = "minutes"      // close the minutes of a sitting, and sign them as the first
	ActMinutesRead = "minutes.read" // read them
	ActSign        = "minutes.sign" // sign them as the second, or as a witness

	ActPair = "pair" // agree to what another person proposed, or refuse it, as far as one may do it oneself

	ActExam       = "exam"            // create, change or remove an exam
	ActRoster     = "exam.roster"     // load who is expected, before the exam is frozen and after
	ActRosterRead = "roster.read"     // read who is expected
	ActSittings   = "sittings.read"   // read which sittings there are and how far each is, without anybody's name
	ActFormations = "exam.formations" // load what is applied for, until it is published
	ActCriteria   = "exam.criteria"   // publish formations, criteria and the calendar
	ActPlan       = "exam.plan"       // compile a form plan, commit to a seed

	ActItemRead    = "item.read"    // read an item with its key; each reading is recorded
	ActItemWrite   = "item.write"   // write, change or retire an item
	ActItemWork    = "item.work"    // comment on an item and move it on, as far as one may write or review
	ActItemReview  = "item.review"  // give a verdict on another's item
	ActItemApprove = "item.approve" // let a reviewed item into the bank
	ActBankImport  = "bank.import"  // take items from a file
	ActBankExport  = "bank.export"  // write items with their keys to a file

	ActPackSeal = "pack.seal" // seal a pack to its key-holders
	ActPackOpen = "pack.open" // give one's part of the key
	ActPackVoid = "pack.void" // void a pack that may be known

	ActResultRead      = "result.read"    // read results that are not public yet
	ActResultFreeze    = "result.freeze"  // freeze a list
	ActResultRelease   = "result.release" // publish a frozen list
	ActResultAnnul     = "result.annul"   // annul an item, or a person's result
	ActResultTie       = "result.tie"     // record how a tie was broken
	ActResultCode      = "result.code"    // give a candidate a new results code, against papers
	ActObjectionAnswer = "objection.answer"

	ActObjectionRedress = "objection.redress" // let somebody sit again after an objection that was upheld

	ActReport = "report.read" // statistics, minutes
	ActFlags  = "flag.read"   // advisory signals of a sitting; each reading is recorded
	ActAudit  = "audit.read"  // the journal of who did and read what

	ActStaff  = "staff"        // see accounts and sessions, invite, disable, reset
	ActGrant  = "staff.grant"  // give and take grants
	ActTokens = "staff.tokens" // give and revoke tokens of other programs
	ActHooks  = "webhooks"     // let other programs be told what happens
)

// room is what happens in one, from its opening to its minutes.
var room = []string{
	ActSee, ActNote, engine.ActOpenCheckin, engine.ActCloseCheckin, engine.ActCheckin, engine.ActTurnAway, engine.ActUnlock,
	engine.ActStart, engine.ActPause, engine.ActResume, engine.ActCredit, engine.ActReverse, engine.ActDecideCredit,
	engine.ActMove, engine.ActRelease, engine.ActMessage, engine.ActLeave, engine.ActReturn, engine.ActDoubt,
	engine.ActDecideDoubt, engine.ActPostpone, engine.ActLiftPlace, engine.ActKeepPlace, engine.ActFinish, engine.ActDisqualify, engine.ActReopen, engine.ActClose,
	engine.ActTransfer, engine.ActContinue, engine.ActMarkSeat, ActFlags, engine.ActDecideFlag, engine.ActPassFlag,
	engine.ActAdjust,
	ActMinutesRead, ActMinutes, ActSign,
}

// rights is the one place that says what a role may do. What no line names, nobody may.
var rights = map[Role][]string{
	Admin: append(slices.Clone(room),
		ActPair, ActExam, ActRoster, ActRosterRead, ActSittings, ActFormations, ActCriteria, ActPlan, ActPackSeal, ActPackVoid, ActReport, ActAudit, ActStaff, ActGrant, ActTokens, ActHooks),
	Writer:    {ActPair, ActItemRead, ActItemWork, ActItemWrite, ActBankImport},
	Reviewer:  {ActPair, ActItemRead, ActItemWork, ActItemReview, ActItemApprove},
	KeyHolder: {ActPair, ActPackOpen},
	Operator: {
		ActPair, ActSee, ActNote, engine.ActOpenCheckin, engine.ActCloseCheckin, engine.ActStart, engine.ActPause, engine.ActResume,
		engine.ActPostpone, engine.ActFinish, engine.ActMove, engine.ActRelease, engine.ActUnlock, engine.ActMessage, engine.ActMarkSeat, ActMinutesRead, ActSign,
	},
	// A supervisor may check in: somebody has to issue the PIN that was lost in the room.
	Supervisor: append(slices.Clone(room), ActPair),
	Verifier:   {ActPair, ActSee, ActNote, engine.ActCheckin, engine.ActTurnAway, engine.ActDoubt, engine.ActDecideDoubt, ActResultCode, ActMinutesRead, ActSign},
	Committee: {
		ActPair, ActCriteria, ActPlan, ActBankExport, ActPackVoid, ActResultRead, ActResultFreeze, ActResultRelease, ActResultAnnul, ActResultTie,
		ActObjectionAnswer, ActObjectionRedress, ActReport, ActAudit, ActFlags, ActMinutesRead, ActSign,
	},
	Auditor:   {ActSee, ActRosterRead, ActSittings, ActItemRead, ActResultRead, ActReport, ActAudit, ActFlags, ActMinutesRead},
	Personnel: {ActRoster, ActRosterRead, ActSittings},
}

// personal acts are decided by people: no program's token does them, whatever its role.
var personal = []string{
	ActPair,
	engine.ActStart, engine.ActLiftPlace, engine.ActDisqualify, engine.ActReopen, engine.ActCredit, engine.ActDecideCredit, engine.ActDecideDoubt, engine.ActClose, engine.ActAdjust,
	engine.ActTransfer, engine.ActContinue, engine.ActDecideFlag, engine.ActPassFlag, ActMinutes, ActSign,
	ActItemReview, ActItemApprove, ActBankExport, ActPackSeal, ActPackOpen, ActPackVoid,
	ActResultFreeze, ActResultRelease, ActResultAnnul, ActResultTie, ActResultCode, ActObjectionAnswer, ActObjectionRedress,
	ActExam, ActCriteria, ActPlan, ActStaff, ActGrant, ActTokens, ActHooks,
}

// May says whether the role may do the act, within the scope of its grant.
func May(role Role, act string) bool { return slices.Contains(rights[role], act) }

// apart are roles that one person never has in one place: who says that a candidate is who
// they claim to be does not also open or start the sitting.
var apart = [][2]Role{{Verifier, Operator}, {Verifier, Supervisor}, {Verifier, Admin}}
