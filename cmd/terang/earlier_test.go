package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
)

// bankFor has times as many items as a blueprint takes, all in free order.
func bankFor(t *testing.T, blueprint []byte, times int) *questionbank.Bank {
	t.Helper()
	bp, err := questionbank.ParseBlueprint(blueprint)
	check(t, err)
	var qs []questionbank.Question
	for _, s := range bp.Sections {
		for _, c := range s.Cells {
			for i := range times * c.Count {
				q := questionbank.Question{
					ID: strings.ToUpper(fmt.Sprintf("%s-%s-%s-%d", s.ID, c.Topic, c.Band, i)), Version: 1, Section: s.ID, Topic: c.Topic, Band: c.Band,
					Rule: questionbank.Free, Lang: "id", Author: "A", Reviewer: "B", Stem: "<p>Soal?</p>",
				}
				for o := range 5 {
					value := o / 4 * 5
					if s.ID == "TKP" {
						value = o + 1
					}
					q.Options = append(q.Options, questionbank.Option{ID: string(rune('a' + o)), Value: value, HTML: fmt.Sprint("pilihan ", o)})
				}
				qs = append(qs, q)
			}
		}
	}
	bank, faults := questionbank.NewBank(qs)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return bank
}

// series are exams one after the other, of the same three people.
type series struct {
	*testing.T
	stores *stores.DB
	keys   *stores.KeyFile
	people *proctor.People
	log    *proctor.Log
}

func newSeries(t *testing.T) *series {
	t.Helper()
	s, keys := newStores(t)
	return &series{t, s, keys, proctor.NewPeople(s.Register), proctor.NewLog(s.Journal, proctor.Direct(s.Journal))}
}

// definition is the exam file of one of them.
func (x *series) definition(code string, earlier ...string) (*engine.Definition, []byte) {
	x.Helper()
	d, err := create.SampleDefinition(3, time.Now(), false)
	check(x.T, err)
	d.Code, d.Earlier = code, earlier
	file, err := d.File()
	check(x.T, err)
	return d, file
}

// create makes an exam with its roster, of a bank that has so many times what a form takes.
func (x *series) create(code string, times int, earlier ...string) error {
	x.Helper()
	d, file := x.definition(code, earlier...)
	return x.createOf(create.Source{File: file, Bank: bankFor(x.T, d.Blueprint, times)})
}

func (x *series) createOf(source create.Source) error {
	x.Helper()
	d, err := create.Exam(x.Context(), x.stores, x.keys, "setup", source)
	if err != nil {
		return err
	}
	roster := create.SampleRoster(d, 3)
	for i := range roster { // the same number, written in another way
		roster[i].Number = strings.ToLower(strings.ReplaceAll(roster[i].Number, "-", map[bool]string{true: "", false: "-"}[len(d.Earlier) > 0]))
	}
	return x.people.Import(x.Context(), x.log, "setup", stores.Now(), d.Code, roster, stores.SampleFormations())
}

// held ends an exam that the first so many people began.
func (x *series) held(code string, began int) {
	x.Helper()
	check(x.T, x.people.Load(x.Context(), code))
	check(x.T, x.log.Append(x.Context(), engine.SittingStream+code+".sesi-1", engine.Event{Kind: engine.SittingEnded, At: stores.Now(), By: "s"}))
	for _, p := range x.people.All(code)[:began] {
		check(x.T, x.log.Append(x.Context(), engine.AttemptStream+p.Attempt, engine.Event{Kind: engine.Started, At: stores.Now(), By: "s", Number: p.Number, From: stores.Now(), MS: 60000}))
	}
}

// again lets somebody sit an exam again.
func (x *series) again(code, number string) {
	x.Helper()
	check(x.T, x.log.Append(x.Context(), engine.ExamStream+code, engine.Event{Kind: engine.SittingChanged, At: stores.Now(), By: "s", Two: "t", Act: engine.ActRepeat, Number: number}))
}

