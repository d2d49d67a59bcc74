// Package webhook tells other programs what the journal has recorded: personnel systems,
// an agency's own board. A delivery is signed in the Standard Webhooks form, holds ids and
// counts, and is made at least once, in the order of the journal for each subscription. How
// far each one is stands in the register, so that a restart, or another node, goes on there.
//
// Only one node delivers at a time: whoever was recorded as the last to take it, for as long
// as it lives. The receiver tells repetitions apart by webhook-id, which stays the same.
//
// The package never sends a name, a number or a score, never follows a redirect, and never
// connects to an address of a private network that was not allowed.
//
// Begin with Sender.Run; message.go says what is told, sign.go how it is signed, guard.go
// where it may go.
package webhook
