package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/analysis"
	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
	"terang/scoring/selection"
)

// The sample of the PPPK fits its rule set whole, and draws its forms.
func TestTheSampleOfThePPPKFits(t *testing.T) {
	t.Parallel()
	rules, bank, blueprint := samplePPPK(t)
	for _, f := range slices.Concat(questionbank.Check(bank, create.SectionRules(rules)), questionbank.Advice(bank)) {
		t.Error(f)
	}
	plan, err := create.CompilePlan(rules, bank, blueprint, questionbank.Knowledge{})
	check(t, err)
	key, letters := bank.Key(), [5]int{}
	for n := range 200 {
		form, err := plan.Assemble(make([]byte, questionbank.SeedBytes), fmt.Sprintf("pppk-contoh/%d", n), nil)
		check(t, err)
		if form.Len() != rules.Items {
			t.Fatalf("a form of %d places, the rules have %d", form.Len(), rules.Items)
		}
		for q, place := range form.Places() {
			if q > 90 {
				break
			}
			letters[best(key[place.Item.ID], place)[0]-'a']++
		}
	}
	for letter, times := range letters {
		if times < 200*90/5*8/10 || times > 200*90/5*12/10 {
			t.Errorf("of 18000 keys %d stand at %c", times, 'a'+letter)
		}
	}
}

