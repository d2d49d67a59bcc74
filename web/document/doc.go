// Package document prints: score certificates, ranking lists and the data sheet of a
// sitting, as PDF with real text, and lists as XLSX. It is given plain rows and knows
// neither the journal nor the rules: what a document says has been decided before.
//
// The same input gives the same bytes, so that a document that is doubted can be printed
// again and compared: no clock is read, and times, zones and hashes come in with the rows.
// Nothing here says that anybody has passed; the caller's codes do, once a list is decided.
//
// PDF has no tags here (the library makes none): text stands in the order in which it is
// read, and the accessible version is the page. The fonts are in font/, with their licence.
//
// Start reading at Head and Certificate.
package document
