package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/web"
	"terang/web/document"
)

// printFlags are what a printed document says beside the results.
type printFlags struct {
	examFlags
	Authority string `help:"Who issues the document, for its head. Default: the formation's agency, or none." placeholder:"NAME"`
	Issued    string `help:"When it is issued (RFC 3339); default: now. The same time, journal and flags give the same bytes." placeholder:"TIME"`
}

// printing is an exam with what documents need of it beside the boards.
type printing struct {
	exam       *web.Exam
	formations map[string]proctor.Formation
	authority  string
	issued     engine.Instant
	state      proctor.ResultsState
}

// open folds the exam and hands it to use.
func (f *printFlags) open(ctx context.Context, use func(*stores.DB, *printing) error) error {
	if f.Exam == "" {
		return usage.Errorf("say which exam, with --exam CODE")
	}
	issued := stores.Now()
	if f.Issued != "" {
		at, err := time.Parse(time.RFC3339, f.Issued)
		if err != nil {
			return usage.Errorf("--issued %q: write it as 2026-11-26T15:04:05+07:00", f.Issued)
		}
		issued = engine.InstantOf(at)
	}
	return f.fold(ctx, func(s *stores.DB, x *web.Exam) error {
		listed, err := proctor.NewPeople(s.Register).Read(ctx, f.Exam)
		if err != nil {
			return err
		}
		p := newPrinting(x, listed.Formations(), f.Authority, issued)
		if p.state, err = proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Results(ctx, f.Exam); err != nil {
			return err
		}
		return use(s, p)
	})
}

func newPrinting(x *web.Exam, formations []proctor.Formation, authority string, issued engine.Instant) *printing {
	p := &printing{exam: x, formations: make(map[string]proctor.Formation), authority: authority, issued: issued}
	for _, f := range formations {
		p.formations[f.Code] = f
	}
	return p
}

// head is the document's, in the time of a zone.
func (p *printing) head(board string, agency string, zone *time.Location) document.Head {
	h := p.exam.Head(board, cmp.Or(p.authority, agency), p.issued.Time().In(zone))
	h.Decided = decidedWords(&p.state, zone)
	return h
}

// decidedWords say how far two people have fixed the results.
func decidedWords(s *proctor.ResultsState, zone *time.Location) string {
	signed := func(e *engine.Event) string {
		return fmt.Sprintf("%s oleh %s dan %s, daftar %.16s…", document.Moment(e.At.Time().In(zone)), e.By, e.Two, e.Text)
	}
	switch {
	case s.Standing() == proctor.ResultsFinal:
		return "diumumkan (released) " + signed(&s.Released)
	case s.Standing() == proctor.ResultsFrozen:
		return "dibekukan, belum diumumkan (frozen, not released) " + signed(&s.Frozen)
	case s.Released.Kind != "":
		return "sementara (provisional); yang diumumkan " + signed(&s.Released) + " sedang diperbaiki (being revised)"
	}
	return "sementara, belum dibekukan (provisional, not frozen)"
}

// zone is the sitting's; of several sittings, the one that all of them share, or else that
// of the capital.
func (p *printing) zone(sittings ...string) *time.Location {
	if len(sittings) == 0 {
		for _, s := range p.exam.Def.Sittings {
			sittings = append(sittings, s.Code)
		}
	}
	zones := make([]string, len(sittings))
	for i, s := range sittings {
		zones[i] = p.exam.Def.Zone(s).String()
	}
	slices.Sort(zones)
	if zones = slices.Compact(zones); len(zones) == 1 {
		return p.exam.Def.Zone(sittings[0])
	}
	if jakarta, err := time.LoadLocation("Asia/Jakarta"); err == nil {
		return jakarta
	}
	return time.UTC
}

// needs are the needs as candidates read them.
var needs = map[string]string{
	"general": "umum", "cumlaude": "putra/putri terbaik (cumlaude)", "diaspora": "diaspora", "disability": "penyandang disabilitas", "papua": "putra/putri Papua",
	"kalimantan": "putra/putri Kalimantan", "underdeveloped_region": "daerah tertinggal", "cyber_security": "keamanan siber", "doctor": "dokter",
	"seafarer_rescuer_volcano": "pelaut, penyelamat, pengamat gunung api", "ex_honorer_k2": "eks tenaga honorer K2", "athlete": "olahragawan",
	"specialist_doctor_flight_instructor": "dokter spesialis, instruktur penerbang", "field_post": "jabatan lapangan",
}

func needWord(need string) string {
	if word, ok := needs[need]; ok {
		return word
	}
	return need
}

// about is what is public of a formation; its need is not among it: it may be a fact
// of health.
func about(f *proctor.Formation) []document.Field {
	return []document.Field{
		{Name: "Jabatan", English: "Post", Value: f.Post},
		{Name: "Formasi", English: "Formation", Value: f.Code},
		{Name: "Instansi", English: "Agency", Value: f.Agency},
		{Name: "Pendidikan", English: "Education", Value: f.Education},
		{Name: "Penempatan", English: "Placement", Value: f.Placement},
	}
}

// sums are the thresholds of a need that sections reach together.
func sums(rules *scoring.RuleSet, need string, points *scoring.Points) (groups []document.Part, total document.Part) {
	t := rules.Thresholds[need]
	for _, g := range t.Groups {
		part := document.Part{Code: g.ID, Name: strings.Join(g.Sections, " + "), Least: g.Min}
		for i, s := range rules.Sections {
			if slices.Contains(g.Sections, s.Code) {
				part.Score += int(points[i])
				part.Max += s.Max
			}
		}
		groups = append(groups, part)
	}
	return groups, document.Part{Code: "nilai total", Name: "Nilai total", Score: points.Sum(), Max: rules.Max, Least: t.Total}
}

// warnLetters says which letters of names a document could not draw.
func warnLetters(number, name string) {
	if missing := document.Undrawable(name); len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "%s: the fonts have no %+q of the name; a replacement sign is printed\n", number, string(missing))
	}
}
