package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/analysis"
	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/aberrance"
	"terang/scoring/itemstats"
	"terang/web"
)

// sat is a sample exam that was sat: its journal, and what an independent count of the
// answers gives.
type sat struct {
	journal  string
	stores   *stores.DB
	parts    *web.ExamParts // for its plan and seed
	points   map[string]int
	given    map[string]int
	finished int
}

// sitExam lets everybody of a sample exam answer: the first by number is disqualified after
// the finish, the second is reopened and still writes, the third never starts, the fourth
// has an answer that is held and counts once the finish is written anew, and what is recorded
// of the fifth is another form than plan and seed give. The tenth and the
// eighteenth, who has an accommodation, answer forty items in eight seconds each and right.
func sitExam(t *testing.T, candidates int) *sat {
	t.Helper()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "terang.db")
	s, err := stores.Open("sqlite:"+path, true)
	check(t, err)
	keys, err := stores.OpenKeys(path + ".keys")
	check(t, err)
	check(t, create.Sample(ctx, s, keys, candidates, time.Now(), true))
	recorded, err := s.ExamRecord(ctx, stores.SampleCode)
	check(t, err)
	listed, err := proctor.NewPeople(s.Register).Read(ctx, stores.SampleCode)
	check(t, err)
	parts, err := s.ExamParts(ctx, listed.Def, recorded, keys)
	check(t, err)
	out := &sat{journal: "sqlite:" + path, stores: s, parts: parts, points: make(map[string]int), given: make(map[string]int)}
	bank, err := stores.SampleBank()
	check(t, err)
	key := bank.Key()
	var runs []engine.Run
	for _, p := range listed.Placed() {
		stream := engine.AttemptStream + p.Attempt
		runs = append(runs, engine.Run{Stream: stream, Records: engine.Link(stream, 0, engine.FirstHash(stream), out.events(t, p, key))})
	}
	for len(runs) > 0 {
		n := min(50, len(runs))
		outcomes, err := s.Journal.Append(ctx, runs[:n])
		check(t, err)
		for _, o := range outcomes {
			if o.Conflict {
				t.Fatal("conflict")
			}
		}
		runs = runs[n:]
	}
	check(t, s.Close())
	return out
}

func people(t *testing.T, s *stores.DB) []proctor.Person {
	t.Helper()
	listed, err := proctor.NewPeople(s.Register).Read(t.Context(), stores.SampleCode)
	check(t, err)
	return listed.Placed()
}

func (o *sat) events(t *testing.T, p proctor.Person, key scoring.Key) []engine.Event {
	t.Helper()
	form, err := o.parts.Plan.Assemble(o.parts.Seed, stores.SampleCode+"/"+p.Number, nil)
	check(t, err)
	at := engine.InstantOf(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC))
	r := rand.New(rand.NewPCG(hashOf(p.Number), 1))
	last := p.Number[len(p.Number)-6:]
	events := []engine.Event{{Kind: engine.CheckedIn, At: at, Sitting: stores.SampleCode + "." + p.Sitting, Number: p.Number}}
	if last == "000003" {
		return events
	}
	tag := form.ETag
	if last == "000005" {
		tag = "another"
	}
	events = append(events, engine.Event{Kind: engine.Started, At: at, From: at, MS: 6_000_000, Number: p.Number, Form: tag})
	finishes := last != "000001" && last != "000002" && last != "000005"
	ability := .3 + .5*r.Float64()
	for q, place := range form.Places() {
		item := place.Item
		helped := (last == "000010" || last == "000018") && q > 20 && q <= 60
		at += engine.Instant(20_000 + r.IntN(40_000))
		if helped {
			at = events[len(events)-1].At + engine.Instant(6_000+r.IntN(4_000))
		}
		best, option := 0, item.Options[r.IntN(len(item.Options))].ID
		for _, one := range item.Options {
			if v := key[item.ID][one.ID]; v > best && (helped || r.Float64() < ability) {
				best, option = v, one.ID
			}
		}
		if finishes {
			o.given[item.ID]++
		}
		if q%20 == 7 {
			events = append(events, engine.Event{Kind: engine.Looked, At: at, Q: q})
			continue // seen and left out
		}
		if finishes {
			o.points[item.ID] += key[item.ID][option]
		}
		letter := ""
		for i, o := range place.Order {
			if item.Options[o].ID == option {
				letter = string(rune('a' + i))
			}
		}
		kind := engine.Answered
		if last == "000004" && q == 110 {
			kind = engine.Held
		}
		events = append(events, engine.Event{Kind: kind, At: at, Op: p.Attempt + "-" + string(rune(q)), Q: q, C: letter, Item: item.ID, Option: option})
	}
	held := len(events)
	events = append(events, engine.Event{Kind: engine.Finished, At: at + 1000, Why: "self"})
	switch last {
	case "000001":
		events = append(events, engine.Event{Kind: engine.Disqualified, At: at + 2000, Why: "impostor"})
	case "000002":
		events = append(events, engine.Event{Kind: engine.Reopened, At: at + 2000, Why: "power"})
	case "000004":
		events = append(events, engine.Event{Kind: engine.HeldDecided, At: at + 2000, Ref: held, On: true},
			engine.Event{Kind: engine.Finished, At: at + 2000, Why: "deadline", Ref: held + 1})
	}
	if finishes {
		o.finished++
	}
	return events
}

