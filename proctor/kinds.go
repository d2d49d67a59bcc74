package proctor

import (
	"context"
	"errors"
	"fmt"

	"terang/engine"
)

// Kinds of the register's entries that this package keeps.
const (
	KindExam      = "exam"      // CODE: exam.json as given
	KindPerson    = "person"    // EXAM/ATTEMPT
	KindFormation = "formation" // EXAM/CODE
	KindText      = "text"      // SHA-256: the words behind an event's Text
	KindWords     = "words"     // EXAM/SHA-256: of an objection or its answer, salted; see keepWords
	KindNoticed   = "noticed"   // EXAM/ATTEMPT: when the candidate last looked at the own notices
	KindProposal  = "proposal"
	KindAccount   = "account"
	KindSession   = "session"
	KindSeen      = "seen"   // id of a session or a token: when it was last used
	KindFactor    = "factor" // USER: the second factor, sealed
	KindInvite    = "invite" // SHA-256 of a code: who may set a password by it
	KindToken     = "token"  // SHA-256 of a program's token
)

// KeepText keeps words that an event names by hash, and returns the hash.
func KeepText(ctx context.Context, r engine.Register, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	h := engine.SHA256(text)
	if err := r.Put(ctx, engine.Entry{Kind: KindText, ID: h, Body: []byte(text)}); err != nil {
		return "", fmt.Errorf("keep a text: %w", err)
	}
	return h, nil
}

// Text returns the words behind an event's Text, "" when they have been erased.
func Text(ctx context.Context, r engine.Register, hash string) (string, error) {
	if hash == "" {
		return "", nil
	}
	body, err := r.Get(ctx, KindText, hash)
	if errors.Is(err, engine.ErrAbsent) {
		return "", nil
	}
	return string(body), err
}
