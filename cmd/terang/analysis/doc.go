// Package analysis is the commands that ask the answer sheets of an exam, after its sittings,
// how its items, its forms and its candidates behaved: bank stats, results fairness, results
// aberrance.
//
// The data is Sheets: of each finished attempt the answers that stand, joined with the form
// that plan and seed give its number. They are folded from the journal in one pass, which
// holds only the sheets of those who write at one time; what is counted of them is package
// itemstats' and package aberrance's. A form that does not fit its record is in no figure, and
// is counted.
//
// Sheets have the key: what is made of them is for the owner of the machine alone, and nothing
// here may be reached by a page of candidates or of the public. No figure decides anything.
//
// Start reading at Open and Sheets.read; each command is a file.
package analysis
