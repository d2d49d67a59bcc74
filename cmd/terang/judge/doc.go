// Package judge holds a journal, and the boards of servers over it, against what a crowd
// was told. It reads, waits until nothing more comes, and hands all of it to the checker.
//
// Start reading at Trial.
package judge
