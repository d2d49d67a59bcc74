package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/web"
	"terang/web/webhook"
)

type webhookCmd struct {
	Add  webhookAdd  `cmd:"" help:"Let a program be told what is recorded from now on; its secret is shown this once."`
	List webhookList `cmd:"" help:"List subscriptions, and what became of their deliveries."`
	Act  webhookAct  `cmd:"" help:"Remove, enable, disable or test a subscription, or send a delivery again."`
}

type webhookAdd struct {
	officeFlags
	URL    string        `arg:"" help:"Address of the program, with https."`
	Types  []string      `required:"" help:"What it shall be told, as roster.changed,results.released; a wrong one names all."`
	Exam   string        `help:"Only of this exam." placeholder:"CODE"`
	GiveUp time.Duration `default:"120h" help:"Turn it off when nothing was taken for so long."`
	Op     string        `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Run makes a subscription.
func (c *webhookAdd) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActHooks, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.add(ctx, o), o.stores.Close())
}

func (c *webhookAdd) add(ctx context.Context, o *office) error {
	keys, err := o.stores.OpenKeys(ctx, c.KeyPath())
	if err != nil {
		return err
	}
	var last engine.Pos
	if err := stores.EachEvent(ctx, o.stores.Journal, func(r engine.Record, _ *engine.Event) { last = r.Pos }); err != nil {
		return err
	}
	h, secret, err := proctor.NewHooks(o.stores.Register, o.log, keys).Add(ctx, o.by, orNew(c.Op), proctor.Hook{URL: c.URL, Exam: c.Exam, Types: c.Types, GiveUp: c.GiveUp, From: last}, stores.Now())
	if err == nil {
		fmt.Printf("webhook: %s\nsecret: %s\nGive the secret to whoever runs the program. It is shown this once.\n", h.ID, secret)
	}
	return err
}

type webhookList struct {
	stores.Flags
	Deliveries int `default:"5" help:"How many of the newest deliveries are shown of each."`
}

// Run lists subscriptions; a server may hold the journal meanwhile.
func (c *webhookList) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	return errors.Join(c.list(ctx, s), s.Close())
}

func (c *webhookList) list(ctx context.Context, s *stores.DB) error {
	all, err := proctor.NewHooks(s.Register, nil, nil).List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Println("no program is told anything: see terang webhook add")
	}
	for i := range all {
		h := &all[i]
		state, err := webhook.StateOf(ctx, s.Register, h)
		if err != nil {
			return err
		}
		v, exam := web.ReportHook(h, &state), h.Exam
		if exam == "" {
			exam = "any"
		}
		fmt.Printf("%s  %s  %s  exam %s  %v\n", h.ID, v.State, h.URL, exam, h.Types)
		if h.Off != "" {
			fmt.Printf("  off since %s (%s): mend the receiver, then terang webhook act %s enable\n", h.OffAt, h.Off, h.ID)
		}
		for _, d := range v.Deliveries[:min(len(v.Deliveries), c.Deliveries)] {
			what := d.Error
			if what == "" {
				what = "taken"
			}
			fmt.Printf("  %s  %s  position %d  %d ms  %s\n", d.At, d.Type, d.Position, d.MS, what)
		}
	}
	return nil
}

type webhookAct struct {
	officeFlags
	ID       string     `arg:"" help:"Id of the subscription."`
	Action   string     `arg:"" enum:"remove,enable,disable,resend,test" help:"remove, enable, disable, resend or test."`
	Position engine.Pos `help:"Of resend: position of the delivery in the journal."`
}

// Run changes a subscription; the node that delivers hears of it within a second.
func (c *webhookAct) Run(ctx context.Context) error {
	if c.Action == proctor.HookResend && c.Position <= 0 {
		return usage.Errorf("resend: name the delivery with --position; terang webhook list shows it")
	}
	o, err := c.enter(ctx)
	if err != nil {
		return err
	}
	err = proctor.NewHooks(o.stores.Register, o.log, nil).Act(ctx, o.by, proctor.HookRequest{Op: uuid.NewString(), ID: c.ID, Action: c.Action, Position: c.Position}, stores.Now())
	if err == nil {
		fmt.Println("done:", c.Action, c.ID)
	}
	return errors.Join(err, o.stores.Close())
}
