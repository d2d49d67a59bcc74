package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"terang/engine"
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
	Second  string   `help:"The second person, whose password is asked or read from TERANG_SECOND_PASSWORD." placeholder:"USER"`
}

// annulDecision is what the archive keeps of a decision; the event names its bytes.
type annulDecision struct {
	scoring.Annulment
	Why    string `json:"why"`
	Reason string `json:"reason,omitempty"` // SHA-256 of the words
	Minute string `json:"minute,omitempty"`
}

// Run shows the effect, and with two people annuls.
func (c *resultsAnnul) Run(ctx context.Context) error {
	if c.Preview {
		return c.reading(func(s *stores, keys *keyFile) error {
			_, err := c.preview(ctx, s, keys)
			return err
		})
	}
	switch {
	case c.As == "":
		return usage("an annulment takes two: --as and --second; --preview shows what it would do")
	case c.Reason == "" || c.Minute == "":
		return usage("say why in words with --reason, and in which minutes it was decided with --minute")
	}
	keys, err := readKeys(c.keyPath())
	if err != nil {
		return err
	}
	o, err := c.open(ctx, proctor.ActResultAnnul, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.apply(ctx, o, keys), o.stores.close())
}

func (c *resultsAnnul) apply(ctx context.Context, o *office, keys *keyFile) error {
	second, err := o.second(ctx, c.Second, engine.ActAnnul, proctor.ActResultAnnul, engine.ExamStream+c.Exam, c.Exam)
	if err != nil {
		return err
	}
	list, err := c.preview(ctx, o.stores, keys)
	if err != nil {
		return err
	}
	decisions := make([]annulDecision, len(list))
	for i, a := range list {
		decisions[i] = annulDecision{Annulment: a, Why: c.Why, Minute: c.Minute}
	}
	if err := annul(ctx, o.stores, o.log, c.Exam, o.by.User, second, c.Reason, decisions); err != nil {
		return err
	}
	fmt.Printf("\nannulled by %s and %s: the boards say \"dinilai ulang\"; results before it: terang results export --exam %s --version N\n", o.by.User, second, c.Exam)
	if o.stores.postgres != nil {
		fmt.Println("Nodes that run hear of it within a second, and take it over by themselves.")
	}
	return nil
}

// annul records a decision of two people about items. Nodes that follow the journal take
// it over by themselves.
func annul(ctx context.Context, s *stores, log *proctor.Log, exam, by, two, reason string, decisions []annulDecision) error {
	if by == "" || two == "" || by == two {
		return fmt.Errorf("annul: %q and %q: it takes two people", by, two)
	}
	words, err := proctor.KeepText(ctx, s.register, reason)
	if err != nil {
		return err
	}
	var events []engine.Event
	for _, d := range decisions {
		d.Reason = words
		body, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("annul %s: %w", d.Item, err)
		}
		hash, err := s.archive.Keep(ctx, body)
		if err != nil {
			return fmt.Errorf("annul %s: %w", d.Item, err)
		}
		events = append(events, engine.Event{
			Kind: engine.ItemAnnulled, At: now(), By: by, Two: two, Item: d.Item, Act: d.Policy, Why: d.Why, Text: hash.String(),
		})
	}
	return log.Append(ctx, engine.ExamStream+exam, events...)
}

// preview folds the exam, shows what the annulment would do, and returns it completed.
func (c *resultsAnnul) preview(ctx context.Context, s *stores, keys *keyFile) ([]scoring.Annulment, error) {
	x, err := foldExam(ctx, s, keys, c.Exam, latestVersion)
	if err != nil {
		return nil, err
	}
	recorded, err := s.examRecord(ctx, c.Exam)
	if err != nil {
		return nil, err
	}
	all, err := s.annulments(ctx, recorded)
	if err != nil {
		return nil, err
	}
	values, err := parseValues(c.Values)
	if err != nil {
		return nil, err
	}
	var list []scoring.Annulment
	var faults []error
	for _, item := range c.Item {
		a, err := x.Annulment(scoring.Annulment{Item: item, Policy: c.Policy, Values: values}, c.Key)
		list, faults = append(list, a), append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	all.List = append(all.List, list...)
	all.Rescored = scoring.Rescored{Version: len(all.List), Why: c.Why}
	r, err := x.Rescoring(all, recorded.last, func(done, of int) { fmt.Fprintf(os.Stderr, "forms drawn again: %d of %d\n", done, of) })
	if err != nil {
		return nil, err
	}
	changes := x.Boards.Preview(r)
	if c.Output != "" {
		if err := writeWhole(c.Output, func(w io.Writer) error { return writeChanges(w, x, changes) }); err != nil {
			return nil, err
		}
	}
	return list, printEffect(os.Stdout, x, changes)
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
			return nil, usage("--values %q: write a=1,b=5, each option once", text)
		}
		out[option] = n
	}
	return out, nil
}

// effect is what an annulment does, in figures for those who sign it (FAIRNESS 5.1).
type effect struct {
	had, rise, fall, meet, miss, gain int
	began                             int // of those who had it
	rankBetter, rankWorse             int
}

func effectOf(changes []scoring.Change) (e effect) {
	for i := range changes {
		c := &changes[i]
		d := c.After.Points.Sum() - c.Before.Points.Sum()
		e.gain += d
		if c.Had {
			e.had++
		}
		if c.Had && c.Before.Visible {
			e.began++
		}
		if d > 0 {
			e.rise++
		}
		if d < 0 {
			e.fall++
		}
		if c.Crosses() && c.After.Status == scoring.Meets {
			e.meet++
		}
		if c.Crosses() && c.After.Status == scoring.Misses {
			e.miss++
		}
		if c.RankAfter < c.RankBefore {
			e.rankBetter++
		}
		if c.RankAfter > c.RankBefore {
			e.rankWorse++
		}
	}
	return e
}

// mostChanges is how many results a preview lists; --output has all.
const mostChanges = 40

func printEffect(out io.Writer, x *web.Exam, changes []scoring.Change) error {
	e := effectOf(changes)
	fmt.Fprintf(out, "had the item: %d of %d, of whom %d have begun\nrise: %d   fall: %d   points in all: %+d", e.had, len(changes), e.began, e.rise, e.fall, e.gain)
	if e.began > 0 {
		thousandths := e.gain * 1000 / e.began
		sign := ""
		if thousandths < 0 {
			sign, thousandths = "-", -thousandths
		}
		fmt.Fprintf(out, "   mean of those: %s%d.%03d", sign, thousandths/1000, thousandths%1000)
	}
	fmt.Fprintf(out, "\nmeet the thresholds after, not before: %d   miss them after, not before: %d\nrank better: %d   worse: %d\n", e.meet, e.miss, e.rankBetter, e.rankWorse)
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
