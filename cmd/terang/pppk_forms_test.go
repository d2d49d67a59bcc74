package main

import (
	"fmt"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/questionbank"
	"terang/questionbank/shelf"
	"terang/scoring"
)

// samplePPPK is the sample of the PPPK as exam create reads it.
func samplePPPK(t *testing.T) (*scoring.RuleSet, *questionbank.Bank, *questionbank.Blueprint) {
	t.Helper()
	rules, err := scoring.ByName("pppk-technical-2023")
	check(t, err)
	bank, err := stores.SampleOf("pppk").Bank()
	check(t, err)
	def, err := stores.SampleOf("pppk").Definition(5, time.Now(), false)
	check(t, err)
	blueprint, err := questionbank.ParseBlueprint(def.Blueprint)
	check(t, err)
	return rules, bank, blueprint
}

// The sample of the PPPK has two forms' worth of items and no more: each half is a form of its
// own with as many items of every topic and band, so that an exam and its spare share none.
func TestTheSampleOfThePPPKMakesTwoForms(t *testing.T) {
	t.Parallel()
	rules, bank, blueprint := samplePPPK(t)
	first, second, faults := bank.Halve()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	lead := map[string]int{}
	for sign, half := range map[int]*questionbank.Bank{1: first, -1: second} {
		if half.Len() != rules.Items {
			t.Errorf("a half has %d items, a form %d", half.Len(), rules.Items)
		}
		if _, err := create.CompilePlan(rules, half, blueprint, questionbank.Knowledge{}); err != nil {
			t.Error(err)
		}
		for _, q := range half.Questions() {
			lead[q.Topic+"/"+string(q.Band)] += sign
		}
	}
	for kind, n := range lead {
		if n != 0 {
			t.Errorf("%s: one half has %d more", kind, max(n, -n))
		}
	}
}

// Who sits the sample again meets no item of the first form, and two who sit it together share
// half of theirs: every place has two items to choose from.
func TestWhoSitsTheSampleOfThePPPKTwiceMeetsNoItemAgain(t *testing.T) {
	t.Parallel()
	rules, bank, blueprint := samplePPPK(t)
	plan, err := create.CompilePlan(rules, bank, blueprint, questionbank.Knowledge{})
	check(t, err)
	if got, want := plan.ExpectedOverlap(), float64(rules.Items)/2; got != want {
		t.Errorf("two forms share %v items, want %v", got, want)
	}
	again, err := create.CompilePlan(rules, bank, blueprint, questionbank.Knowledge{Earlier: []questionbank.Sat{{Plan: plan, Forms: 1}}})
	check(t, err)
	seed := make([]byte, questionbank.SeedBytes)
	for n := range 50 {
		first, err := plan.Assemble(seed, fmt.Sprintf("pppk-contoh/%d", n), nil)
		check(t, err)
		met := map[string]bool{}
		var seen []string
		for _, place := range first.Places() {
			met[place.Item.ID], seen = true, append(seen, place.Item.ID)
		}
		second, err := again.Assemble(seed, fmt.Sprintf("pppk-ulang/%d", n), seen)
		check(t, err)
		if second.Len() != rules.Items {
			t.Fatalf("a second form of %d places", second.Len())
		}
		for _, place := range second.Places() {
			if met[place.Item.ID] {
				t.Errorf("candidate %d meets %s again", n, place.Item.ID)
			}
		}
	}
}

func TestNoTwoItemsOfTheSampleOfThePPPKAreAlike(t *testing.T) {
	t.Parallel()
	_, bank, _ := samplePPPK(t)
	cards := map[string]*shelf.Card{}
	for _, q := range bank.Questions() {
		cards[q.ID] = shelf.NewCard(&q)
	}
	for _, twins := range shelf.Alike(cards, shelf.Near/2) {
		t.Errorf("%s and %s are %d %% alike", twins.A, twins.B, twins.Likeness)
	}
}
