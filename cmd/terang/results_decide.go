package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"terang/cmd/terang/node"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// decideFlags are those of a decision that two people make about an exam's results.
type decideFlags struct {
	officeFlags
	Exam   string `required:"" help:"Code of the exam." placeholder:"CODE"`
	Reason string `required:"" help:"Why, in words; it stays out of the journal, which has its hash."`
	Second string `help:"The second person here; the password is asked, or read from TERANG_SECOND_PASSWORD. Without one it is proposed." placeholder:"USER"`
	Op     string `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// decide opens the journal as a server does, and asks for the decision.
func (c *decideFlags) decide(ctx context.Context, right string, ask func(*office, *node.Node, web.Asking) (proctor.Response, error)) error {
	second, err := secondPerson(c.Second)
	if err != nil {
		return err
	}
	o, err := c.open(ctx, right, c.Exam)
	if err != nil {
		return sameOnPage(err, "/hasil-ujian/"+c.Exam)
	}
	return errors.Join(c.atCounter(ctx, o, func(n *node.Node) error {
		answer, err := ask(o, n, web.Asking{Op: orNew(c.Op), Reason: c.Reason, Second: second})
		switch {
		case err != nil:
			return errors.Join(resultsError(c.Exam, err), stillOpen(ctx, n, c.Exam, err))
		case answer.Proposal != "":
			return printAnswer(answer)
		}
		state, err := n.Office.Results(ctx, c.Exam)
		if err == nil {
			printResults(c.Exam, &state)
		}
		return err
	}), o.stores.Close())
}

// stillOpen lists what is open, where that is why a decision was refused.
func stillOpen(ctx context.Context, n *node.Node, exam string, err error) error {
	var no *engine.Refusal
	if !errors.As(err, &no) || no.Field != "open" {
		return nil
	}
	open, err := n.Desk.Unsettled(ctx, exam, "")
	if err != nil {
		return err
	}
	var lines []string
	for _, c := range open.Counts() {
		if c.Count > 0 {
			lines = append(lines, fmt.Sprintf("  %d %s", c.Count, openWords(c.What))+which(c))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return errors.New("open:\n" + strings.Join(lines, "\n"))
}

func which(c proctor.OpenCount) string {
	if len(c.Which) == 0 {
		return ""
	}
	return ": " + strings.Join(c.Which, "; ")
}

// openWords says what a count of open matters counts, and where it is settled.
func openWords(what string) string {
	words := map[string]string{
		"sittings": "sittings that have not ended (the station)", "working": "attempts that were begun and are not over (the station)",
		"doubts": "identities in doubt (the station)", "credits": "credits of lost time, undecided (the station)", "held": "attempts whose answers wait for a credit (the station)",
		"proposals": "proposals that wait for a second person (terang approve, or /persetujuan)", "objections": "objections without an answer (terang results objections list)",
		"minutes": "minutes that are not signed (/meja/EXAM.SITTING/berita-acara)",
		"away":    "sittings that a site holds, of which not all has come here (terang site collect, or terang site take-back)",
	}
	return cmp.Or(words[what], what)
}

// resultsError says of a refusal what to do.
func resultsError(exam string, err error) error {
	var no *engine.Refusal
	if !errors.As(err, &no) {
		return err
	}
	remedy := map[string]string{
		"wrong_state/open":       "something is still open: finish it, or say with --despite that it is known and meant",
		"wrong_state/frozen":     "the results are frozen already: release them, or unfreeze them first",
		"wrong_state/released":   "the list is released already, and public: nothing is left to do; only results that are to change are unfrozen first",
		"wrong_state/not_frozen": "no list is frozen: freeze one first",
		"wrong_state/changed":    "the results have changed since they were frozen: unfreeze and freeze them again",
		"wrong_state/list":       "the results have changed since this was proposed: propose it anew",
	}[string(no.Code)+"/"+no.Field]
	if remedy == "" {
		return pairError("results of "+exam, err)
	}
	return fmt.Errorf("results of %s: %s: %w", exam, remedy, err)
}

func printResults(exam string, s *proctor.ResultsState) {
	fmt.Printf("results of %s: %s, version %d\n", exam, s.Standing(), len(s.Annulled))
	if s.Frozen.Kind != "" {
		fmt.Printf("frozen    %s by %s and %s, list %s\n", s.Frozen.At, s.Frozen.By, s.Frozen.Two, s.Frozen.Text)
	}
	if s.Released.Kind != "" {
		fmt.Printf("released  %s by %s and %s, list %s\n", s.Released.At, s.Released.By, s.Released.Two, s.Released.Text)
	}
	if n := len(s.Annulled); n > 0 {
		e := s.Annulled[n-1]
		fmt.Printf("annulled  %s %s by %s and %s: the boards say \"dinilai ulang\"; results before it: terang results export --exam %s --version %d\n", e.Item, e.Act, e.By, e.Two, exam, n-1)
	}
}

type resultsFreeze struct {
	decideFlags
	Despite bool `help:"Also while something is open; whoever approves is shown what."`
}

// Run fixes the results as a list.
func (c *resultsFreeze) Run(ctx context.Context) error {
	return c.decide(ctx, proctor.ActResultFreeze, func(o *office, n *node.Node, ask web.Asking) (proctor.Response, error) {
		return n.Server.Results().Freeze(ctx, o.by, c.Exam, &web.FreezeRequest{Asking: ask, Despite: c.Despite})
	})
}

type resultsRelease struct{ decideFlags }

// Run publishes the frozen list.
func (c *resultsRelease) Run(ctx context.Context) error {
	return c.decide(ctx, proctor.ActResultRelease, func(o *office, n *node.Node, ask web.Asking) (proctor.Response, error) {
		return n.Server.Results().Release(ctx, o.by, c.Exam, &ask)
	})
}

type resultsUnfreeze struct{ decideFlags }

// Run lets frozen results change again.
func (c *resultsUnfreeze) Run(ctx context.Context) error {
	return c.decide(ctx, proctor.ActResultFreeze, func(o *office, n *node.Node, ask web.Asking) (proctor.Response, error) {
		return n.Server.Results().Unfreeze(ctx, o.by, c.Exam, &ask)
	})
}
