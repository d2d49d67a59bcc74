// Package proctor is the exam as the people in the room run it: who is expected, who
// came and where they sit, what supervisors may do and with whom, what they see, and how
// a candidate takes a seat.
//
// Who people are (names, birth dates, accounts, the words of a reason) stays in the
// register, where it can be corrected and erased; the journal gets ids, codes and hashes.
// PINs are stored as HMAC under a key outside the database, and can be read only in the
// answer to the check-in that issued them.
//
// The package must never know HTTP, a score, a key or the text of an item, and it decides
// nothing about time: it hands commands to engine, which does.
//
// People move: to another computer (DeviceMoved), to another sitting before its start
// (Transferred) or after it (Continued), or to sit all of it again because an objection was
// upheld (Resat, by Redress). The attempt's stream says so first; the roster
// follows in one record of the exam's (SittingChanged). Until it has, the desk that was left does
// nothing to them (Desk.chairs): its list is the roster's, but the attempt says where they are. Advisory signals (Flag) come from
// elsewhere as plain data, are recorded once in their sitting's stream, and change nothing.
//
// Who may do what stands in one table, roles.go; an account's grants say where. Accounts
// keeps who staff are and how they prove it: passwords, second factors, sessions,
// invitations, and the tokens of programs. Whose hand an account may be, so that nobody is
// two people by making accounts, is decided in hand.go; that somebody came in, could not, or
// left is recorded by signlog.go.
//
// What one person gives a candidate by their word alone is bounded by the policy's
// credit_alone_ms (engine/alone.go): credits, what is taken back, and pauses and moves to another
// computer of that candidate alone. A credit beyond it takes two. A pause beyond it is never refused and ends at anybody's
// word; where neither another person ended it nor one signed its end, the station marks it while
// it lasts, and the minutes (Stop.Beyond) and terang verify afterwards. A pause of the whole room
// needs no more than its reason.
//
// At the door a person is found (Desk.Seek), checked in and given a seat. Seats are drawn
// by a secret that the sitting's stream commits to beforehand (DrawSeat), so that nobody
// arranges neighbours and anybody can draw again (CheckDraws). Desk.Differences compares what
// each candidate of a sitting was really given with what most were: it names what differs, and
// says that nothing else does.
//
// Sites, rooms and sittings of an exam are changed by Places: what is edited is shown with
// whom it moves, and both become one record of the exam's stream (PlacesChanged). What was
// opened or held is never changed.
//
// What an exam says about itself beforehand (formations, criteria, calendar) is published
// by a Publisher as numbered versions, each a table whose hash two people signed.
//
// Begin with roster.go (who is expected), Desk (what staff do), Pairs (what takes two of
// them), Door (how a candidate signs in), Station (what a supervisor sees), Account.May
// (who may) and Audit (who did what, and who read what).
package proctor
