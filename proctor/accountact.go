package proctor

import (
	"context"
	"encoding/json"
	"fmt"

	"terang/engine"
)

// accountPayload is an account as it shall become. A password is in it as its hash only.
type accountPayload struct {
	Account Account `json:"account"`
}

// AccountRequest proposes an account, or a new password for one.
type AccountRequest struct {
	Op       string  `json:"op"`
	Account  Account `json:"account"`  // of a reset only User counts
	Password string  `json:"password"` // new
	Reason   string  `json:"reason"`
}

// ProposeAccount proposes to add an account (engine.ActGrant), or to give one a new
// password (engine.ActReset): another person who may do it has to agree.
func (o *Office) ProposeAccount(ctx context.Context, actor Account, act string, r AccountRequest) (string, error) {
	a := r.Account
	if act == engine.ActReset {
		was, err := o.accounts.Get(ctx, a.User)
		if err != nil {
			return "", err
		}
		a = was
	}
	if err := a.check(); err != nil {
		return "", err
	}
	if !actor.May(ActStaff, a.Exam, a.Site) {
		return "", refusal(engine.NotAllowed, "action")
	}
	if !engine.ValidOp(r.Op) {
		return "", refusal(engine.BadFrame, "op")
	}
	var err error
	if a.Hash, err = o.accounts.kiln.hash(r.Password); err != nil {
		return "", err
	}
	a.Disabled = false
	payload, err := json.Marshal(accountPayload{a})
	if err != nil {
		return "", fmt.Errorf("propose an account: %w", err)
	}
	return o.pairs.Propose(ctx, actor, Proposal{
		Stream: StaffAccounts, Act: act, Op: r.Op, Exam: a.Exam, Site: a.Site, Reason: r.Reason, Payload: payload,
	})
}

func (o *Office) proposedAccount(p *Proposal) (Account, error) {
	var payload accountPayload
	if err := json.Unmarshal(p.Payload, &payload); err != nil {
		return Account{}, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return payload.Account, nil
}

func (o *Office) showAccount(_ context.Context, p *Proposal) ([]Line, error) {
	a, err := o.proposedAccount(p)
	if err != nil {
		return nil, err
	}
	return []Line{{"account", a.User + " · " + a.Name}, {"role", string(a.Role)}, {"scope", scopeText(a.Exam, a.Site)}}, nil
}

// scopeText names a scope as command lines and pages show it.
func scopeText(exam, site string) string {
	switch {
	case exam == "" && site == "":
		return "*"
	case site == "":
		return exam
	case exam == "":
		return "*/" + site
	}
	return exam + "/" + site
}

func (o *Office) doGrant(ctx context.Context, p *Proposal, two string) (Response, error) {
	return o.change(ctx, p, two, "add")
}

func (o *Office) doReset(ctx context.Context, p *Proposal, two string) (Response, error) {
	return o.change(ctx, p, two, "reset")
}

// change records first and keeps then, as Accounts does; what is recorded already is kept
// again only while nobody has changed the account since.
func (o *Office) change(ctx context.Context, p *Proposal, two, act string) (Response, error) {
	a, err := o.proposedAccount(p)
	if err != nil {
		return Response{}, err
	}
	recorded := o.now()
	_, err = o.log.decide(ctx, p.Stream, "", func(t *tip) ([]engine.Event, error) {
		if n := t.ops[p.Op]; n != 0 {
			recorded = 0
			return nil, nil
		}
		recorded = max(recorded, t.at)
		return []engine.Event{{Kind: engine.StaffChanged, At: recorded, By: p.By, Two: two, Op: p.Op, Act: act, Text: a.User}}, nil
	})
	if err != nil {
		return Response{}, err
	}
	if recorded == 0 { // by somebody who then died: when it was recorded is what counts
		err := o.log.journal.Read(ctx, p.Stream, 0, func(r engine.Record) error {
			e, err := engine.Decode(r.Body)
			if e.Kind == engine.StaffChanged && e.Op == p.Op {
				recorded = e.At
			}
			return err
		})
		if err != nil {
			return Response{}, err
		}
		if now, err := o.accounts.Get(ctx, a.User); err == nil && now.Changed >= recorded {
			return Response{}, nil
		}
	}
	a.Changed = recorded
	body, err := json.Marshal(a)
	if err == nil {
		err = o.register.Put(ctx, engine.Entry{Kind: KindAccount, ID: a.User, Body: body})
	}
	if err != nil {
		return Response{}, fmt.Errorf("keep account %s: %w", a.User, err)
	}
	return Response{}, nil
}
