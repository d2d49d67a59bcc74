// Package draft is the common ground of all foreign formats: what a file says about a
// question before it is one (Item), the way from there to a questionbank.Question (Settle),
// and the account of what was read otherwise than it stood (Report).
//
// A format's reader understands its grammar and nothing else. It hands over Items, whose
// texts, weights and pictures are still the file's own. Settle then does for all formats
// alike what must not differ between them: HTML is brought onto the bank's list of elements,
// pictures are looked at by their content, weights become points by one stated rule.
//
// The package must never drop a part without naming it, trust a name, a size or a type that
// a file states about itself, or read more than the limits in limits.go.
//
// Start reading at item.go, then settle.go.
package draft
