package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"terang/cmd/terang/analysis"
	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring/itemstats"
	"terang/web"
)

// unevenly says of a bank's items that they are not all as hard as their bands: forms then
// deviate, and each by its own items.
func unevenly(t *testing.T, bank *questionbank.Bank) *questionbank.Statistics {
	t.Helper()
	var all []questionbank.Counted
	for i, q := range bank.Questions() {
		points := int64(40 * (55 + i%5*3))
		all = append(all, questionbank.Counted{ID: q.ID, Count: questionbank.Count{Version: q.Version, All: questionbank.Sum{Responses: 1000, Points: points}}})
	}
	stats, faults := questionbank.ParseStatistics("stats.csv", questionbank.EncodeStatistics(all))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return stats
}

// partsOf are what an exam's forms are drawn from.
func partsOf(t *testing.T, s *stores.DB, keys *stores.KeyFile, def *engine.Definition) *web.ExamParts {
	t.Helper()
	recorded, err := s.ExamRecord(t.Context(), def.Code)
	check(t, err)
	parts, err := s.ExamParts(t.Context(), def, recorded, keys)
	check(t, err)
	return parts
}

// Who began an earlier exam has a form without its items. The report of the later exam is made
// of these forms: each counts, with the deviation and the items that it had.
func TestFairnessCountsWhoSatBefore(t *testing.T) {
	const candidates, returned = 200, 100 // as many as an alpha takes
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "terang.db")
	s, err := stores.Open("sqlite:"+path, true)
	check(t, err)
	keys, err := stores.OpenKeys(path + ".keys")
	check(t, err)
	people, log := proctor.NewPeople(s.Register), proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	made := func(code string, earlier ...string) {
		t.Helper()
		d, err := create.SampleDefinition(candidates, time.Now(), true)
		check(t, err)
		d.Code, d.Earlier = code, earlier
		file, err := d.File()
		check(t, err)
		bank := bankFor(t, d.Blueprint, 3)
		d, err = create.Exam(ctx, s, keys, "setup", create.Source{File: file, Bank: bank, Stats: unevenly(t, bank)})
		check(t, err)
		check(t, people.Import(ctx, log, "setup", stores.Now(), code, create.SampleRoster(d, candidates), stores.SampleFormations()))
		check(t, people.Load(ctx, code))
	}
	made("skd-1")
	check(t, log.Append(ctx, engine.SittingStream+"skd-1.sesi-1", engine.Event{Kind: engine.SittingEnded, At: stores.Now(), By: "s"}))
	first, then := people.All("skd-1"), partsOf(t, s, keys, people.Exam("skd-1"))
	met := make(map[string][]string) // by number
	for _, p := range first[:returned] {
		check(t, log.Append(ctx, engine.AttemptStream+p.Attempt, engine.Event{Kind: engine.Started, At: stores.Now(), By: "s", Number: p.Number, From: stores.Now(), MS: 60000}))
		form, err := then.Plan.Assemble(then.Seed, "skd-1/"+p.Number, nil)
		check(t, err)
		for _, place := range form.Places() {
			met[p.Number] = append(met[p.Number], place.Item.ID)
		}
	}
	made("skd-2", "skd-1")
	now := partsOf(t, s, keys, people.Exam("skd-2"))
	key := now.Bank.Key()
	deviation := func(number string, seen []string) (sum float64) {
		by, _, err := now.Plan.Deviations(now.Seed, "skd-2/"+number, seen)
		check(t, err)
		for _, thousandths := range by {
			sum += float64(thousandths) / 1000
		}
		return sum
	}

	off, others := 0.0, 0 // deviations of all forms; how many had another if nobody had sat before
	given, points := make(map[string]float64), make(map[string]float64)
	forms, guess := make(map[string][]string), rand.New(rand.NewPCG(1, 2))
	var inSlots [][]float64 // points by candidate and place of the plan
	for _, p := range people.All("skd-2") {
		form, err := now.Plan.Assemble(now.Seed, "skd-2/"+p.Number, met[p.Number])
		check(t, err)
		own := deviation(p.Number, met[p.Number])
		off += own
		if own != deviation(p.Number, nil) {
			others++
		}
		slots, err := now.Plan.Slots(now.Seed, "skd-2/"+p.Number, met[p.Number])
		check(t, err)
		inSlots = append(inSlots, make([]float64, len(slots)))
		at := stores.Now()
		events := []engine.Event{
			{Kind: engine.CheckedIn, At: at, Sitting: "skd-2." + p.Sitting, Number: p.Number},
			{Kind: engine.Started, At: at, From: at, MS: 6_000_000, Number: p.Number, Form: form.ETag, Seen: questionbank.SeenHash(met[p.Number])},
		}
		for q, place := range form.Places() {
			option := place.Item.Options[guess.IntN(len(place.Item.Options))].ID
			given[place.Item.ID]++
			points[place.Item.ID] += float64(key[place.Item.ID][option])
			inSlots[len(inSlots)-1][slots[q-1]] = float64(key[place.Item.ID][option])
			letter := slices.IndexFunc(place.Order, func(o uint8) bool { return place.Item.Options[o].ID == option })
			events = append(events, engine.Event{Kind: engine.Answered, At: at, Q: q, C: string(rune('a' + letter)), Item: place.Item.ID, Option: option})
			forms[p.Number] = append(forms[p.Number], place.Item.ID)
		}
		check(t, log.Append(ctx, engine.AttemptStream+p.Attempt, append(events, engine.Event{Kind: engine.Finished, At: at, Why: "self"})...))
	}
	check(t, s.Close())
	if others < returned/2 {
		t.Fatalf("%d forms deviate as if nobody had sat before: this shows nothing", returned-others)
	}

	c := &analysis.FairnessCmd{Flags: analysis.Flags{Flags: stores.Flags{Journal: "sqlite:" + path}, Exam: "skd-2", Group: "none"}, JSON: filepath.Join(t.TempDir(), "f.json")}
	printed(t, func() { check(t, c.Run(ctx)) })
	var f itemstats.Fairness
	body, err := os.ReadFile(c.JSON)
	check(t, err)
	check(t, json.Unmarshal(body, &f))
	if f.All.N != candidates || f.Population.Strange != 0 {
		t.Fatalf("%d count, %d do not fit their form; want all %d", f.All.N, f.Population.Strange, candidates)
	}
	if got := float64(*f.All.Form[len(f.All.Form)-1].Mean); math.Abs(got-off/candidates) > 1e-6 {
		t.Errorf("forms deviate by %v on average, those that were given by %v", got, off/candidates)
	}
	least, most := math.Inf(1), 0.0 // that forms were worth, by what their items gave
	for _, items := range forms {
		worth := 0.0
		for _, id := range items {
			worth += points[id] / given[id]
		}
		least, most = min(least, worth), max(most, worth)
	}
	// The report counts in thousandths of a point for each of 110 items.
	if all := f.All.Expected[0]; math.Abs(float64(*all.Min)-least) > .06 || math.Abs(float64(*all.Max)-most) > .06 {
		t.Errorf("forms were worth %v to %v, by their items' means they were worth %v to %v", *all.Min, *all.Max, least, most)
	}
	from := 0
	for _, section := range f.Sections {
		to := from + section.Places
		if section.Alpha == nil {
			t.Fatalf("section %s of %d candidates has no alpha", section.Code, section.N)
		}
		if want := alpha(inSlots, from, to); math.Abs(float64(*section.Alpha)-want) > 1e-6 {
			t.Errorf("alpha of %s is %v, by the places that forms filled %v", section.Code, *section.Alpha, want)
		}
		from = to
	}
}

// alpha is Cronbach's over the places from..to.
func alpha(points [][]float64, from, to int) float64 {
	variance := func(of func(row []float64) float64) float64 {
		var sum, squares float64
		for _, row := range points {
			x := of(row)
			sum, squares = sum+x, squares+x*x
		}
		n := float64(len(points))
		return (squares - sum*sum/n) / (n - 1)
	}
	parts := 0.0
	for i := from; i < to; i++ {
		parts += variance(func(row []float64) float64 { return row[i] })
	}
	whole := variance(func(row []float64) (sum float64) {
		for _, x := range row[from:to] {
			sum += x
		}
		return sum
	})
	k := float64(to - from)
	return k / (k - 1) * (1 - parts/whole)
}
