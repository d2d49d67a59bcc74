// Package stores opens what every command works on: the journal, the register and the
// archive of one database, and the key file beside them. It reads what an exam's stream
// names (plan, bank, seed, rules, annulments), and folds a journal into boards without a hall.
//
// It must never decide who may: office.go of the commands asks that before anything is
// opened to be written.
//
// Start reading at Flags and Open; StoredExam joins an exam, FoldExam folds it.
package stores