// Whoever began an earlier exam meets none of its items again, in the third exam none of
// both; who was only listed there is given what anybody is given. Supply that does not
// reach for it is refused when the exam is made.
func TestNobodyMeetsAnItemOfAnEarlierExamAgain(t *testing.T) {
	t.Parallel()
	x := newSeries(t)
	s, keys, people := x.stores, x.keys, x.people
	check(t, x.create("skd-1", 3))
	x.held("skd-1", 2)
	if err := x.create("skd-x", 1, "skd-1"); err == nil || !strings.Contains(err.Error(), "needs 4 items and has 2, 2 missing") {
		t.Errorf("a bank without fresh items for those who come back: %v", err)
	}
	check(t, x.create("skd-2", 3, "skd-1"))
	x.held("skd-2", 1)
	check(t, x.create("skd-3", 3, "skd-1", "skd-2"))

	forms, seen := formsOf(t, s, keys, "skd-1", "skd-2", "skd-3")
	for i, want := range []struct{ second, third int }{{0, 0}, {0, 0}, {-1, -1}} { // items in common with exams before
		first, second, third := forms["skd-1"][i], forms["skd-2"][i], forms["skd-3"][i]
		if n := common(first, second); want.second == 0 && n != 0 || want.second < 0 && n == 0 {
			t.Errorf("candidate %d meets %d items of the first exam in the second", i, n)
		}
		if n := common(first, third); want.third == 0 && n != 0 || want.third < 0 && n == 0 {
			t.Errorf("candidate %d meets %d items of the first exam in the third", i, n)
		}
		if (seen["skd-2"][i] != "") != (i < 2) || (seen["skd-3"][i] != "") != (i < 2) || seen["skd-1"][i] != "" {
			t.Errorf("candidate %d: lists of items seen %q, %q", i, seen["skd-2"][i], seen["skd-3"][i])
		}
	}
	if n := common(forms["skd-2"][0], forms["skd-3"][0]); n != 0 {
		t.Errorf("who began both meets %d items of the second exam in the third", n)
	}
	if n := common(forms["skd-2"][1], forms["skd-3"][1]); n == 0 {
		t.Error("who did not begin the second exam is kept from its items")
	}
	// What is begun later, or sat again, changes no form that is settled.
	x.held("skd-1", 3)
	x.again("skd-1", people.All("skd-1")[0].Number)
	check(t, x.create("skd-4", 3, "skd-1"))
	again, named := formsOf(t, s, keys, "skd-1", "skd-2", "skd-3", "skd-4")
	for _, exam := range []string{"skd-2", "skd-3"} {
		for i := range again[exam] {
			if !slices.Equal(again[exam][i], forms[exam][i]) || named[exam][i] != seen[exam][i] {
				t.Errorf("candidate %d: only %d items of the form in %s stayed, which leaves out %.8s, not %.8s", i, common(again[exam][i], forms[exam][i]), exam, named[exam][i], seen[exam][i])
			}
		}
	}
	// In an exam that is made then, nothing of both is met.
	for _, was := range [][]string{forms["skd-1"][0], again["skd-1"][0]} {
		if n := common(was, again["skd-4"][0]); n != 0 {
			t.Errorf("who sat the first exam again meets %d items of one of its forms", n)
		}
	}
}

