// Package evidence is what an auditor takes away from an exam, and how it is checked without
// the authority that held it.
//
// An export is a folder of plain files:
//
//	manifest              a signed note that names every other file by its SHA-256 and size
//	streams/00001.gz …    the journal's events of the exam, stream after stream, as stored
//	archive/SHA256        the immutable bytes that events name: exam file, rule set, bank,
//	                      plan, decisions about items, lists that were frozen, closed minutes, frozen boards
//	register.jsonl        roster and formations as the register holds them
//	seen.jsonl            items that returning candidates had met before, by attempt
//	salts.jsonl           what opens the commitments of the exam's leaves, by event
//	tables.jsonl          where in the journal which table of leaves began to hold
//	accounts.jsonl        whose the accounts are that acted: name, employee number, unit
//	readings.jsonl        what staff were shown of the exam, of items and of accounts
//	draws.jsonl           the secrets that seats were drawn by at check-in, by sitting
//	seed                  the exam's secret seed in hex; its SHA-256 was committed before
//	boards/ID.json        the boards as they were published last
//	log/checkpoint        the public log as far as it had been signed, and
//	log/tile/entries/…    its entries, at the paths of C2SP tlog-tiles
//
// It holds names, birth dates and keys of items, and is for those who may have these. What
// everybody may have is the public export, which cmd/periksa reads.
//
// The stream of accounts is whole: who could do what, where, given and taken by whom, of all
// exams of the server. It has no password, no second factor, no code and no token, only what
// was done to accounts; and because it is whole, nobody's right can have been left out of it.
//
// In streams/ a file is text, compressed by gzip:
//
//	# attempt/0192…            the stream's name
//	812<TAB>{"v":1,"k":…}      position in the journal, and the event's stored bytes
//	…
//	= 140 5f2a…                how many events there are, and the hash of the last one
//
// The first event is version 1 and each follows the one before; the hash of an event is
// SHA-256(hash before it || its bytes), and the hash before the first is
// SHA-256("terang/stream/1" || 0x00 || name).
//
// What was done to the exam as a whole (places, roster after its freeze, annulments, results,
// marks, criteria, the seed) was done by two people wherever it takes two; see agreed.go.
//
// Whatever was recorded makes leaves of the public log: with the salts each is made again,
// to the byte, and held against the one that was signed. So who changes a record, or leaves
// one out, has to change a leaf. What makes no leaf and comes before none, like a candidate's
// sign-out after the finish, is not proved.
//
// Who was shown what stands in streams by reader and day, of which one could be taken out whole:
// each reading comes with the link before it and makes its leaf, so that none was left out.
//
// The stream of accounts is held against the log in the same way: with what was read of no exam
// it makes exactly the leaves that the log has of none. By it every act of staff is judged: who did it had to hold a
// right to it there, at that place in the journal or a minute before, and where two people
// are asked for they have to be two. That two accounts are two humans is known as far as
// employee numbers say it. What the software cannot know, as who sat at a keyboard, it does
// not claim; acts of setup, whoever held the machine before there was anybody, are counted.
//
// How much of a candidate's time one person moved by their word alone is added up as it was
// when it was decided (alone.go). Where two were asked for, one is a difference; a pause or a move
// by which one person gave more than that is as it was recorded, and is noted beside the verdict.
//
// An export of an earlier program lacks some of this. What cannot be checked then is named,
// and the verdict says that it is one in part. Where that program made something else of the same
// records than this one does, what it signed is held against what it made, and that is noted.
//
// Start reading at Verify.
package evidence
