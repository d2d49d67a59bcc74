package proctor

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"terang/engine"
)

// device is an authenticator with the secret of an account.
type device struct {
	*world
	secret string
}

func (d device) code(at engine.Instant) string {
	d.Helper()
	code, err := totp.GenerateCode(d.secret, at.Time())
	if err != nil {
		d.Fatal(err)
	}
	return code
}

// enrolled adds an account with a second factor, whose first code is of now.
func (w *world) enrolled(a Account, now engine.Instant) (device, []string) {
	w.Helper()
	w.ok(w.accounts.Add(w.ctx, Setup, a, password, now))
	address, err := w.accounts.NewFactor(w.ctx, a.User, "Terang")
	w.ok(err)
	key, err := otp.NewKeyFromURL(address)
	w.ok(err)
	d := device{w, key.Secret()}
	codes, err := w.accounts.ConfirmFactor(w.ctx, a.User, d.code(now), now)
	w.ok(err)
	return d, codes
}

func (w *world) ok(err error) {
	if err != nil {
		w.Helper()
		w.Fatal(err)
	}
}

func (w *world) verify(user, code string, now engine.Instant) error {
	_, err := w.accounts.Verify(w.ctx, Second{User: user, Password: password, Code: code}, "10.0.0.7", now)
	return err
}

func TestASecondFactorIsAskedForAndEachCodeIsTakenOnce(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	d, _ := w.enrolled(sup, now)
	w.is(w.verify("ratna", "", now), FactorMissing, "code")
	w.is(w.verify("ratna", "000000", now), WrongCode, "code")
	w.is(w.verify("ratna", d.code(now), now), WrongCode, "code") // enrolment took it
	next := now.Add(30 * time.Second)
	w.ok(w.verify("ratna", d.code(next), next))
	w.is(w.verify("ratna", d.code(next), next), WrongCode, "code")
	w.is(w.verify("ratna", d.code(now), next), WrongCode, "code") // an older step, never used or not
	early := next.Add(30 * time.Second)
	w.ok(w.verify("ratna", d.code(early), next)) // a device that is one step ahead
	far := next.Add(3 * time.Minute)
	w.is(w.verify("ratna", d.code(far), next), WrongCode, "code")
	w.ok(w.verify("ratna", d.code(far), far.Add(30*time.Second))) // and one that is behind
	// A wrong password does not tell that there is a code.
	_, err := w.accounts.Verify(w.ctx, Second{User: "ratna", Password: "wrong"}, "10.0.0.7", far)
	w.is(err, BadPassword, "")
}

func TestAUsedCodeStaysUsedWhenTheSessionStoreIsLost(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	d, codes := w.enrolled(sup, now)
	next := now.Add(30 * time.Second)
	w.ok(w.verify("ratna", d.code(next), next))
	w.ok(w.verify("ratna", codes[0], next))
	again := newWorld(t, nil)
	again.accounts.register = w.db // the same register behind an empty store
	again.is(again.verify("ratna", d.code(next), next), WrongCode, "code")
	again.is(again.verify("ratna", codes[0], next), WrongCode, "code")
}

func TestRecoveryCodesLetInOnceEach(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	d, codes := w.enrolled(sup, now)
	if len(codes) != RecoveryCodes {
		t.Fatal(codes)
	}
	w.ok(w.verify("ratna", codes[0], now))
	w.is(w.verify("ratna", codes[0], now), WrongCode, "code")
	w.ok(w.verify("ratna", strings.ToUpper(strings.ReplaceAll(codes[1], "-", " ")), now)) // as people type
	if n, err := w.accounts.RecoveryLeft(w.ctx, "ratna"); err != nil || n != RecoveryCodes-2 {
		t.Fatal(n, err)
	}
	next := now.Add(30 * time.Second)
	fresh, err := w.accounts.Renew(w.ctx, "ratna", d.code(next), next)
	w.ok(err)
	w.is(w.verify("ratna", codes[2], next), WrongCode, "code")
	w.ok(w.verify("ratna", fresh[0], next))
	// Of another account it is nothing.
	w.enrolled(sup2, now)
	w.is(w.verify("bagus", fresh[1], next), WrongCode, "code")
}

func TestGuessingACodeIsSlow(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	d, _ := w.enrolled(sup, now)
	late := now.Add(time.Hour)
	for i := range 10 {
		// From many addresses: the password's own limit does not come in between.
		_, err := w.accounts.Verify(w.ctx, Second{User: "ratna", Password: password, Code: "000000"}, string(rune('a'+i)), late)
		w.is(err, WrongCode, "code")
	}
	_, err := w.accounts.Verify(w.ctx, Second{User: "ratna", Password: password, Code: d.code(late)}, "z", late)
	w.is(err, engine.Locked, "code")
	later := late.Add(2 * time.Minute)
	w.ok(w.verify("ratna", d.code(later), later))
}

func TestTheSecretStandsSealedInTheRegister(t *testing.T) {
	w := newWorld(t, nil)
	d, codes := w.enrolled(sup, w.hall.Now())
	body, err := w.db.Get(w.ctx, KindFactor, "ratna")
	w.ok(err)
	for _, readable := range append(codes, d.secret) {
		if strings.Contains(string(body), readable) {
			t.Fatal("the register shows a secret")
		}
	}
	f, err := w.accounts.factor(w.ctx, "ratna")
	w.ok(err)
	if _, err := w.accounts.unseal("bagus", f.Sealed); err == nil {
		t.Fatal("one account's secret opens as another's")
	}
}
