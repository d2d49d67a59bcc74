package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring/evaluation"
)

// disturb records what an evaluation has to tell of beside answers: a pause of a sitting,
// credits of which one is taken back, an incident, an act that two agreed to.
func (o *sat) disturb(t *testing.T) {
	s, err := stores.Open(o.journal, true)
	check(t, err)
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	at := engine.InstantOf(time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC))
	first, second := people(t, s)[10], people(t, s)[11]
	attempt := engine.AttemptStream + first.Attempt
	n := 0
	check(t, s.Journal.Read(t.Context(), attempt, 0, func(r engine.Record) error { n = r.N; return nil }))
	check(t, log.Append(t.Context(), attempt,
		engine.Event{Kind: engine.GapCredited, At: at, By: "engine", From: at, To: at + 90_000, Why: "network"},
		engine.Event{Kind: engine.TimeGiven, At: at, By: "ratna", MS: 60_000, Why: "power"},
		engine.Event{Kind: engine.TimeGiven, At: at, By: "ratna", MS: 30_000, Why: "power"},
		engine.Event{Kind: engine.CreditReversed, At: at, By: "ratna", Ref: n + 2}))
	check(t, log.Append(t.Context(), engine.AttemptStream+second.Attempt, engine.Event{Kind: engine.GapCredited, At: at, By: "engine", From: at, To: at + 10_000, Why: "network"}))
	check(t, log.Append(t.Context(), engine.SittingStream+first.SittingID(),
		engine.Event{Kind: engine.SittingPaused, At: at, By: "ratna", From: at, Why: "power"},
		engine.Event{Kind: engine.SittingResumed, At: at + 185_000, By: "ratna", To: at + 185_000},
		engine.Event{Kind: engine.IncidentNoted, At: at, By: "ratna", Why: "health", Text: engine.SHA256("rahasia")}))
	check(t, log.Append(t.Context(), engine.ExamStream+stores.SampleCode,
		engine.Event{Kind: engine.Proposed, At: at, By: "kepala", Op: "a", Act: engine.ActRoster},
		engine.Event{Kind: engine.Denied, At: at, By: "kepala", Act: engine.ActRoster},
		engine.Event{Kind: engine.Refused, At: at, By: "wakil", Act: engine.ActRoster}))
	check(t, log.Append(t.Context(), engine.ObjectionStream+stores.SampleCode,
		engine.Event{Kind: engine.ObjectionFiled, At: at, By: "candidate", Number: first.Number, Act: engine.ObjectTime, To: at + 1},
		engine.Event{Kind: engine.ObjectionFiled, At: at, By: "candidate", Number: second.Number, Act: engine.ObjectKey, Q: 1, Item: "TWK-NAS-001", To: at + 1},
		engine.Event{Kind: engine.ObjectionDecided, At: at + 1, By: "wakil", Number: first.Number, Ref: 1, Why: proctor.ObjectionPartly},
		engine.Event{Kind: engine.ObjectionWithdrawn, At: at + 1, By: "candidate", Number: second.Number, Ref: 2}))
	check(t, s.Close())
}

// The evaluation says what an independent count says, tells of every disturbance, and names
// nobody.
func (o *sat) evaluation(t *testing.T) {
	o.disturb(t)
	dir := filepath.Join(t.TempDir(), "laporan")
	c := &resultsReport{Output: dir}
	c.Journal, c.Exam, c.Version = o.journal, stores.SampleCode, stores.LatestVersion
	printed(t, func() { check(t, c.Run(t.Context())) })
	body, err := os.ReadFile(filepath.Join(dir, "evaluasi.json"))
	check(t, err)
	page, err := os.ReadFile(filepath.Join(dir, "evaluasi.html"))
	check(t, err)
	var r struct {
		Turnout []evaluation.Turnout
		Scores  []struct {
			Section string
			N       int
			Mean    float64
			Bins    []int
		}
		Pass []struct {
			By     string
			Groups []struct {
				Name      string
				N, Passed *int
			}
		}
		Forms []struct{ Sitting string }

		Objections []evaluation.Objection
		Course     struct {
			Pauses    []evaluation.Pause
			Credits   []evaluation.Credit
			Incidents []evaluation.Incident
			Pairs     []evaluation.PairAct `json:"two_person_acts"`
		}
	}
	check(t, json.Unmarshal(body, &r))
	all := r.Turnout[0]
	if all.Registered != 520 || all.CheckedIn != 520 || all.Started != 519 || all.Disqualified != 1 {
		t.Errorf("turnout %+v", all)
	}
	sum := 0
	for _, points := range o.points {
		sum += points
	}
	total := r.Scores[len(r.Scores)-1]
	binned := 0
	for _, n := range total.Bins {
		binned += n
	}
	if binned != total.N || total.N < o.finished || total.N > o.finished+1 { // and whose form plan and seed do not give
		t.Errorf("%d in the columns of %d, %d have finished", binned, total.N, o.finished)
	}
	if mean := float64(sum) / float64(o.finished); total.Mean-mean > 1 || mean-total.Mean > 1 {
		t.Errorf("mean total %v, the answers say %v", total.Mean, mean)
	}
	for _, d := range r.Pass {
		n := 0
		for _, g := range d.Groups {
			if g.N != nil {
				n += *g.N
			}
		}
		if len(d.Groups) == 0 || n > total.N {
			t.Errorf("by %s: %d of %d", d.By, n, total.N)
		}
	}
	if len(r.Forms) != 3 {
		t.Errorf("forms of %d rows", len(r.Forms))
	}
	if p := r.Course.Pauses; len(p) != 1 || p[0].MS != 185_000 || p[0].Why != "power" {
		t.Errorf("pauses %+v", p)
	}
	gap, given := evaluation.Credit{}, evaluation.Credit{}
	for _, one := range r.Course.Credits {
		if one.Kind == "gap" {
			gap.Count, gap.MS = gap.Count+one.Count, gap.MS+one.MS
		} else {
			given = one
		}
	}
	if gap.Count != 2 || gap.MS != 100_000 || given.Count != 2 || given.Reversed != 1 || given.MS != 30_000 {
		t.Errorf("credits: gaps %+v, given %+v", gap, given)
	}
	if x := r.Course.Incidents; len(x) != 1 || x[0].Why != "health" || x[0].Count != 1 {
		t.Errorf("incidents %+v", x)
	}
	if p := r.Course.Pairs; len(p) != 1 || p[0].Act != engine.ActRoster || p[0].Proposed != 1 || p[0].Denied != 1 || p[0].Refused != 1 {
		t.Errorf("acts of two %+v", p)
	}
	want := []evaluation.Objection{{Kind: engine.ObjectKey, Filed: 1, Withdrawn: 1}, {Kind: engine.ObjectTime, Filed: 1, Partly: 1}}
	if !slices.Equal(r.Objections, want) {
		t.Errorf("objections %+v", r.Objections)
	}
	for _, said := range []string{"26401-110-0000", "TWK-NAS", engine.SHA256("rahasia")} {
		if strings.Contains(string(body), said) || strings.Contains(string(page), said) {
			t.Errorf("the report says %q", said)
		}
	}
	for _, part := range []string{"<svg", "Tindakan dua orang", "sesi-1, gangguan, network", "sesi-1, health", "0:30", "Sanggahan menurut jenis", "waktu ujian (time)"} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	c.Sitting = "sesi-9"
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), `exam skd-contoh has no sitting "sesi-9"`) {
		t.Errorf("sitting sesi-9: %v", err)
	}
}
