// Package aberrance says which answer sheets are unlike honest ones in a way that somebody
// should look into. It is advice: no figure of it reaches a score, a rank or a decision,
// and no type of it is known to the code that makes them.
//
// The indicators are pure functions of a candidate's own record and of how others behaved
// with the same items:
//
//	B1  a burst of right answers, faster than an item can be read
//	F1  fast answers that are right more often than the candidate's others let expect
//	V1  items shown shortly without an answer, then, after a pause, answered at once
//	R1  a room with more B1, F1 and V1 than chance gives
//	P1  the same letters on the screen as a neighbour, whose form is another
//	J1  a score far above what an earlier one lets expect
//
// Candidates with extra time or another accommodation are never compared by their times:
// they are left out of B1, F1, V1 and R1, and out of the norms. The rules are data (Rules),
// hashed, so that they can be fixed before the first sitting. Their false alarms and their
// power can be simulated (Simulate), and stand beside every finding.
//
// Begin with Session (a candidate's record), Examine, Rules.
package aberrance
