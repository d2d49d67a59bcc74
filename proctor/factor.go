package proctor

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"terang/engine"
)

// Codes of a sign-in with a second factor.
const (
	FactorMissing engine.Code = "second_factor" // the account uses codes, and none was given
	EnrolFirst    engine.Code = "enrol_first"   // the account has to use codes, and does not yet
	WrongCode     engine.Code = "wrong_code"    // also one that was used before
)

// RecoveryCodes is how many one-time codes an account gets for the day that the device is lost.
const RecoveryCodes = 10

// totpStep is the period of RFC 6238; a code counts one step early or late.
const (
	totpStep = 30 * time.Second
	totpSkew = 1
)

// codeTries bounds guesses by somebody who knows the password: 1,440 a day of 333,333.
var codeTries = engine.Limit{Burst: 10, Every: time.Minute}

// factor is what the register keeps of an account's second factor.
type factor struct {
	Sealed   []byte   `json:"sealed,omitempty"`   // the secret that counts
	Pending  []byte   `json:"pending,omitempty"`  // one that waits for its first code
	Last     uint64   `json:"last,omitempty"`     // newest step whose code was accepted
	Recovery []string `json:"recovery,omitempty"` // hashes of the codes that are left
}

func factorUse(user string) string { return "factor/" + user }

func (s *Accounts) factor(ctx context.Context, user string) (factor, error) {
	var f factor
	body, err := s.register.Get(ctx, KindFactor, user)
	if errors.Is(err, engine.ErrAbsent) {
		return f, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &f)
	}
	if err != nil {
		return f, fmt.Errorf("second factor of %s: %w", user, err)
	}
	return f, nil
}

func (s *Accounts) keepFactor(ctx context.Context, user string, f factor) error {
	body, err := json.Marshal(f)
	if err == nil {
		err = s.register.Put(ctx, engine.Entry{Kind: KindFactor, ID: user, Body: body})
	}
	if err != nil {
		return fmt.Errorf("second factor of %s: %w", user, err)
	}
	return nil
}

func (s *Accounts) unseal(user string, sealed []byte) (string, error) {
	if s.sealer == nil || len(sealed) == 0 {
		return "", fmt.Errorf("second factor of %s: %w", user, engine.ErrAbsent)
	}
	secret, err := s.sealer.Open(factorUse(user), sealed)
	if err != nil {
		return "", fmt.Errorf("second factor of %s: %w", user, err)
	}
	return string(secret), nil
}

// NewFactor draws a secret for an account, which counts once ConfirmFactor has seen a code
// of it. It is an otpauth address, as authenticators read it from a QR.
func (s *Accounts) NewFactor(ctx context.Context, user, issuer string) (string, error) {
	if s.sealer == nil {
		return "", errors.New("second factor: this process has no key file to keep one under")
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: user, Period: uint(totpStep.Seconds()), Rand: rand.Reader})
	if err != nil {
		return "", fmt.Errorf("second factor of %s: %w", user, err)
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	f, err := s.factor(ctx, user)
	if err != nil {
		return "", err
	}
	f.Pending = s.sealer.Seal(factorUse(user), []byte(key.URL()))
	return key.URL(), s.keepFactor(ctx, user, f)
}

// PendingFactor is the address that NewFactor has made and no code has confirmed.
func (s *Accounts) PendingFactor(ctx context.Context, user string) (string, error) {
	f, err := s.factor(ctx, user)
	if err != nil {
		return "", err
	}
	return s.unseal(user, f.Pending)
}

