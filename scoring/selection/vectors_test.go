package selection

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"terang/scoring"
)

func vectors(t testing.TB, name string, into any) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func rules(t testing.TB, name string) *scoring.RuleSet {
	t.Helper()
	rs, err := scoring.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func listing(t testing.TB, rs *scoring.RuleSet, formations ...Formation) *Listing {
	t.Helper()
	l, err := NewListing(rs, formations)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func points(t testing.TB, rs *scoring.RuleSet, scores scoring.Scores) scoring.Points {
	t.Helper()
	p, err := rs.Points(scores)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func decimal(t testing.TB, s string) scoring.Decimal {
	t.Helper()
	d, err := scoring.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type vectorCandidate struct {
	ID           string
	Scores       scoring.Scores
	Flag         string
	Source       string
	SKB          *string
	Academic     string
	AcademicKind string `json:"academic_kind"`
	Born         string
}

// in puts the vector's candidate into formation 0.
func (v *vectorCandidate) in(t testing.TB, rs *scoring.RuleSet) Candidate {
	c := Candidate{Number: v.ID}
	var ok bool
	if c.Flag, ok = parseFlag(v.Flag); !ok {
		t.Fatalf("flag %q", v.Flag)
	}
	if v.Scores == nil {
		c.Flag = Flags(c.Flag, Absent)
	} else {
		c.Points = points(t, rs, v.Scores)
	}
	if v.SKB == nil {
		c.absentSKB = true
	} else {
		c.Marks[0] = decimal(t, *v.SKB)
	}
	if v.Academic != "" && !c.setAcademic(v.AcademicKind, scoring.Written{Decimal: decimal(t, v.Academic)}) {
		t.Fatalf("academic kind %q", v.AcademicKind)
	}
	if born, err := strconv.Atoi(strings.ReplaceAll(v.Born, "-", "")); err == nil {
		c.Born = int32(born)
	}
	return c
}

func TestShortlistVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			ID         string
			RuleSet    string `json:"rule_set"`
			Need       string
			Posts      int
			Candidates []vectorCandidate
			Expect     struct {
				Admitted []string
				Status   map[string]string
				Rank     map[string]int
				Group    map[string]int
			}
		}
	}
	vectors(t, "shortlist.json", &file)
	if len(file.Vectors) != 24 {
		t.Fatalf("%d vectors, want R1 to R24", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		rs := rules(t, v.RuleSet)
		l := listing(t, rs, Formation{Code: "f", Need: v.Need, Seats: v.Posts})
		for _, c := range v.Candidates {
			l.People = append(l.People, c.in(t, rs))
		}
		if err := l.Shortlist(); err != nil {
			t.Fatal(err)
		}
		status, rank, group := make(map[string]string), make(map[string]int), make(map[string]int)
		var admitted []string
		for _, i := range l.Order() {
			c := &l.People[i]
			status[c.Number] = l.Status(c)
			if c.Rank > 0 {
				rank[c.Number] = int(c.Rank)
			}
			if c.Seat == Shortlisted {
				admitted, group[c.Number] = append(admitted, c.Number), int(c.Group)
			}
		}
		if !slices.Equal(admitted, v.Expect.Admitted) {
			t.Errorf("%s: admitted %v, want %v", v.ID, admitted, v.Expect.Admitted)
		}
		if v.Expect.Status != nil && !maps.Equal(status, v.Expect.Status) {
			t.Errorf("%s: status %v, want %v", v.ID, status, v.Expect.Status)
		}
		if v.Expect.Rank != nil && !maps.Equal(rank, v.Expect.Rank) {
			t.Errorf("%s: rank %v, want %v", v.ID, rank, v.Expect.Rank)
		}
		if v.Expect.Group != nil && !maps.Equal(group, v.Expect.Group) {
			t.Errorf("%s: group %v, want %v", v.ID, group, v.Expect.Group)
		}
	}
}

func TestFinalVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			ID, Type   string
			SKD        int             `json:"skd_total"`
			Max        int             `json:"skd_max"`
			SKB        scoring.Decimal `json:"skb"`
			SKDWeight  scoring.Decimal `json:"skd_weight"`
			SKBWeight  scoring.Decimal `json:"skb_weight"`
			RuleSet    string          `json:"rule_set"`
			Seats      int
			Candidates []vectorCandidate
			Expect     json.RawMessage
		}
	}
	vectors(t, "final.json", &file)
	if len(file.Vectors) != 21 {
		t.Fatalf("%d vectors, want F1 to F21", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		if v.Type == "compute" {
			var want struct {
				Norm    string `json:"skd_norm"`
				SKDPart string `json:"skd_part"`
				SKBPart string `json:"skb_part"`
				Final   string
			}
			if err := json.Unmarshal(v.Expect, &want); err != nil {
				t.Fatal(err)
			}
			rule := scoring.Final{SKDWeight: v.SKDWeight, SKBWeight: v.SKBWeight, Decimals: 3, Rounding: scoring.HalfUp}
			s := Compute(&rule, v.SKD, v.Max, []scoring.Decimal{v.SKB})
			got := want
			got.Norm, got.SKDPart, got.SKBPart, got.Final = s.Norm.Fixed(3), s.SKDPart.Fixed(3), s.SKBPart.Fixed(3), s.Final.Fixed(3)
			if got != want {
				t.Errorf("%s: got %+v, want %+v", v.ID, got, want)
			}
			continue
		}
		var want struct {
			Final         map[string]*string
			Order, Passed []string
			Unresolved    []string
			DecidedBy     string `json:"decided_by"`
		}
		if err := json.Unmarshal(v.Expect, &want); err != nil {
			t.Fatal(err)
		}
		rs := rules(t, v.RuleSet)
		l := listing(t, rs, Formation{Code: "f", Need: "general", Seats: v.Seats})
		for _, c := range v.Candidates {
			l.People = append(l.People, c.in(t, rs))
		}
		l.Final()
		var order, passed, asked []string
		for _, q := range l.Questions {
			asked = append(asked, q.Numbers...)
		}
		for _, i := range l.Order() {
			c := &l.People[i]
			order = append(order, c.Number)
			if c.Seat == OwnSeat {
				passed = append(passed, c.Number)
			}
			if score := want.Final[c.Number]; score == nil && l.Score(c) != "" || score != nil && l.Score(c) != *score {
				t.Errorf("%s: final of %s is %q, want %v", v.ID, c.Number, l.Score(c), score)
			}
			if got := l.DecidedBy(c); want.DecidedBy != "" && got != want.DecidedBy && (c.Number == want.Order[v.Seats-1] || c.Number == want.Order[v.Seats]) {
				t.Errorf("%s: %s was decided by %q, want %q", v.ID, c.Number, got, want.DecidedBy)
			}
		}
		if !slices.Equal(order, want.Order) || !slices.Equal(passed, want.Passed) || !slices.Equal(asked, want.Unresolved) {
			t.Errorf("%s: order %v, passed %v, asked %v, want %+v", v.ID, order, passed, asked, want)
		}
	}
}

func TestStatusVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			ID, Stage, Need, Expect string
			RuleSet                 string `json:"rule_set"`
			Input                   struct {
				Scores                             scoring.Scores
				Disqualified, Ineligible, Withdrew bool
				InCut                              bool `json:"in_cut"`
				SKBAbsent                          bool `json:"skb_absent"`
				Seated                             string
			}
		}
	}
	vectors(t, "status.json", &file)
	if len(file.Vectors) != 20 {
		t.Fatalf("%d vectors, want X1 to X20", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		rs, in := rules(t, v.RuleSet), v.Input
		l := listing(t, rs, Formation{Code: "f", Need: v.Need})
		var s Standing
		for _, f := range []struct {
			set  bool
			flag Flag
		}{{in.Disqualified, Disqualified}, {in.Ineligible, Ineligible}, {in.Withdrew, Withdrew}, {in.Scores == nil || in.SKBAbsent, Absent}} {
			if f.set {
				s.Flag = Flags(s.Flag, f.flag)
			}
		}
		if in.Scores != nil {
			p := points(t, rs, in.Scores)
			s.Missed = !l.bars[0].Passed(&p)
		}
		stage := BasicStage
		if v.Stage == "final" {
			stage = FinalStage
			s.Seat = map[string]Seat{"": Unseated, "own": OwnSeat, "other_need": OtherNeed, "other_place": OtherPlace}[in.Seated]
		} else if in.InCut && !s.Missed {
			s.Seat = Shortlisted
		}
		if got := Status(&rs.Codes, stage, s); got != v.Expect {
			t.Errorf("%s: %s, want %s", v.ID, got, v.Expect)
		}
	}
}

func TestOptimiseVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			ID         string
			Steps      []scoring.Step
			Formations []struct {
				ID, Job, Education, Place, Need string
				Seats                           int
			}
			Candidates []struct {
				ID, Formation, Final string
				MeetsGeneral         bool `json:"meets_general"`
			}
			Expect struct {
				Placed  map[string]string
				MovedBy map[string]string `json:"moved_by"`
				Vacant  []string
			}
		}
	}
	vectors(t, "optimise.json", &file)
	if len(file.Vectors) != 7 {
		t.Fatalf("%d vectors, want O1 to O7", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		rs := *rules(t, "skd-2024")
		rs.Optimisation.Steps = v.Steps
		var formations []Formation
		at := make(map[string]int32)
		for i, f := range v.Formations {
			at[f.ID] = int32(i)
			formations = append(formations, Formation{Code: f.ID, Post: f.Job, Education: f.Education, Placement: f.Place, Need: f.Need, Seats: f.Seats})
		}
		l := listing(t, &rs, formations...)
		l.Stage = FinalStage
		for _, c := range v.Candidates {
			p := scoring.Points{60, 60, 166} // meets the special needs' thresholds only
			if c.MeetsGeneral {
				p = scoring.Points{100, 120, 200}
			}
			l.People = append(l.People, Candidate{Number: c.ID, Formation: at[c.Formation], Points: p, Born: int32(len(l.People)), final: decimal(t, c.Final)})
		}
		l.judge()
		l.rank()
		l.Optimise()
		placed, moved, empty := make(map[string]string), make(map[string]string), make(map[string]int)
		for _, f := range formations {
			empty[f.Code] = f.Seats
		}
		for i := range l.People {
			if c := &l.People[i]; c.At >= 0 {
				placed[c.Number] = l.codes[c.At]
				empty[l.codes[c.At]]--
			}
		}
		for _, m := range l.Moves {
			moved[m.Number] = m.Step
		}
		var vacant []string
		for _, f := range formations {
			if empty[f.Code] > 0 {
				vacant = append(vacant, f.Code)
			}
		}
		if !maps.Equal(placed, v.Expect.Placed) || !maps.Equal(moved, v.Expect.MovedBy) || !slices.Equal(vacant, v.Expect.Vacant) || len(l.Questions) > 0 {
			t.Errorf("%s: placed %v, moved %v, vacant %v, asked %v, want %+v", v.ID, placed, moved, vacant, l.Questions, v.Expect)
		}
	}
}
