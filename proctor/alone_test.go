package proctor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/pquerna/otp"

	"terang/engine"
	"terang/engine/memstore"
)

// hooked is a register that lets something happen in the middle of an act, once.
type hooked struct {
	engine.Register
	get, put  string // the kind at whose reading, or writing, it happens
	meanwhile func()
}

func (h *hooked) once() {
	if do := h.meanwhile; do != nil {
		h.meanwhile = nil
		do()
	}
}

func (h *hooked) Get(ctx context.Context, kind, id string) ([]byte, error) {
	body, err := h.Register.Get(ctx, kind, id)
	if kind == h.get {
		h.once()
	}
	return body, err
}

func (h *hooked) Put(ctx context.Context, entries ...engine.Entry) error {
	if entries[0].Kind == h.put {
		h.once()
	}
	return h.Register.Put(ctx, entries...)
}

func secretOf(w *world, address string) string {
	key, err := otp.NewKeyFromURL(address)
	w.ok(err)
	return key.Secret()
}

// node is another process over the same database; nothing of its memory is shared.
func (w *world) node(r engine.Register) *Accounts {
	return NewAccounts(r, memstore.New(), NewLog(w.db, Direct(w.db)), testSealer{})
}

func TestTwoNodesThatChangeOneAccountLoseNothing(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	setup := Signers{By: SetupAccount()}
	w.account("ratna", Grant{Role: Operator, Exam: "x"})
	var both sync.WaitGroup
	for n, node := range []*Accounts{w.node(w.db), w.node(w.db)} {
		both.Go(func() {
			for i := range 10 {
				for { // the journal says when others write to it without pause
					if err := node.Grant(w.ctx, setup, "ratna", Grant{Role: Operator, Exam: fmt.Sprintf("x-%d-%d", n, i)}, now); err == nil {
						break
					}
				}
			}
		})
	}
	both.Wait()
	a, err := w.accounts.Get(w.ctx, "ratna")
	w.ok(err)
	if len(a.Grants) != 21 {
		t.Errorf("%d grants of 21", len(a.Grants))
	}

	// One that stands still between the record and the account, while the other disables it.
	late := &hooked{Register: w.db, put: KindAccount, meanwhile: func() { w.ok(w.node(w.db).Disable(w.ctx, setup, "ratna", now)) }}
	w.ok(w.node(late).Grant(w.ctx, setup, "ratna", Grant{Role: Operator, Exam: "late"}, now))
	a, err = w.accounts.Get(w.ctx, "ratna")
	w.ok(err)
	if !a.Disabled || len(a.Grants) != 22 {
		t.Errorf("disabled %v, %d grants of 22", a.Disabled, len(a.Grants))
	}
	left := 0
	w.ok(w.db.List(w.ctx, KindState, "", func(engine.Entry) error { left++; return nil }))
	if left > 1 {
		t.Errorf("%d states of one account are left behind", left)
	}
}

// Between the two moments at which a node may look at what is kept, a put that comes late
// puts an account there as it was before: no ground to decide on.
func TestAPutThatComesLateTakesNothingAway(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	setup := Signers{By: SetupAccount()}
	w.account("ratna", Grant{Role: Operator, Exam: "x"})
	w.ok(w.accounts.Grant(w.ctx, setup, "ratna", Grant{Role: Operator, Exam: "y"}, now))
	before, err := w.db.Get(w.ctx, KindAccount, "ratna")
	w.ok(err)
	w.ok(w.accounts.Grant(w.ctx, setup, "ratna", Grant{Role: Operator, Exam: "z"}, now))
	meets := &hooked{Register: w.db, get: KindAccount, meanwhile: func() {
		w.ok(w.db.Put(w.ctx, engine.Entry{Kind: KindAccount, ID: "ratna", Body: before}))
	}}
	_, err = w.node(meets).alter(w.ctx, setup, "disable", "ratna", now, func(a *Account) error { a.Disabled = true; return nil })
	w.ok(err)
	a, err := w.accounts.Get(w.ctx, "ratna")
	w.ok(err)
	if !a.Disabled || len(a.Grants) != 3 {
		t.Errorf("disabled %v, %d grants of 3", a.Disabled, len(a.Grants))
	}
}

func TestWhatIsRecordedIsKeptByWhoComesNext(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	setup := Signers{By: SetupAccount()}
	w.account("ratna", Grant{Role: Operator, Exam: "x"})
	dies := &hooked{Register: w.db, put: KindAccount, meanwhile: func() { panic("the node dies") }}
	func() {
		defer func() { _ = recover() }()
		_ = w.node(dies).Disable(w.ctx, setup, "ratna", now)
	}()
	w.ok(w.node(w.db).Grant(w.ctx, setup, "ratna", Grant{Role: Operator, Exam: "y"}, now))
	a, err := w.accounts.Get(w.ctx, "ratna")
	w.ok(err)
	if !a.Disabled || len(a.Grants) != 2 {
		t.Errorf("the journal says disabled, the account is %+v", a)
	}
}