func (o *sat) flags() analysis.Flags {
	return analysis.Flags{Flags: stores.Flags{Journal: o.journal}, Exam: stores.SampleCode, Group: "site"}
}

func TestAnalysesOfAJournal(t *testing.T) {
	o := sitExam(t, 520)
	t.Run("items", o.itemAnalysis)
	t.Run("plan", o.plansNext)
	t.Run("fairness", o.fairness)
	t.Run("aberrance", o.aberrance)
	t.Run("evaluation", o.evaluation) // last: it records more
}

// The analysis of a journal equals a count of the answers themselves: who was disqualified
// or reopened after a finish is out, a held answer that was granted is in, and every form is
// the one that plan and seed give.
func (o *sat) itemAnalysis(t *testing.T) {
	report := filepath.Join(t.TempDir(), "stats.json")
	table := filepath.Join(t.TempDir(), "stats.csv")
	c := &analysis.ItemsCmd{Flags: o.flags(), Rasch: true, JSON: report, CSV: table}
	text := printed(t, func() { check(t, c.Run(t.Context())) })
	var r itemstats.Report
	body, err := os.ReadFile(report)
	check(t, err)
	check(t, json.Unmarshal(body, &r))

	p := r.Population
	want := itemstats.Population{Rule: itemstats.Rule, Finished: int64(o.finished), Running: 1, Disqualified: 1, NotStarted: 1, Strange: 1, Forms: int64(o.finished)}
	if p != want {
		t.Errorf("population %+v, want %+v", p, want)
	}
	for _, it := range r.Items {
		if int(it.N) != o.given[it.ID] || int(it.Sum) != o.points[it.ID] {
			t.Errorf("%s: given to %d with %d points in all, the answers say %d and %d", it.ID, it.N, it.Sum, o.given[it.ID], o.points[it.ID])
		}
		if it.Time.N < it.N/2 || it.Time.N >= r.Limits.Facility && it.Time.Median == nil {
			t.Errorf("%s: given to %d, time in view of %d", it.ID, it.N, it.Time.N)
		}
	}
	if keyed := r.Sections[0].Rasch; keyed == nil || !keyed.Settled || r.Sections[2].Rasch != nil {
		t.Errorf("the Rasch fit of the sections: %+v, graded %+v", keyed, r.Sections[2].Rasch)
	}
	if r.Source.Roster == "" || r.Source.Position == 0 || r.Sections[0].Alpha == nil || r.Overlap == nil {
		t.Errorf("the source %+v, the sections or the overlap are not filled in", r.Source)
	}
	for _, part := range []string{"forms recomputed from plan and seed: 516, that do not fit the record: 1", "TWK", "R REST", "kota-lama 476 (reference)"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%.1500s", part, text)
		}
	}
	if rows, err := os.ReadFile(table); err != nil || strings.Count(string(rows), "\n") != len(r.Items)+1 {
		t.Errorf("the table has %d rows, %v", strings.Count(string(rows), "\n"), err)
	}

	// A later administration finds no drift against itself.
	c.JSON, c.Against = filepath.Join(t.TempDir(), "again.json"), report
	printed(t, func() { check(t, c.Run(t.Context())) })
	again, err := os.ReadFile(c.JSON)
	check(t, err)
	if string(again) != string(body) {
		t.Error("the same journal gives another report")
	}
}

// What candidates did makes the next plan: its certificate knows how hard the items are,
// of the versions that were given, and the counts are those of the answers.
func (o *sat) plansNext(t *testing.T) {
	dir := t.TempDir()
	c := &analysis.ItemsCmd{Flags: o.flags(), PlanCSV: filepath.Join(dir, "plan.csv")}
	printed(t, func() { check(t, c.Run(t.Context())) })
	body, err := os.ReadFile(c.PlanCSV)
	check(t, err)
	rows := strings.Split(strings.TrimSpace(string(body)), "\n")
	for _, row := range rows[1:] {
		var version, given, points, low, lowPoints, middle, middlePoints, high, highPoints int
		item, rest, _ := strings.Cut(row, ",")
		_, err := fmt.Sscanf(rest, "%d,%d,%d,%d,%d,%d,%d,%d,%d", &version, &given, &points, &low, &lowPoints, &middle, &middlePoints, &high, &highPoints)
		check(t, err)
		if given != o.given[item] || points != o.points[item] {
			t.Errorf("%s: %d responses with %d points, the answers say %d and %d", item, given, points, o.given[item], o.points[item])
		}
		if low+middle+high != given || lowPoints+middlePoints+highPoints != points {
			t.Errorf("%s: the thirds do not add up to all", row)
		}
	}
	if len(rows)-1 != len(o.given) {
		t.Errorf("%d items, candidates met %d", len(rows)-1, len(o.given))
	}
	def, err := create.SampleDefinition(1, time.Now(), false)
	check(t, err)
	exam, err := def.File()
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "exam.json"), exam, 0o600))
	next := &bankPlan{certificateFlags: certificateFlags{Forms: 1000}, RuleSet: "skd-2024", Blueprint: filepath.Join(dir, "exam.json")}
	const unknown = "FORM SD UNKNOWN"
	if blind := printed(t, func() { check(t, next.Run(t.Context())) }); !strings.Contains(blind, unknown) {
		t.Errorf("without statistics the certificate does not say %s:\n%.2000s", unknown, blind)
	}
	next.Stats = c.PlanCSV
	if text := printed(t, func() { check(t, next.Run(t.Context())) }); strings.Contains(text, unknown) || strings.Contains(text, "not in the bank in that version") {
		t.Errorf("with statistics the certificate says:\n%.2000s", text)
	}
}

