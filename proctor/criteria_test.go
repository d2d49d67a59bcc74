package proctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

var testRules = &CriteriaRules{
	Fields: []Criterion{{"rule_set.id", "skd-2024"}, {"threshold.general.TWK", "65"}},
	Formation: func(f Formation) error {
		if f.Need == "athlete" {
			return errors.New("the rule set has no such need")
		}
		return nil
	},
}

func places(faults []Fault) (list []string) {
	for _, f := range faults {
		list = append(list, fmt.Sprintf("%d %s", f.Row, f.Column))
	}
	return list
}

func TestEveryFaultOfAPublishedTableHasItsPlace(t *testing.T) {
	def := &engine.Definition{
		Sites:    []engine.SiteDef{{Code: "barat", Zone: "Asia/Jayapura"}},
		Sittings: []engine.SittingDef{{Code: "s1", Site: "barat", Start: "2026-11-22T08:00"}, {Code: "s2", Site: "barat", Start: "2026-11-26T08:00"}},
	}
	formations := func(file string) []Fault {
		_, faults := parseFormationTable(strings.NewReader(file), testRules)
		return faults
	}
	criteria := func(file string) []Fault {
		_, faults := parseCriteriaTable(strings.NewReader(file), testRules)
		return faults
	}
	calendar := func(file string) []Fault {
		_, faults := parseCalendarTable(strings.NewReader(file), def)
		return faults
	}
	const head = "code,agency,post,education,placement,need,seats\n"
	for _, c := range []struct {
		what  string
		read  func(string) []Fault
		file  string
		wants []string
	}{
		{"formations", formations, head + "a,X,Y,,,general,1\nA,X,Y,,,athlete,x\nb,,Y,,,nothing,1\n", []string{"3 code", "3 seats", "3 need", "4 agency", "4 need"}},
		{"formations that a spreadsheet would compute", formations, head + "a,X,Y,=1+1,@SUM(A1),general,1\nb,X,Y,-,,general,1\nc,X,Y,S-1,-2+3,general,1\n", []string{"2 education", "2 placement", "4 placement"}},
		{"formations as JSON, counted from the first object", formations, `[{"code":"a","agency":"X","post":"Y","education":"","placement":"","need":"general","seats":1},{"code":"b","agency":"X","post":"Y","education":"","placement":"","need":"athlete","seats":-1}]`, []string{"2 seats", "2 need"}},
		{"broken JSON", formations, `[{"code":`, []string{"0 "}},
		{"criteria", criteria, "field,value\nrule_set.id,skd-2023\nthreshold.general.TIU,80\nnote.a,\nnote.b,ok\nnote.b,ok\n", []string{"0 field", "2 value", "3 field", "4 value", "6 field"}},
		{"calendar", calendar, "code,step,from,to,title\nujian,sittings,2026-11-22,2026-11-20,\nx,holiday,22-11-2026,,\ny,other,2026-11-22,2026-11-22T08:00+07:00,\n", []string{"2 to", "3 step", "3 from", "4 title", "4 to"}},
		{"calendar out of order, with a sitting on no named day", calendar, "code,step,from,to\nrilis,release,2026-11-01,\nujian,sittings,2026-11-22,2026-11-23\n", []string{"0 from", "2 from"}},
		{"calendar without sittings", calendar, "code,step,from\nrilis,release,2026-11-01\n", []string{"0 step"}},
	} {
		if got := places(c.read(c.file)); !slices.Equal(got, c.wants) {
			t.Errorf("%s: faults at %q, want %q\n%v", c.what, got, c.wants, c.read(c.file))
		}
	}
}

// Whatever changes between two tables, the changes lead from one to the other.
func TestChangesLeadFromOneVersionToTheNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) *Criteria {
			c := &Criteria{Part: PartFormations, Columns: []string{"code", "post", "seats"}}
			for _, code := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID).Draw(t, label) {
				c.Rows = append(c.Rows, []string{code, rapid.SampledFrom([]string{"x", "y"}).Draw(t, "post"), rapid.SampledFrom([]string{"0", "1", "2"}).Draw(t, "seats")})
			}
			return c
		}
		was, is := draw("was"), draw("is")
		state := map[string][]string{}
		for _, row := range was.Rows {
			state[row[0]] = slices.Clone(row)
		}
		for _, one := range is.Compare(was) {
			switch one.Kind {
			case RowRemoved:
				delete(state, one.Row)
			case RowNew:
				cells := strings.Split(one.Is, " · ")
				state[one.Row] = append([]string{one.Row}, cells...)
			default:
				i := slices.Index(was.Columns, one.Column)
				if state[one.Row][i] != one.Was {
					t.Fatalf("%v, but it was %s", one, state[one.Row][i])
				}
				state[one.Row][i] = one.Is
			}
		}
		if len(state) != len(is.Rows) {
			t.Fatalf("%v, want %v", state, is.Rows)
		}
		for _, row := range is.Rows {
			if !slices.Equal(state[row[0]], row) {
				t.Fatalf("%v, want %v", state[row[0]], row)
			}
		}
	})
}

func FuzzPublishedTables(f *testing.F) {
	f.Add("code,agency,post,education,placement,need,seats\na,X,Y,,,general,1\n")
	f.Add(`[{"field":"rule_set.id","value":"skd-2024"},{"field":"threshold.general.TWK","value":65}]`)
	f.Add("code,step,from,to\nujian,sittings,2026-11-22,2026-11-23T08:00+07:00\n")
	def := &engine.Definition{}
	f.Fuzz(func(t *testing.T, file string) {
		for part, read := range map[Part]func() (*Criteria, []Fault){
			PartFormations: func() (*Criteria, []Fault) { return parseFormationTable(strings.NewReader(file), testRules) },
			PartCriteria:   func() (*Criteria, []Fault) { return parseCriteriaTable(strings.NewReader(file), testRules) },
			PartCalendar:   func() (*Criteria, []Fault) { return parseCalendarTable(strings.NewReader(file), def) },
		} {
			c, faults := read()
			if (c == nil) == (len(faults) == 0) {
				t.Fatalf("%s: a table and faults exclude each other: %v %v", part, c, faults)
			}
			if c == nil {
				continue
			}
			// What was published reads back as it was, and its hash stays.
			again, err := DecodeCriteria(part, c.Bytes())
			if err != nil || string(again.Bytes()) != string(c.Bytes()) {
				t.Fatalf("%s: %v: %q", part, err, c.Bytes())
			}
		}
	})
}
