// Package pack seals what an exam is made of until its hour: the exam file, the bank, the
// plan and the seed, in one file that may travel over any wire.
//
// A pack is a tar of six parts, each of which standard tools can read. note is a signed
// note (C2SP signed-note, Ed25519) that names the exam, the hour and the SHA-256 of every
// other part; contents.age is an age file; the rest are the release key.
//
// Who can open it: contents.age is encrypted to each site's own age recipient, if sites are
// given, and to a release key that is made for this pack and kept by nobody. The release
// key is in the pack three times, once for each pair of the three key-holders: encrypted
// with age to one of the pair, and the result encrypted with age to the other. So any two
// key-holders can open the pack, with the age program alone if need be, and one cannot;
// there is no cryptography here but age's.
//
// What the hour is worth: this program refuses to open a pack before the hour that its note
// names. A site's identity could open it earlier with other tools. Whoever wants the
// hour to bind everybody seals for no site, and the key-holders release at the hour.
//
// The package must never open what is not signed by the publisher, what differs in one
// byte, what is for another exam, what is early or what was voided, and must say which.
//
// Begin with manifest.go, then seal.go and open.go.
package pack