func (o *sat) fairness(t *testing.T) {
	report := filepath.Join(t.TempDir(), "fairness.json")
	c := &analysis.FairnessCmd{Flags: o.flags(), JSON: report}
	text := printed(t, func() { check(t, c.Run(t.Context())) })
	var f itemstats.Fairness
	body, err := os.ReadFile(report)
	check(t, err)
	check(t, json.Unmarshal(body, &f))
	if len(f.Sittings) != 2 || f.Sittings[0].N+f.Sittings[1].N != f.All.N || f.All.N != int64(o.finished) {
		t.Fatalf("sittings of %d and %d candidates, %d in all, want %d", f.Sittings[0].N, f.Sittings[1].N, f.All.N, o.finished)
	}
	sum := 0
	for _, points := range o.points {
		sum += points
	}
	mean, last := float64(sum)/float64(o.finished), f.All.Scores[len(f.All.Scores)-1]
	if got := float64(*last.Mean); got-mean > 1e-6 || mean-got > 1e-6 {
		t.Errorf("mean total %v, the answers say %v", got, mean)
	}
	for _, row := range f.Sittings {
		if off := float64(*row.Difference - *row.FormPart - *row.GroupPart); off > 1e-6 || off < -1e-6 {
			t.Errorf("sitting %s: the parts do not add up: %+v", row.Sitting, row)
		}
	}
	if all := f.All.Expected[0]; all.SD == nil || *all.Min > *all.Mean || *all.Max < *all.Mean || float64(*all.Mean)-mean > 1 || mean-float64(*all.Mean) > 1 {
		t.Errorf("the forms were worth %+v, candidates got %v on average", all, mean)
	}
	if f.Adjustment.Made || !strings.Contains(text, "not adjusted across sittings") || !strings.Contains(text, "Decision TWK at 65") {
		t.Errorf("the report does not say what it must:\n%.2000s", text)
	}
	c.Sitting = "sesi-9"
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no such sitting") {
		t.Errorf("sitting sesi-9: %v", err)
	}
}

// Who answered too fast and too well is named, by number, with the rules' hash; somebody
// with an accommodation who did the same is not, and nobody else is.
func (o *sat) aberrance(t *testing.T) {
	report := filepath.Join(t.TempDir(), "list.json")
	c := &analysis.AberranceCmd{Flags: stores.Flags{Journal: o.journal}, Exam: stores.SampleCode, JSON: report}
	text := printed(t, func() { check(t, c.Run(t.Context())) })
	var r aberrance.Report
	body, err := os.ReadFile(report)
	check(t, err)
	check(t, json.Unmarshal(body, &r))
	if len(r.Candidates) != 1 || r.Candidates[0].Number != "26401-110-000010" || r.Candidates[0].Findings[0].Code != "B1" || r.Candidates[0].Findings[0].From == 0 {
		t.Errorf("named: %+v", r.Candidates)
	}
	if r.Apart != 11 || r.Examined != o.finished-11 || r.Pairs < 700 || len(r.Neighbours) > 0 || len(r.Rooms) > 0 {
		t.Errorf("%d examined, %d apart, %d pairs, %v, %v", r.Examined, r.Apart, r.Pairs, r.Neighbours, r.Rooms)
	}
	for _, part := range []string{r.Hash, "no evidence, no verdict", "seat A-10", "20 consecutive answers in"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%.3000s", part, text)
		}
	}
	if err := (&analysis.AberranceCmd{}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "--simulate") {
		t.Errorf("without an exam: %v", err)
	}
	simulated := printed(t, func() { check(t, (&analysis.AberranceCmd{Simulate: true, Candidates: 300, Seed: 1}).Run(t.Context())) })
	if !strings.Contains(simulated, "2021: 30 items") {
		t.Errorf("the simulation prints %s", simulated)
	}
}

// printed is what f writes to the standard output, of a test that runs alone: what others print
// meanwhile would be in it, too.
func printed(t *testing.T, f func()) string {
	t.Helper()
	t.Setenv("TERANG_ALONE", "") // refuses a test that is parallel
	r, w, err := os.Pipe()
	check(t, err)
	old := os.Stdout
	os.Stdout = w
	defer func() { os.Stdout = old }()
	all := make(chan []byte)
	go func() {
		body, _ := io.ReadAll(r)
		all <- body
	}()
	f()
	check(t, w.Close())
	return string(<-all)
}