// A sitting under the PPPK's rules is scored as they say: the technical part against what the
// post asks for, the managerial and the social together, the interview by itself; and equality
// passes. The analyses of it count by the same.
func TestASittingOfThePPPKIsScored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, err := stores.OpenKeys(filepath.Join(dir, "keys"))
	check(t, err)
	s, err := stores.Open("sqlite:"+filepath.Join(dir, "t.db"), true)
	check(t, err)
	defer func() { check(t, s.Close()) }()
	start := time.Now().Add(-3 * time.Hour)
	def, err := stores.SampleOf("pppk").Definition(5, start, false)
	check(t, err)
	check(t, create.SampleOf(t.Context(), s, keys, proctor.Setup, def, 5))
	recorded, err := s.ExamRecord(t.Context(), def.Code)
	check(t, err)
	listed, err := proctor.NewPeople(s.Register).Read(t.Context(), def.Code)
	check(t, err)
	parts, err := s.ExamParts(t.Context(), listed.Def, recorded, keys)
	check(t, err)
	minima := map[string]int{}
	for _, f := range listed.Formations() {
		minima[f.Code] = f.Minima["TECH"]
	}
	slices.SortFunc(listed.People, func(a, b *proctor.Person) int {
		return len(a.Number) - len(b.Number) + map[bool]int{true: -1, false: 1}[a.Number < b.Number]
	})

	// Of each: right answers of the technical part above what the post asks for; how many
	// items of MAN, SOC and INT are answered with 3 points, where all others have 2, and how
	// many of INT are left empty.
	cases := []struct {
		tech, man, soc, in, empty int
		want                      []int // MAN, SOC, INT
		failed                    []string
	}{
		{0, 25, 2, 4, 0, []int{75, 42, 24}, nil},                                // 117 together and 24: just enough
		{0, 25, 1, 4, 0, []int{75, 41, 24}, []string{"MAN+SOC"}},                // 116
		{-1, 25, 20, 10, 0, []int{75, 60, 30}, []string{"TECH"}},                // five points less than the post asks for
		{3, 17, 20, 4, 1, []int{67, 60, 22}, []string{"INT"}},                   // an empty item is worth nothing
		{-2, 0, 0, 0, 0, []int{50, 40, 20}, []string{"TECH", "INT", "MAN+SOC"}}, // nothing
	}
	at := func(seconds int) engine.Instant {
		return engine.InstantOf(start.Add(time.Duration(seconds) * time.Second))
	}
	key := parts.Bank.Key()
	for i, c := range cases {
		p := listed.People[i]
		form, err := parts.Plan.Assemble(parts.Seed, def.Code+"/"+p.Number, nil)
		check(t, err)
		events := []engine.Event{
			{Kind: engine.CheckedIn, At: at(-600), By: "rina", Sitting: p.SittingID(), Seat: p.Seat, Number: p.Number},
			{Kind: engine.Started, At: at(0), By: "engine", From: at(0), MS: 7_800_000, Number: p.Number, Plan: parts.Plan.Hash(), Seed: recorded.Seed, Form: form.ETag, Ref: 3},
		}
		left := map[string]int{"TECH": minima[p.Formation]/5 + c.tech, "MAN": c.man, "SOC": c.soc, "INT": c.in}
		empty := c.empty
		for q, place := range form.Places() {
			section, worth := place.Item.Section, 2
			if left[section]--; left[section] >= 0 {
				worth = 3
			}
			if section == "TECH" {
				worth = map[int]int{3: 5, 2: 0}[worth]
			}
			if section == "INT" && left[section] < 0 && empty > 0 {
				empty--
				continue
			}
			for n, o := range place.Order {
				if option := place.Item.Options[o].ID; key[place.Item.ID][option] == worth {
					events = append(events, engine.Event{Kind: engine.Answered, At: at(q), By: "candidate", Op: uuid.NewString(), Q: q, C: string(rune('a' + n)), Item: place.Item.ID, Option: option})
					break
				}
			}
		}
		events = append(events, engine.Event{Kind: engine.Finished, At: at(7000), By: "candidate", Op: uuid.NewString(), Why: "self"})
		stream := engine.AttemptStream + p.Attempt
		out, err := s.Journal.Append(t.Context(), []engine.Run{{Stream: stream, Records: engine.Link(stream, 0, engine.FirstHash(stream), events)}})
		check(t, err)
		if out[0].Conflict {
			t.Fatal("conflict")
		}
	}
	x, err := stores.FoldExam(t.Context(), s, keys, def.Code, stores.LatestVersion)
	check(t, err)
	for i, c := range cases {
		p := listed.People[i]
		r, ok := x.Boards.Result(p.Attempt)
		want := scoring.Points{int16(minima[p.Formation] + 5*c.tech)}
		for n, points := range c.want {
			want[n+1] = int16(points)
		}
		if !ok || r.Points != want || minima[p.Formation] == 0 {
			t.Errorf("%d has %v, want %v", i, r.Points, want)
			continue
		}
		verdict := r.Bar.Decide(&r.Points)
		status := scoring.Meets
		if len(c.failed) > 0 {
			status = scoring.Misses
		}
		if !slices.Equal(verdict.Failed, append([]string{}, c.failed...)) || r.Status != status {
			t.Errorf("%d: %v %s, want %v", i, verdict.Failed, r.Status, c.failed)
		}
	}
	sheets, err := analysis.Open(t.Context(), s, keys, def.Code, analysis.Grouping{})
	check(t, err)
	fairness, _, err := sheets.Judge(t.Context(), s.Journal)
	check(t, err)
	if all := fairness.All; all.N != int64(len(cases)) || all.Passed != 1 {
		t.Errorf("the fairness report has %d of %d who meet their thresholds, the first case alone does", all.Passed, all.N)
	}
	report, err := evaluations(s, keys)(t.Context(), def.Code)
	check(t, err)
	if forms := report.Data.Forms; len(forms) == 0 || forms[0].N != int64(len(cases)) {
		t.Errorf("the evaluation's forms are %+v", forms)
	}
	l, err := peopleOf(t.Context(), s, x, "")
	check(t, err)
	for _, p := range l.People {
		if p.Born == 0 {
			t.Errorf("%s has no birth date in the final, the roster has one", p.Number)
		}
	}

	// Who brings the same scores from an earlier exam stands before or behind by the birth date,
	// and no score comes without one.
	first := listed.People[0]
	exam := &examFlags{Flags: stores.Flags{Journal: "sqlite:" + filepath.Join(dir, "t.db"), Keys: filepath.Join(dir, "keys")}, Exam: def.Code, Version: stores.LatestVersion}
	final := func(column, born string) (*selection.Listing, error) {
		carried := filepath.Join(dir, "carried.csv")
		check(t, os.WriteFile(carried, fmt.Appendf(nil, "number,formation,tech,man,soc,int,source%s\n99-1,%s,%d,75,42,24,carried-2022%s\n", column, first.Formation, minima[first.Formation], born), 0o600))
		l, _, err := joinedExam(t.Context(), exam, carried)
		if err == nil {
			l.Final()
		}
		return l, err
	}
	for _, born := range []string{"1960-01-01", "2003-01-01"} {
		l, err := final(",birth_date", ","+born)
		check(t, err)
		older, younger := "99-1", first.Number
		if born > first.BirthDate {
			older, younger = younger, older
		}
		if a, b := l.People[l.Find(older)], l.People[l.Find(younger)]; a.Rank != 1 || b.Rank != 2 {
			t.Errorf("%s is older than %s, and their ranks are %d and %d", older, younger, a.Rank, b.Rank)
		}
	}
	if _, err := final("", ""); err == nil || !strings.Contains(err.Error(), "column birth_date: the column is missing") {
		t.Errorf("without a birth date: %v", err)
	}
}
