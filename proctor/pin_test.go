package proctor

import (
	"regexp"
	"testing"
)

func TestAPINIsBoundToSittingAttemptAndKey(t *testing.T) {
	keys, other := Keys{Secret: []byte("one")}, Keys{Secret: []byte("two")}
	hash := keys.HashPIN("skd.s1", "attempt", "012345")
	for _, c := range []struct {
		keys                  Keys
		sitting, attempt, pin string
		fits                  bool
	}{
		{keys, "skd.s1", "attempt", "012345", true},
		{keys, "skd.s1", "attempt", " 012345 ", true},
		{keys, "skd.s1", "attempt", "012 345", true},
		{keys, "skd.s1", "attempt", "12345", false},
		{keys, "skd.s2", "attempt", "012345", false},
		{keys, "skd.s1", "another", "012345", false},
		{other, "skd.s1", "attempt", "012345", false},
	} {
		if c.keys.CheckPIN(hash, c.sitting, c.attempt, c.pin) != c.fits {
			t.Errorf("%+v", c)
		}
	}
	if keys.CheckPIN("", "skd.s1", "attempt", "") {
		t.Error("no PIN fits no hash")
	}
}

func TestPINsHaveSixDigits(t *testing.T) {
	keys, six := Keys{Secret: []byte("one")}, regexp.MustCompile(`^[0-9]{6}$`)
	seen := map[string]bool{}
	for i := range 200 {
		issued := keys.IssuePIN("op", string(rune('a'+i)))
		if !six.MatchString(issued) {
			t.Fatal(issued)
		}
		seen[issued] = true
	}
	if len(seen) < 190 {
		t.Fatalf("%d different PINs of 200", len(seen))
	}
	once, again := keys.IssuePIN("op", "a"), keys.IssuePIN("op", "a")
	if once != again || once == keys.IssuePIN("op2", "a") {
		t.Fatal("a PIN belongs to its operation")
	}
}

// Of so many one in 64 would begin with a hyphen.
func TestASecretIsNoFlag(t *testing.T) {
	for range 2000 {
		if s := NewSecret(); len(s) != 43 || s[0] == '-' {
			t.Fatalf("%q cannot be written as an argument", s)
		}
	}
}
