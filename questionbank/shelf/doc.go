// Package shelf keeps the questions that an authority owns: every item with its versions,
// its reviews and its uses, from the first draft until it is retired.
//
// An item is a stream of events, item/CODE, folded to an Item (item.go). A version is
// immutable: its bytes stand in the archive, the event names them by hash, and an edit
// makes another version. What people may do next is decided by a pure function
// (decide.go); Shelf is the thin shell that reads, decides and appends (shelf.go).
//
// The package must never let an author approve their own words, never change a version
// that has a number, and never hand an exam a version that nobody has approved. It does
// not know roles: who may write and who may review is decided by its callers.
//
// Begin with item.go, then decide.go.
package shelf
