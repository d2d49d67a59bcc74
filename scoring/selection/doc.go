// Package selection makes decisions of scores: who goes on to the second stage, how the
// stages are joined, who stands before whom down to the date of birth, who is seated,
// and who fills a seat that stays empty. It is pure functions of rule sets that are data
// (scoring.RuleSet) and of sheets that people made.
//
// It must never let an id, an order of rows or chance decide: where the rules end it
// names the people and asks the committee (Question), whose decision is a record
// (Decision). It says of nobody that they have passed before a list is decided.
//
// Begin with Candidate (a row), Shortlist, Final (Compute and Rank), Optimise and Explain.
package selection
