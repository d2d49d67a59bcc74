// Package process is what the processes of this program have in common: one as the child
// of another, killed and started again; its log, its heap, and the word by which it gives
// memory back.
//
// Start reading at Child.
package process