// Who sat an earlier exam again has met two of its forms, and the supply counts both. Of an exam
// that was made without counting them, everybody has a form all the same: who met too much meets
// what is longest ago, the others nothing, and whoever runs the machine is told.
func TestWhoSatAnEarlierExamAgainIsCountedTwice(t *testing.T) {
	t.Parallel()
	x := newSeries(t)
	check(t, x.create("skd-1", 2))
	x.held("skd-1", 2)
	x.again("skd-1", x.people.All("skd-1")[0].Number)
	if err := x.create("skd-2", 2, "skd-1"); err == nil || !strings.Contains(err.Error(), "needs 6 items and has 4, 2 missing; somebody who comes back can have met 4 in earlier exams") {
		t.Errorf("made without supply for who sat twice: %v", err)
	}
	d, file := x.definition("skd-2", "skd-1")
	bank := bankFor(t, d.Blueprint, 2)
	blueprint, err := questionbank.ParseBlueprint(d.Blueprint)
	check(t, err)
	plan, err := questionbank.Compile(bank, blueprint, questionbank.Knowledge{})
	check(t, err)
	var said bytes.Buffer
	n, err := node.Open(t.Context(), node.Parts{Stores: x.stores, Keys: x.keys, Log: slog.New(slog.NewTextHandler(&said, nil))})
	check(t, err)
	check(t, x.createOf(create.Source{File: file, Bank: bank, Plan: plan.Encode(), Seed: make([]byte, questionbank.SeedBytes)}))
	n.Follow(t.Context(), "skd-2") // as a node does that runs
	if e := n.Exams.Find("skd-2"); e == nil || len(e.Spent()) != 1 || !strings.Contains(said.String(), "they have not met") || !strings.Contains(said.String(), e.Spent()[0]) {
		t.Errorf("%+v: %s", e, &said)
	}

	forms, seen := formsOf(t, x.stores, x.keys, "skd-1", "skd-2")
	for i := range 3 {
		if len(forms["skd-2"][i]) != 110 {
			t.Errorf("candidate %d has a form of %d items", i, len(forms["skd-2"][i]))
		}
	}
	for i := range 2 {
		if n := common(forms["skd-1"][i], forms["skd-2"][i]); n != 0 || seen["skd-2"][i] == "" {
			t.Errorf("candidate %d meets %d items of the form that they sat last", i, n)
		}
	}
}

// What a bank would be refused for as an exam, bank plan says before, of those who come back too.
func TestBankPlanRefusesWhatAnExamIsRefusedFor(t *testing.T) {
	x := newSeries(t)
	check(t, x.create("skd-1", 2))
	x.held("skd-1", 2)
	x.again("skd-1", x.people.All("skd-1")[0].Number)
	d, file := x.definition("skd-2", "skd-1")
	dir := t.TempDir()
	c := bankPlan{
		officeFlags: officeFlags{Flags: stores.Flags{Journal: "sqlite:" + x.stores.Path, Keys: x.stores.Path + ".keys"}}, certificateFlags: certificateFlags{Forms: 1000},
		BankFrom: "files", Bank: []string{filepath.Join(dir, "a.bank")}, Blueprint: filepath.Join(dir, "exam.json"),
	}
	check(t, os.WriteFile(c.Blueprint, file, 0o600))
	for _, times := range []int{2, 3} {
		bank := bankFor(t, d.Blueprint, times)
		check(t, os.WriteFile(c.Bank[0], questionbank.Format(bank), 0o600))
		var planned error
		printed(t, func() { planned = c.Run(t.Context()) })
		made := x.createOf(create.Source{File: file, Bank: bank})
		if (planned == nil) != (made == nil) || made != nil && !strings.Contains(made.Error(), planned.Error()) || (made == nil) != (times == 3) {
			t.Errorf("%d times what a form takes: planned %v; made %v", times, planned, made)
		}
	}
}

// formsOf opens a node as a server does, and reads the terms of every candidate.
func formsOf(t *testing.T, s *stores.DB, keys *stores.KeyFile, codes ...string) (forms map[string][][]string, seen map[string][]string) {
	t.Helper()
	n, err := node.Open(t.Context(), node.Parts{Stores: s, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var hall errgroup.Group
	hall.Go(func() error { return n.Hall.Run(ctx) })
	forms, seen = make(map[string][][]string), make(map[string][]string)
	for _, code := range codes {
		for _, p := range n.People.All(code) {
			n.Hall.Attempt(p.Attempt).View(func(_ *engine.Attempt, terms *engine.Terms) {
				var ids []string
				for _, place := range terms.Form.Places() {
					ids = append(ids, place.Item.ID)
				}
				forms[code], seen[code] = append(forms[code], ids), append(seen[code], terms.Seen)
			})
		}
	}
	cancel()
	check(t, hall.Wait())
	return forms, seen
}

func common(a, b []string) (n int) {
	in := make(map[string]bool, len(a))
	for _, id := range a {
		in[id] = true
	}
	for _, id := range b {
		if in[id] {
			n++
		}
	}
	return n
}
