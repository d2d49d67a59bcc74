// Package evaluation counts what the periodic report of an exam tells: enough for an
// oversight body to judge it, and nothing that names a candidate. It is made of results, of
// the item analysis and of the journal's events, each of which is computed elsewhere.
//
// No group of fewer than Cell people is given a figure. Where those without one are together
// fewer than Cell, the next in size has none either: else the total would tell of them.
package evaluation
