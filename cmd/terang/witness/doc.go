// Package witness watches the public log of a server from outside: that it only grows, and
// that it shows everybody the same. With a key of its own it cosigns what it has checked.
//
// It has the log's public key and what it has seen itself (state, a file), and nothing else of
// the server's: it reads checkpoints and tiles over the public interface, as a stranger does.
//
// It must never cosign what it has not checked or does not remember, never accuse a log that
// only lags or cannot be reached, and never forget what it has found.
//
// Start reading at Witness.Look.
package witness
