package selection

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"terang/scoring"
)

// interviewed are rules whose second stage has an assessed interview, a practical test and
// a part that only has to be passed.
func interviewed(t *testing.T) *scoring.RuleSet {
	t.Helper()
	rs, err := withComponents([]map[string]any{
		{"code": "INTERVIEW", "name": "Wawancara", "max": "100", "weight": "0.3", "min": "50", "assessors": 2, "spread": "15"},
		{"code": "PRACTICE", "name": "Praktik kerja", "max": "50", "weight": "0.7"},
		{"code": "HEALTH", "name": "Kesehatan", "eliminating": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// withComponents are the rules of 2024 with components of the second stage.
func withComponents(components []map[string]any) (*scoring.RuleSet, error) {
	body, err := scoring.Published("skd-2024")
	if err != nil {
		return nil, err
	}
	var file map[string]any
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, err
	}
	final := file["final"].(map[string]any)
	delete(final, "steps")
	final["components"] = components
	if body, err = json.Marshal(file); err != nil {
		return nil, err
	}
	return scoring.Parse(body)
}

var everybody = map[string]bool{"241": true, "242": true, "243": true, "244": false}

func marks(t *testing.T, rs *scoring.RuleSet, code, file string) *MarkSheet {
	t.Helper()
	s, faults := ReadMarks(strings.NewReader(file), rs, code, everybody)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return s
}

// Every fault of a sheet is named by its row and column, and then there is no sheet.
func TestMarksNameEveryFault(t *testing.T) {
	rs := interviewed(t)
	for _, c := range []struct {
		name, code, file string
		want             []string
	}{
		{"marks of assessors", "INTERVIEW", "number;assessor_a;assessor_b;flag\n24-1;80,5;70;\n242;101;70;\n24-2;60;60;\n99-9;60;60;\n24-3;60;;\n24-4;;;HILANG\n", []string{
			`row 2, column assessor_a: "80,5" has a comma`, "row 3, column assessor_a: 101 is more than the maximum; use 0 to 100",
			"row 4, column number: 24-2 stands already in row 3", `row 5, column number: nobody of this exam has the number "99-9"`,
			"row 6: 1 assessors have marked, the rule set wants at least 2", `row 7, column flag: no flag "HILANG"`,
		}},
		{"too few assessors", "INTERVIEW", "number,mark\n24-1,80\n", []string{"row 1, column mark: the rule set wants the marks of at least 2 assessors"}},
		{"a mark that is missing", "PRACTICE", "number,mark\n24-1,\n24-2,0\n", []string{"row 2, column mark: the mark is missing; write the mark, or TH"}},
		{"above the maximum", "PRACTICE", "number,mark\n24-1,50.000000001\n", []string{"row 2, column mark: 50.000000001 is more than the maximum; use 0 to 50"}},
		{"no verdict", "HEALTH", "number,result\n24-1,MS\n24-2,OK\n", []string{`row 3, column result: "OK" says neither`}},
		{"wrong encoding", "PRACTICE", "number,mark,flag\n24-1,50,\xe9\n", []string{"row 2, column flag: the cell is not UTF-8; save the file as CSV UTF-8"}},
		{"a component of no rule", "ESSAY", "number,mark\n24-1,50\n", []string{`has no component "ESSAY"; use one of INTERVIEW, PRACTICE, HEALTH, ACADEMIC`}},
		{"a column of no rule", "PRACTICE", "number,nilai\n24-1,50\n", []string{"column nilai: no such column", "column mark: the column is missing", "row 2, column mark: the mark is missing"}},
		{"a scale of the other kind", "ACADEMIC", "number,academic_kind,academic,birth_date\n24-1,ipk,81,1998-02-30\n", []string{"row 2, column academic: 81 is no ipk", `column birth_date: "1998-02-30" is no date`}},
		{"nobody", "PRACTICE", "number,mark\n", []string{"the file names nobody"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, faults := ReadMarks(strings.NewReader(c.file), rs, c.code, everybody)
			if s != nil || len(faults) != len(c.want) {
				t.Fatalf("%d faults, want %d: %v", len(faults), len(c.want), faults)
			}
			for i, want := range c.want {
				if !strings.Contains(faults[i].String(), want) {
					t.Errorf("%s\nwant %s", faults[i], want)
				}
			}
		})
	}
}

// Assessors' marks are kept as they came in, their mean is exact and rounded once, and who
// differ by more than the limit are listed.
func TestAssessorsAreKeptAndCompared(t *testing.T) {
	rs := interviewed(t)
	s := marks(t, rs, "INTERVIEW", "number,assessor_a,assessor_b,assessor_c,flag\n24-3,,,,TH\n24-1,80,75.5,78,\n24-2,60,,90.25,\n")
	body, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeMarks(body)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Rows[0]; got.Number != "24-1" || got.Mark.String() != "77.833" || strings.Join(got.Marks, "/") != "80/75.5/78" {
		t.Errorf("24-1 is %+v", got)
	}
	if got := again.Rows[1]; got.Mark.String() != "75.125" || strings.Join(got.Marks, "/") != "60//90.25" {
		t.Errorf("24-2 is %+v", got)
	}
	r := again.Review(rs, nil)
	if len(r.Spread) != 1 || !strings.HasPrefix(r.Spread[0], "24-2: 60  90.25 (30.25 > 15)") || r.Flagged != 1 {
		t.Errorf("spread %q, flagged %d", r.Spread, r.Flagged)
	}
	if r.Least.String() != "75.125" || r.Top.String() != "77.833" || r.Mean.String() != "76.479" {
		t.Errorf("least %s, mean %s, most %s", r.Least, r.Mean, r.Top)
	}
}

func TestReviewNamesOutliersAndChanges(t *testing.T) {
	rs := interviewed(t)
	who, file := map[string]bool{}, "number,mark\n"
	for i := range 20 {
		who[fmt.Sprint(100+i)] = true
		file += fmt.Sprintf("%d,%d\n", 100+i, 30+i%4)
	}
	was, faults := ReadMarks(strings.NewReader(file), rs, "PRACTICE", who)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	is, faults := ReadMarks(strings.NewReader(strings.Replace(file, "103,33\n", "103,50\n", 1)), rs, "PRACTICE", who)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	is.Rows = is.Rows[:19] // and somebody is gone
	r := is.Review(rs, was)
	if !slices.Equal(r.Outliers, []string{"103: 50"}) || !slices.Equal(r.Changed, []string{"103: 33 → 50", "119: 33 → —"}) {
		t.Errorf("outliers %q, changed %q", r.Outliers, r.Changed)
	}
	if r := was.Review(rs, was); len(r.Outliers)+len(r.Changed) > 0 {
		t.Errorf("of the same sheet: outliers %q, changed %q", r.Outliers, r.Changed)
	}
}

// threeGoOn is a decided shortlist of one formation: 24-1 to 24-3 go on, 24-4 does not.
func threeGoOn(t *testing.T, rs *scoring.RuleSet) *Listing {
	t.Helper()
	l, err := NewListing(rs, []Formation{{Code: "analis", Need: "general", Seats: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for i, points := range []scoring.Points{{100, 120, 200}, {95, 120, 200}, {90, 120, 200}, {85, 120, 200}} {
		l.People = append(l.People, Candidate{Number: fmt.Sprintf("24-%d", i+1), Points: points, Born: 19980531})
	}
	if err := l.Shortlist(); err != nil {
		t.Fatal(err)
	}
	return l
}

// The final from released sheets is the final of one sheet with the same marks, row for row.
func TestJoinIsTheFinalOfOneSheet(t *testing.T) {
	rs := interviewed(t)
	l := threeGoOn(t, rs)
	left, faults := l.Join([]*MarkSheet{
		marks(t, rs, "INTERVIEW", "number,assessor_a,assessor_b,flag\n24-1,40,45,\n24-2,80,75,\n24-3,90,90,\n24-4,99,99,\n"),
		marks(t, rs, "PRACTICE", "number,mark,flag\n24-1,50.0,\n24-2,43.21,\n24-3,,TH\n"),
		marks(t, rs, "HEALTH", "number,result,flag\n24-1,MS,\n24-2,MS,\n24-3,,TH\n"),
		marks(t, rs, AcademicSheet, "number,academic_kind,academic\n24-1,ipk,3.50\n24-2,ipk,3.25\n24-3,school_mean,81.5\n"),
	})
	if len(faults) > 0 || !slices.Equal(left, []string{"INTERVIEW 24-4"}) {
		t.Fatalf("left %q, faults %v", left, faults)
	}
	l.Final()

	one, err := NewListing(rs, l.Formations)
	if err != nil {
		t.Fatal(err)
	}
	file := `number,formation,flag,twk,tiu,tkp,interview,practice,health,academic_kind,academic,birth_date
24-1,analis,,100,120,200,42.5,50.0,MS,ipk,3.50,1998-05-31
24-2,analis,,95,120,200,77.5,43.21,MS,ipk,3.25,1998-05-31
24-3,analis,TH,90,120,200,,,,,,1998-05-31
`
	if faults := one.Read(strings.NewReader(file), FinalStage); len(faults) > 0 {
		t.Fatal(faults)
	}
	one.Final()
	for i := range 2 {
		a, b := l.cells(nil, &l.People[i]), one.cells(nil, &one.People[i])
		if !slices.Equal(a, b) {
			t.Errorf("joined %q\nof one sheet %q", a, b)
		}
	}
	if a, b := l.Status(&l.People[2]), one.Status(&one.People[2]); a != b || a != rs.Codes.Absent {
		t.Errorf("who was absent at the practice is %q, %q in one sheet", a, b)
	}
	if got := l.Status(&l.People[0]); got != rs.Codes.Eliminated { // 42.5 of at least 50
		t.Errorf("24-1 is %q, want %q", got, rs.Codes.Eliminated)
	}
}

// What is missing is named person by person, and then nothing is joined.
func TestJoinNamesWhatIsMissing(t *testing.T) {
	rs := interviewed(t)
	l := threeGoOn(t, rs)
	l.People[2].Born = 0
	stale := marks(t, rs, "HEALTH", "number,result\n24-1,MS\n24-2,MS\n24-3,MS\n")
	stale.RuleSet = strings.Repeat("0", 64)
	_, faults := l.Join([]*MarkSheet{marks(t, rs, "PRACTICE", "number,mark\n24-1,50\n24-3,41\n"), stale})
	var got []string
	for _, f := range faults {
		got = append(got, f.Column+": "+f.What)
	}
	want := []string{
		"practice: the sheet has no row for 24-2", "health: the sheet was read under another rule set, 000000000000",
		"interview: no sheet was released", "academic: no sheet was released", "birth_date: no birth date of 24-3 is known",
	}
	if !slices.Equal(got, want) {
		t.Errorf("faults %q\nwant %q", got, want)
	}
	if len(l.People) != 4 {
		t.Errorf("%d people are left of 4", len(l.People))
	}
}

func TestTheRuleSetSaysWhoAssesses(t *testing.T) {
	_, err := withComponents([]map[string]any{{"code": "ORAL", "max": "10", "weight": "1", "spread": "11"}})
	if err == nil || !strings.Contains(err.Error(), "ORAL: spread is 11, of 10") {
		t.Errorf("a spread above the maximum: %v", err)
	}
	_, err = withComponents([]map[string]any{{"code": "ORAL", "max": "10", "weight": "1", "assessors": 21}})
	if err == nil || !strings.Contains(err.Error(), "ORAL: assessors is 21: use 0 to 20") {
		t.Errorf("more assessors than a sheet has columns for: %v", err)
	}
}

func FuzzMarks(f *testing.F) {
	f.Add("number,mark\n24-1,80\n")
	f.Add("number;assessor_a;assessor_b;flag\n24-1;80;70;TH\n")
	f.Fuzz(func(t *testing.T, file string) {
		rs := interviewed(t)
		for _, code := range []string{"INTERVIEW", "PRACTICE", "HEALTH", AcademicSheet} {
			s, faults := ReadMarks(strings.NewReader(file), rs, code, everybody)
			if (s == nil) != (len(faults) > 0) {
				t.Fatalf("%s: a sheet %v with faults %v", code, s, faults)
			}
			if s == nil {
				continue
			}
			for _, row := range s.Rows {
				if part, _ := partOf(rs, code); row.Mark.Decimal > part.Max {
					t.Fatalf("%s: %+v is more than %s", code, row, part.Max)
				}
			}
		}
	})
}
