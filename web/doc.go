// Package web is the only package that knows HTTP: the candidate's socket, the staff and
// public APIs, the event streams and the pages.
//
// It translates. A frame that was read becomes an engine.Command with the instant at which
// it was read; a committed event becomes a frame; a refusal's code becomes a status and a
// sentence (errors.go). It decides nothing about an attempt, and keeps nothing that the
// journal does not hold: a cookie is valid because the newest SignedIn says so.
//
// It must never send ok before the commit, never hold the exam up for a slow reader, never
// hand a Question or a key to a candidate's handler (exam.go is the one file that knows the
// bank, and it gives out an engine.Form), and never put markup into a page that the policy
// of that page does not name.
//
// BoardHouse (boardhouse.go) is the other server of this package: boards alone, which it
// has from the public interface of the first (Feed) and may have from nowhere else.
// Whatever a page of boards shows comes through Published. Of many readers of a board each
// waits for its turn (boards_turns.go), on either server; what a tick has shown is
// rendered, and compressed, once for all of them (renderings.go, squeezed.go).
//
// A candidate's socket changes hands: a goroutine reads it with the websocket library
// (socket.go) until its page has been welcomed, then a reactor that reads for many
// (reader.go, reactor_linux.go), and again a goroutine for what is no plain text or would
// wait. Whoever has a frame for it writes it (wire.go).
//
// A page that shows a result stays true: renewal.go tells those with a socket when it becomes
// another, paced, and result.go and own_version.go answer those that ask (static/candidate/renewal.js).
//
// Begin with server.go for what is served where, socket.go and seat.go for a candidate's
// page, rooms.go for a station, boards_pages.go for the public.
package web
