// Package scoring turns recorded answers into scores, decisions, ranks and public
// boards. It is folds and pure functions of recorded events and of rule sets that are
// data; it reads no clock, keeps no truth of its own, and whatever it holds can be
// thrown away and folded again from the journal.
//
// It must never use a float, never know the text of a question, and never let a row of
// a public board carry a need type, an accommodation, an item or an answer: Row has no
// place for them.
//
// A person stands on the boards of one sitting and of its site: of the one where the attempt
// was checked in last, or was transferred, continued or let sit again to since. Who is sent
// to another sitting leaves the boards of the first at once, and is absent at the other, not
// here, when nobody comes.
//
// Begin with RuleSet (the rules as data), Bar (what a need has to reach), Ranking (who
// stands before whom), Card (one attempt's running score), Boards (all boards of one
// exam) and Mirror (the same, from what watchers are told); Annulled is what becomes of scores
// when an item was wrong. Lists and seats are the folder selection's.
package scoring
