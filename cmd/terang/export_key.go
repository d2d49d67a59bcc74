package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"

	signing "golang.org/x/mod/sumdb/note"
)

// signer is the note signer of one use that the key file gives, and the key by which its
// signatures are checked.
func (k *keyFile) signer(use string) (signing.Signer, string, error) {
	private := ed25519.NewKeyFromSeed(k.derive("note/" + use))
	public, ok := private.Public().(ed25519.PublicKey)
	if !ok {
		return nil, "", fmt.Errorf("key of %s: not Ed25519", use)
	}
	vkey, err := signing.NewEd25519VerifierKey("terang/"+use, public)
	if err != nil {
		return nil, "", err
	}
	id := strings.Split(vkey, "+")[1]
	const ed25519Algorithm = 1
	s, err := signing.NewSigner("PRIVATE+KEY+terang/" + use + "+" + id + "+" + base64.StdEncoding.EncodeToString(append([]byte{ed25519Algorithm}, private.Seed()...)))
	return s, vkey, err
}
