package main

import (
	"context"
	"fmt"
	"log/slog"
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

// Whoever began an earlier exam meets none of its items again, in the third exam none of
// both; who was only listed there is given what anybody is given. Supply that does not
// reach for it is refused when the exam is made.
func TestNobodyMeetsAnItemOfAnEarlierExamAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, keys := newStores(t)
	people, log := proctor.NewPeople(s.Register), proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	create := func(code string, times int, earlier ...string) error {
		t.Helper()
		d, err := create.SampleDefinition(3, time.Now(), false)
		check(t, err)
		d.Code, d.Earlier = code, earlier
		file, err := d.File()
		check(t, err)
		if d, err = create.Exam(ctx, s, keys, "setup", create.Source{File: file, Bank: bankFor(t, d.Blueprint, times)}); err != nil {
			return err
		}
		roster := create.SampleRoster(d, 3)
		for i := range roster { // the same number, written in another way
			roster[i].Number = strings.ToLower(strings.ReplaceAll(roster[i].Number, "-", map[bool]string{true: "", false: "-"}[len(earlier) > 0]))
		}
		return people.Import(ctx, log, "setup", stores.Now(), code, roster, stores.SampleFormations())
	}
	held := func(code string, began int) {
		t.Helper()
		check(t, people.Load(ctx, code))
		check(t, log.Append(ctx, engine.SittingStream+code+".sesi-1", engine.Event{Kind: engine.SittingEnded, At: stores.Now(), By: "s"}))
		for _, p := range people.All(code)[:began] {
			check(t, log.Append(ctx, engine.AttemptStream+p.Attempt, engine.Event{Kind: engine.Started, At: stores.Now(), By: "s", Number: p.Number, From: stores.Now(), MS: 60000}))
		}
	}
	check(t, create("skd-1", 3))
	held("skd-1", 2)
	if err := create("skd-x", 1, "skd-1"); err == nil || !strings.Contains(err.Error(), "needs 4 items and has 2, 2 missing") {
		t.Errorf("a bank without fresh items for those who come back: %v", err)
	}
	check(t, create("skd-2", 3, "skd-1"))
	held("skd-2", 1)
	check(t, create("skd-3", 3, "skd-1", "skd-2"))

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
	held("skd-1", 3)
	first := people.All("skd-1")[0].Number
	check(t, log.Append(ctx, engine.ExamStream+"skd-1", engine.Event{Kind: engine.SittingChanged, At: stores.Now(), By: "s", Two: "t", Act: engine.ActRepeat, Number: first}))
	check(t, create("skd-4", 3, "skd-1"))
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
