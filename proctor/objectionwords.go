package proctor

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"terang/engine"
)

// saltedWords are words under a random salt: who has the journal and guesses what somebody
// may have written cannot see from the hash that the guess is right.
type saltedWords struct {
	Salt  string `json:"salt"`
	Words string `json:"words"`
}

// keepWords keeps what somebody wrote of an exam, and returns the hash by which an event
// names it.
func keepWords(ctx context.Context, r engine.Register, exam, words string) (string, error) {
	var salt [16]byte
	rand.Read(salt[:]) // never fails: the runtime ends the process instead
	body, err := json.Marshal(saltedWords{base64.RawURLEncoding.EncodeToString(salt[:]), words})
	hash := engine.SHA256(string(body))
	if err == nil {
		err = r.Put(ctx, engine.Entry{Kind: KindWords, ID: exam + "/" + hash, Body: body})
	}
	if err != nil {
		return "", fmt.Errorf("keep the words of an objection: %w", err)
	}
	return hash, nil
}

// readWords are the words behind a hash, "" when they were erased after their time. Other
// words than were named are an error: somebody changed the database.
func readWords(ctx context.Context, r engine.Register, exam, hash string) (string, error) {
	if hash == "" {
		return "", nil
	}
	body, err := r.Get(ctx, KindWords, exam+"/"+hash)
	if errors.Is(err, engine.ErrAbsent) {
		return "", nil
	}
	var kept saltedWords
	if err == nil && engine.SHA256(string(body)) != hash {
		err = errors.New("the register holds other words than the journal names: look who changed the database")
	}
	if err == nil {
		err = json.Unmarshal(body, &kept)
	}
	if err != nil {
		return "", fmt.Errorf("words %s of %s: %w", hash, exam, err)
	}
	return kept.Words, nil
}