// ConfirmFactor puts the pending secret into use by its first code, and returns recovery
// codes, readable this once. Another secret, and its codes, are void from here on.
func (s *Accounts) ConfirmFactor(ctx context.Context, user, code string, now engine.Instant) ([]string, error) {
	if ok, retry := s.limits.Allow(ctx, "factor/"+user, codeTries, now); !ok {
		return nil, &engine.Refusal{Code: engine.Locked, Retry: retry}
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	f, err := s.factor(ctx, user)
	if err != nil {
		return nil, err
	}
	if len(f.Pending) == 0 {
		return nil, refusal(engine.WrongState, "code")
	}
	address, err := s.unseal(user, f.Pending)
	if err != nil {
		return nil, err
	}
	step, ok := fits(address, code, now)
	if !ok {
		return nil, refusal(WrongCode, "code")
	}
	codes, hashes := newRecovery(user)
	if err := s.keepFactor(ctx, user, factor{Sealed: f.Pending, Last: step, Recovery: hashes}); err != nil {
		return nil, err
	}
	_, err = s.alter(ctx, Signers{By: Account{User: user}}, "factor", user, now, func(a *Account) error {
		a.Factor = now
		return nil
	})
	return codes, err
}

// Renew gives an account ten new recovery codes for a code of its device; the old are void.
func (s *Accounts) Renew(ctx context.Context, user, code string, now engine.Instant) ([]string, error) {
	a, err := s.Get(ctx, user)
	if err != nil {
		return nil, err
	}
	if a.Factor == 0 {
		return nil, refusal(engine.WrongState, "code")
	}
	if err := s.checkCode(ctx, a, code, now); err != nil {
		return nil, err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	f, err := s.factor(ctx, a.User)
	if err != nil {
		return nil, err
	}
	var codes []string
	codes, f.Recovery = newRecovery(a.User)
	if err := s.note(ctx, Signers{By: a}, "recovery renewed", a.User, now); err != nil {
		return nil, err
	}
	return codes, s.keepFactor(ctx, a.User, f)
}

// RecoveryLeft is how many recovery codes an account has.
func (s *Accounts) RecoveryLeft(ctx context.Context, user string) (int, error) {
	f, err := s.factor(ctx, user)
	return len(f.Recovery), err
}

// checkCode takes a code of an account: of its device, or a recovery code. Either is
// accepted once.
func (s *Accounts) checkCode(ctx context.Context, a Account, code string, now engine.Instant) error {
	code = strings.TrimSpace(code)
	if code == "" {
		return refusal(FactorMissing, "code")
	}
	if ok, retry := s.limits.Allow(ctx, "factor/"+a.User, codeTries, now); !ok {
		return &engine.Refusal{Code: engine.Locked, Field: "code", Retry: retry}
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	f, err := s.factor(ctx, a.User)
	if err != nil {
		return err
	}
	if i := slices.Index(f.Recovery, hashRecovery(a.User, code)); i >= 0 {
		if err := s.spend(ctx, a, "recovery used", f.Recovery[i], now); err != nil {
			return err
		}
		f.Recovery = slices.Delete(f.Recovery, i, i+1)
		return s.keepFactor(ctx, a.User, f)
	}
	address, err := s.unseal(a.User, f.Sealed)
	if err != nil {
		return err
	}
	step, ok := fits(address, code, now)
	if !ok || step <= f.Last {
		return refusal(WrongCode, "code")
	}
	if err := s.spend(ctx, a, "code used", fmt.Sprintf("%s/%x/%d", a.User, sha256.Sum256([]byte(address)), step), now); err != nil {
		return err
	}
	f.Last = step
	return s.keepFactor(ctx, a.User, f)
}

// spend takes what counts once. Two nodes can read the register in the same moment: the
// journal lets one of them have it, whatever the session store has forgotten.
func (s *Accounts) spend(ctx context.Context, a Account, act, what string, now engine.Instant) error {
	fresh, err := s.noted(ctx, s.log.codes(), Signers{By: a, Op: spent("factor/" + what)}, act, a.User, now)
	if err == nil && !fresh {
		return refusal(WrongCode, "code")
	}
	return err
}

// fits finds the step whose code it is, at most one early or late.
func fits(address, code string, now engine.Instant) (step uint64, ok bool) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return 0, false
	}
	here := uint64(now.Time().Unix()) / uint64(totpStep.Seconds())
	for step := here - totpSkew; step <= here+totpSkew; step++ {
		want, err := hotp.GenerateCode(key.Secret(), step)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(strings.ReplaceAll(code, " ", ""))) == 1 {
			return step, true
		}
	}
	return 0, false
}

// FactorSecret is the secret of an otpauth address in groups of four, for typing.
func FactorSecret(address string) string {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return ""
	}
	return grouped(key.Secret())
}

func grouped(text string) string {
	var groups []string
	for part := range slices.Chunk([]byte(text), 4) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, " ")
}

// newRecovery draws recovery codes of 80 bits: nobody guesses one, so a plain hash keeps it.
func newRecovery(user string) (codes, hashes []string) {
	for range RecoveryCodes {
		var b [10]byte
		rand.Read(b[:]) // never fails
		code := strings.ReplaceAll(strings.ToLower(grouped(base32.StdEncoding.EncodeToString(b[:]))), " ", "-")
		codes = append(codes, code)
		hashes = append(hashes, hashRecovery(user, code))
	}
	return codes, hashes
}

// hashRecovery binds a code to its account; how it was typed does not matter.
func hashRecovery(user, code string) string {
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
	return HashSecret("recovery/" + user + "/" + code)
}

// Reseal gives another key file what is sealed of an account's second factor, as the register
// keeps it: it opens with from and is closed with to.
func Reseal(user string, body []byte, from, to Sealer) ([]byte, error) {
	var f factor
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, fmt.Errorf("second factor of %s: %w", user, err)
	}
	f.Pending = nil // one that was never confirmed
	if len(f.Sealed) > 0 {
		plain, err := from.Open(factorUse(user), f.Sealed)
		if err != nil {
			return nil, fmt.Errorf("second factor of %s: %w", user, err)
		}
		f.Sealed = to.Seal(factorUse(user), plain)
	}
	return json.Marshal(f)
}