func TestARepeatedOperationBringsNothingBack(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	by := func() Signers { return Signers{By: SetupAccount(), Op: uuid.NewString()} }
	w.account("kepala", Everywhere(Admin)...)
	d, _ := w.enrolled(sup, now)
	grant, reset, clears, policy := by(), by(), by(), by()
	g := Grant{Role: Operator, Exam: "x"}
	w.ok(w.accounts.Grant(w.ctx, grant, "ratna", g, now))
	w.ok(w.accounts.Revoke(w.ctx, by(), "ratna", g, now))
	w.ok(w.accounts.SetPassword(w.ctx, reset, "ratna", "the-known-password", now))
	w.ok(w.accounts.SetPassword(w.ctx, by(), "ratna", password, now))
	w.ok(w.accounts.ClearFactor(w.ctx, clears, "ratna", now))
	address, err := w.accounts.NewFactor(w.ctx, "ratna", "Terang")
	w.ok(err)
	d.secret = secretOf(w, address)
	_, err = w.accounts.ConfirmFactor(w.ctx, "ratna", d.code(now), now)
	w.ok(err)
	w.ok(w.accounts.SetPolicy(w.ctx, policy, StaffPolicy{}, now))
	w.ok(w.accounts.SetPolicy(w.ctx, by(), DefaultStaffPolicy(), now))

	w.ok(w.accounts.Grant(w.ctx, grant, "ratna", g, now))
	w.ok(w.accounts.Grant(w.ctx, grant, "ratna", Grant{Role: Auditor}, now)) // the same, for something else
	w.ok(w.accounts.SetPassword(w.ctx, reset, "ratna", "the-known-password", now))
	w.ok(w.accounts.ClearFactor(w.ctx, clears, "ratna", now))
	w.ok(w.accounts.SetPolicy(w.ctx, policy, StaffPolicy{}, now))

	a, err := w.accounts.Get(w.ctx, "ratna")
	w.ok(err)
	if len(a.Grants) != 1 {
		t.Errorf("grants %v: none of these stands in the journal", a.Grants)
	}
	next := now.Add(totpStep)
	w.is(w.verify("ratna", "", next), FactorMissing, "code")
	w.ok(w.verify("ratna", d.code(next), next))
	p, err := w.accounts.Policy(w.ctx)
	w.ok(err)
	if !p.NeedsTwo(TwoReset) {
		t.Error("the former policy is back, and no record says so")
	}
}

func TestACodeIsTakenByOneOfTwoNodes(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	d, codes := w.enrolled(sup, now)
	next := now.Add(totpStep)
	for _, code := range []string{d.code(next), codes[0]} {
		var first, second error
		in := func(s *Accounts) error {
			_, err := s.Verify(w.ctx, Second{User: "ratna", Password: password, Code: code}, "10.0.0.7", next)
			return err
		}
		slow := &hooked{Register: w.db, get: KindFactor, meanwhile: func() { second = in(w.node(w.db)) }}
		first = in(w.node(slow))
		w.ok(second)
		w.is(first, WrongCode, "code")
	}
}

func TestNobodyBecomesTwoPeopleByWhatTheyMayDo(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	chief := w.account("kepala", Everywhere(Admin)...)
	alone := Signers{By: chief}
	// The first administrator makes the second, and nothing else that takes two.
	for _, role := range []Role{Committee, KeyHolder} {
		w.is(w.accounts.Grant(w.ctx, alone, "kepala", Grant{Role: role}, now), NobodyElse, "second")
		w.is(w.accounts.Create(w.ctx, alone, Account{User: "baru", Grants: Everywhere(role)}, password, now), NobodyElse, "second")
	}
	w.ok(w.accounts.Create(w.ctx, alone, Account{User: "wakil", Person: "1985", Grants: Everywhere(Admin)}, password, now))
	get := func(user string) Account {
		a, err := w.accounts.Get(w.ctx, user)
		w.ok(err)
		return a
	}
	// Who has chosen its password could be behind it, by any way.
	wakil := get("wakil")
	committee := Grant{Role: Committee}
	w.is(w.accounts.Grant(w.ctx, Signers{By: chief, Two: &wakil}, "kepala", committee, now), engine.SecondPerson, "second")
	w.is(w.accounts.Grant(w.ctx, Signers{By: wakil, Two: &chief}, "kepala", committee, now), engine.SecondPerson, "second")
	w.ok(w.accounts.ChangePassword(w.ctx, "wakil", password, "a-password-of-wakil", "10.0.0.7", now))
	wakil = get("wakil")

	// Closing the other's account leaves nobody to act alone, neither does taking the grant.
	w.is(w.accounts.Revoke(w.ctx, alone, "wakil", Grant{Role: Admin}, now), LastAdmin, "second")
	w.ok(w.accounts.Disable(w.ctx, alone, "wakil", now))
	w.is(w.accounts.Grant(w.ctx, alone, "kepala", committee, now), NobodyElse, "second")
	w.is(w.accounts.Create(w.ctx, alone, Account{User: "boneka", Grants: Everywhere(Admin)}, password, now), NobodyElse, "second")
	w.is(w.accounts.SetPolicy(w.ctx, alone, StaffPolicy{}, now), NobodyElse, "second")
	w.is(w.accounts.SetPassword(w.ctx, alone, "wakil", password, now), NobodyElse, "second")

	// It opens as it was, by whoever closed it, and then the two can act.
	w.is(w.accounts.Enable(w.ctx, Signers{By: w.account("lokal", Grant{Role: Admin, Exam: "skb"})}, "wakil", now), engine.NotAllowed, "scope")
	w.is(w.accounts.Enable(w.ctx, Signers{By: w.account("ketiga", Everywhere(Admin)...)}, "wakil", now), engine.SecondPerson, "user")
	w.ok(w.accounts.Enable(w.ctx, alone, "wakil", now))
	w.is(w.accounts.Enable(w.ctx, alone, "wakil", now), engine.WrongState, "user")
	wakil = get("wakil")
	w.ok(w.accounts.Grant(w.ctx, Signers{By: chief, Two: &wakil}, "kepala", committee, now))
	if a := get("kepala"); !slices.Contains(a.Grants, committee) {
		t.Error(a.Grants)
	}
}
