package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/node"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/proctor"
	"terang/scoring"
	"terang/web"
)

type resultsAnnul struct {
	officeFlags
	Exam    string   `required:"" help:"Code of the exam." placeholder:"CODE"`
	Item    []string `required:"" help:"Id of the item in the bank; several are decided in one act." placeholder:"ID"`
	Policy  string   `required:"" enum:"KEY_FIX,CREDIT_ALL,CREDIT_BEST_OF,DROP_SCALE" help:"KEY_FIX: new key, scores may fall. CREDIT_ALL: full points. CREDIT_BEST_OF: better of old and new key. DROP_SCALE: item out, section scaled."`
	Key     string   `help:"New right option of a keyed item, for KEY_FIX and CREDIT_BEST_OF: its id in the bank." placeholder:"a"`
	Values  string   `help:"New points of every option of a graded item." placeholder:"a=1,b=5,…"`
	Why     string   `enum:"wrong_key,two_answers,unusable,leaked,court" default:"wrong_key" help:"Reason as the board shows it: wrong_key, two_answers, unusable, leaked or court."`
	Reason  string   `help:"Reason in words; it stays out of the journal, which has its hash."`
	Minute  string   `help:"Number of the committee's minutes." placeholder:"BA-…"`
	Preview bool     `help:"Show who rises, who falls and who crosses a threshold, and do nothing."`
	Output  string   `help:"Write every changed result here (CSV)." placeholder:"FILE.csv"`
	Second  string   `help:"The second person here; the password is asked, or read from TERANG_SECOND_PASSWORD. Without one it is proposed." placeholder:"USER"`
	Op      string   `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Run shows the effect, and annuls with two people: the second signs here, or decides on
// the proposal later.
func (c *resultsAnnul) Run(ctx context.Context) error {
	if c.Preview {
		return c.Reading(func(s *stores.DB, keys *stores.KeyFile) error { return c.preview(ctx, s, keys) })
	}
	if c.Reason == "" || c.Minute == "" {
		return usage.Errorf("say why in words with --reason, and in which minutes it was decided with --minute; --preview shows what it would do")
	}
	values, err := parseValues(c.Values)
	if err != nil {
		return err
	}
	keys, err := stores.ReadKeys(c.KeyPath())
	if err != nil {
		return err
	}
	d := decideFlags{officeFlags: c.officeFlags, Exam: c.Exam, Reason: c.Reason, Second: c.Second, Op: c.Op}
	return d.decide(ctx, proctor.ActResultAnnul, func(o *office, n *node.Node, ask web.Asking) (proctor.Response, error) {
		if err := c.preview(ctx, o.stores, keys); err != nil {
			return proctor.Response{}, err
		}
		return n.Server.Results().Annul(ctx, o.by, c.Exam, &web.AnnulRequest{
			Asking: ask, Items: c.Item, Policy: c.Policy, Key: c.Key, Values: values, Why: c.Why, Minute: c.Minute,
		})
	})
}

// preview folds the exam, and shows what the annulment would do.
func (c *resultsAnnul) preview(ctx context.Context, s *stores.DB, keys *stores.KeyFile) error {
	x, err := stores.FoldExam(ctx, s, keys, c.Exam, stores.LatestVersion)
	if err != nil {
		return err
	}
	recorded, err := s.ExamRecord(ctx, c.Exam)
	if err != nil {
		return err
	}
	all, err := s.Annulments(ctx, recorded)
	if err != nil {
		return err
	}
	values, err := parseValues(c.Values)
	if err != nil {
		return err
	}
	var list []scoring.Annulment
	var faults []error
	for _, item := range c.Item {
		a, err := x.Annulment(scoring.Annulment{Item: item, Policy: c.Policy, Values: values}, c.Key)
		list, faults = append(list, a), append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	all.List = append(all.List, list...)
	all.Rescored = scoring.Rescored{Version: len(all.List), Why: c.Why}
	r, err := x.Rescoring(all, recorded.Last, func(done, of int) {
		if done > 0 {
			fmt.Fprintf(os.Stderr, "forms drawn again: %d of %d\n", done, of)
		}
	})
	if err != nil {
		return err
	}
	people := len(x.Boards.Results())
	fmt.Fprintf(os.Stderr, "forms drawn again: %d of %d\n", people, people)
	changes := x.Boards.Preview(r)
	if c.Output != "" {
		if err := output.Private(c.Output, func(w io.Writer) error { return writeChanges(w, x, changes) }); err != nil {
			return err
		}
	}
	return printEffect(os.Stdout, x, changes)
}

func parseValues(text string) (map[string]int, error) {
	if text == "" {
		return nil, nil
	}
	out := make(map[string]int)
	for part := range strings.SplitSeq(text, ",") {
		option, points, ok := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(points)
		if _, twice := out[option]; !ok || err != nil || twice {
			return nil, usage.Errorf("--values %q: write a=1,b=5, each option once", text)
		}
		out[option] = n
	}
	return out, nil
}

// mostChanges is how many results a preview lists; --output has all.
const mostChanges = 40

func printEffect(out io.Writer, x *web.Exam, changes []scoring.Change) error {
	e := scoring.EffectOf(changes)
	fmt.Fprintf(out, "had the item: %d of %d, of whom %d have begun\nrise: %d   fall: %d   points in all: %+d", e.Had, len(changes), e.Began, e.Rise, e.Fall, e.Gain)
	if e.Began > 0 {
		thousandths := e.Gain * 1000 / e.Began
		sign := ""
		if thousandths < 0 {
			sign, thousandths = "-", -thousandths
		}
		fmt.Fprintf(out, "   mean of those: %s%d.%03d", sign, thousandths/1000, thousandths%1000)
	}
	fmt.Fprintf(out, "\nmeet the thresholds after, not before: %d   miss them after, not before: %d\nrank better: %d   worse: %d\n", e.Meet, e.Miss, e.RankBetter, e.RankWorse)
	changed := slices.DeleteFunc(slices.Clone(changes), func(c scoring.Change) bool { return c.Before == c.After })
	if len(changed) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "\nNUMBER\tFORMATION\tBEFORE\tAFTER\tSTATUS BEFORE\tAFTER\tRANK BEFORE\tAFTER")
	for _, c := range changed[:min(len(changed), mostChanges)] {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%d\t%d\n", x.Person(c.Attempt).Number, c.Formation, c.Before.Points.Sum(), c.After.Points.Sum(), c.Before.Status, c.After.Status, c.RankBefore, c.RankAfter)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if more := len(changed) - mostChanges; more > 0 {
		fmt.Fprintf(out, "… and %d more: --output FILE.csv has all\n", more)
	}
	return nil
}

func writeChanges(w io.Writer, x *web.Exam, changes []scoring.Change) error {
	fmt.Fprintln(w, "number,formation,before,after,status_before,status_after,rank_before,rank_after")
	for _, c := range changes {
		if c.Before != c.After || c.RankBefore != c.RankAfter {
			fmt.Fprintf(w, "%s,%s,%d,%d,%s,%s,%d,%d\n", x.Person(c.Attempt).Number, c.Formation, c.Before.Points.Sum(), c.After.Points.Sum(), c.Before.Status, c.After.Status, c.RankBefore, c.RankAfter)
		}
	}
	return nil
}
