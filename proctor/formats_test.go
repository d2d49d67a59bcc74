package proctor

import (
	"encoding/base64"
	"encoding/hex"
	"testing"
	"time"

	"terang/engine"
)

// Codes of RFC 6238 with SHA-1, of the secret 12345678901234567890: the RFC's own at 59 s, and
// one of our days.
func TestCodesAreThoseOfRFC6238(t *testing.T) {
	const address = "otpauth://totp/Terang:ratna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Terang"
	for at, code := range map[int64]string{59: "287082", 1_700_000_000: "921300"} {
		for _, late := range []int64{0, 30} {
			if step, ok := fits(address, code, engine.InstantOf(time.Unix(at+late, 0))); !ok || int64(step) != at/30 {
				t.Errorf("%s at %d: %v, step %d", code, at+late, ok, step)
			}
		}
		if _, ok := fits(address, code, engine.InstantOf(time.Unix(at+90, 0))); ok {
			t.Errorf("%s is taken a minute and a half late", code)
		}
	}
}

// A password's hash is a PHC string as other programs write it: base64 without padding.
func TestPasswordHashesAreArgon2id(t *testing.T) {
	key, err := hex.DecodeString("659012d7da1575c9594a3b99ff1bb7bdd87f56e28ba12be67e497bb21b89f3c0")
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawStdEncoding.EncodeToString
	phc := "$argon2id$v=19$m=19456,t=2,p=1$" + b64([]byte("somesaltsomesalt")) + "$" + b64(key)
	if k := newKiln(); !k.check(phc, "terang") || k.check(phc, "Terang") {
		t.Error("the published hash is not that of its password")
	}
}
