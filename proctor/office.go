package proctor

import (
	"context"

	"terang/engine"
)

// KindPayload is what an act of an office works on, by SHA-256: a roster that waits for
// another person's word.
const KindPayload = "payload"

// Office is where acts are done that are of no single sitting: rosters, and accounts.
type Office struct {
	register engine.Register
	accounts *Accounts
	log      *Log
	pairs    *Pairs
	now      func() engine.Instant
}

// NewOffice returns an office whose acts are registered with the mechanism for two people.
func NewOffice(r engine.Register, a *Accounts, p *Pairs) *Office {
	o := &Office{register: r, accounts: a, log: a.log, pairs: p, now: p.now}
	p.Register(
		PairAct{Name: engine.ActRoster, Right: ActRoster, Life: OfficeLife, Show: o.showRoster, Do: o.doRoster},
		PairAct{Name: engine.ActGrant, Right: ActGrant, Life: OfficeLife, Show: o.showAccount, Do: o.doAccount},
		PairAct{Name: engine.ActReset, Right: ActStaff, Life: OfficeLife, Show: o.showAccount, Do: o.doAccount},
	)
	return o
}

// RosterFrozen says whether a change of the exam's roster takes two people: since it was
// frozen, or since the first check-in was opened.
func (o *Office) RosterFrozen(ctx context.Context, exam string) (bool, error) {
	def := o.pairs.people.Exam(exam)
	if def == nil {
		return false, refusal(engine.BadFrame, "exam")
	}
	frozen := false
	if err := o.log.look(ctx, engine.ExamStream+exam, func(t *tip) { frozen = t.frozen.Kind != "" }); err != nil || frozen {
		return frozen, err
	}
	for _, s := range def.Sittings {
		if o.pairs.hall != nil {
			state := o.pairs.hall.Sitting(exam + "." + s.Code).State()
			frozen = frozen || state.OpenedAt != 0 || state.Handed != 0
			continue
		}
		opened, err := wasOpened(ctx, o.log.journal, exam+"."+s.Code)
		if err != nil {
			return false, err
		}
		frozen = frozen || opened
	}
	return frozen, nil
}

// FreezeRoster makes every later change of the exam's roster take two people. It is said
// once; a second time is refused.
func (o *Office) FreezeRoster(ctx context.Context, actor Account, exam string) error {
	if !actor.May(ActRoster, exam, "", "") || actor.Token { // it is said once, and by a person
		return refusal(engine.NotAllowed, "action")
	}
	_, err := o.log.decide(ctx, engine.ExamStream+exam, "", func(t *tip) ([]engine.Event, error) {
		if t.frozen.Kind != "" || t.roster == "" {
			return nil, refusal(engine.WrongState, "roster")
		}
		return []engine.Event{{Kind: engine.RosterFrozen, At: o.now(), By: actor.User, Text: t.roster}}, nil
	})
	return err
}
