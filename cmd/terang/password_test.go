package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"terang/cmd/terang/stores"
	"terang/engine/memstore"
	"terang/proctor"
)

// The programs of tests hash passwords cheaply. The one that people run does not: what stands
// in the journal is what OWASP recommends for argon2id.
func TestThePasswordsOfTheBuiltProgramAreDearToGuess(t *testing.T) {
	journal := "sqlite:" + filepath.Join(t.TempDir(), "t.db")
	add := exec.CommandContext(t.Context(), builtBinary(t), "staff", "add", "kepala", "--role", "admin", "--journal", journal)
	add.Env = append(add.Environ(), "TERANG_NEW_PASSWORD=rahasia-sekali-1")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	st, err := stores.Open(journal, false)
	check(t, err)
	defer func() { check(t, st.Close()) }()
	kepala, err := proctor.NewAccounts(st.Register, memstore.New(), nil, nil).Get(t.Context(), "kepala")
	check(t, err)
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(kepala.Hash, want) {
		t.Errorf("the hash begins with %.40q, want %q", kepala.Hash, want)
	}
}
