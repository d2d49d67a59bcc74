package proctor

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

const folder = "../testdata/roster"

func open(t testing.TB, name string) *bytes.Reader {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(data)
}

func definition(t testing.TB) *engine.Definition {
	t.Helper()
	def, err := engine.ParseDefinition([]byte(exam))
	if err != nil {
		t.Fatal(err)
	}
	return def
}

func formations(t testing.TB) []Formation {
	t.Helper()
	all, faults := ParseFormations(open(t, "formations.csv"))
	if len(faults) > 0 || len(all) != 2 || all[1].Need != "disability" || all[0].Seats != 3 {
		t.Fatal(all, faults)
	}
	return all
}

func TestARosterIsReadWhole(t *testing.T) {
	people, faults := expected(open(t, "roster.csv"), definition(t), formations(t))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := Person{
		Exam: "skd-2026", Number: "2410-0004", Name: "Nur Hidayat", BirthDate: "2000-07-15", Formation: "pranata-komputer",
		Site: "kupang-2", Sitting: "s1", Seat: "A-4", Accommodation: "blind", ExtraMinutes: 40, Photo: "nur.png",
	}
	if len(people) != 6 || !reflect.DeepEqual(people[3], want) {
		t.Fatalf("%+v", people)
	}
	if p := people[1]; p.BirthDate != "1998-01-31" || p.Seat != "02" {
		t.Fatalf("a date of the country and a seat without zeros: %+v", p)
	}
}

func TestASpreadsheetsRosterIsRead(t *testing.T) {
	people, faults := expected(open(t, "excel.csv"), definition(t), nil)
	if len(faults) > 0 || len(people) != 2 || people[1].Name != "Yohanes Tefa" {
		t.Fatal(people, faults)
	}
}

// A spreadsheet's first line may say what stands between the cells; rows keep their lines.
func TestARosterMaySayItsSeparator(t *testing.T) {
	for _, first := range []string{"sep=;\r\n", "\xef\xbb\xbfSEP=;\n"} {
		file := first + "number;name;birth_date;formation;site\n2410-0001;Sari, S.Pd;31/01/1998;guru-sd;kupang-2\n"
		people, faults := expected(strings.NewReader(file), definition(t), nil)
		if len(faults) > 0 || len(people) != 1 || people[0].Name != "Sari, S.Pd" || people[0].BirthDate != "1998-01-31" {
			t.Errorf("%q: %v %v", first, people, faults)
		}
		_, faults = expected(strings.NewReader(strings.Replace(file, "31/01/1998", "31/1/1998", 1)), definition(t), nil)
		if len(faults) != 1 || faults[0].Row != 3 || !strings.Contains(faults[0].Remedy, "31/01/2000") {
			t.Errorf("%q: %v", first, faults)
		}
	}
}

func TestEveryFaultOfARosterIsNamed(t *testing.T) {
	people, faults := expected(open(t, "faulty.csv"), definition(t), formations(t))
	var got strings.Builder
	for _, f := range faults {
		got.WriteString(f.String() + "\n")
	}
	want, err := os.ReadFile(filepath.Join(folder, "faulty.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if people != nil || got.String() != string(want) {
		t.Fatalf("people %v, faults:\n%s", people, got.String())
	}
}

func TestFaultsOfWholeFiles(t *testing.T) {
	header := "number,name,birth_date,formation,site,sitting\n"
	person := "%d,Sari,1999-02-28,guru-sd,kupang-2,s1\n"
	for name, c := range map[string]struct{ file, fault string }{
		"empty":       {"\n", "the file is empty"},
		"nobody":      {header, "the file names nobody"},
		"latin 1":     {header + "1,Jos\xe9,1999-02-28,guru-sd,kupang-2,s1\n", "row 2: the file is not UTF-8 from here on"},
		"open quote":  {header + "1,\"Sari,1999-02-28,guru-sd,kupang-2,s1\n", "row 2: the row cannot be read"},
		"its line":    {header + "1,Budi,1999-02-28,guru-sd,kupang-2,s1\n2,\"Sari,1999-02-28,guru-sd,kupang-2,s1\n3,Tini,1999-02-28,guru-sd,kupang-2,s1\n", "row 3: the row cannot be read"},
		"a quote":     {header + "1,Sari \"W\",1999-02-28,guru-sd,kupang-2,s1\n2,Budi,1999-02-30,guru-sd,kupang-2,s1\n", "row 3, column birth_date"},
		"no number":   {"name,birth_date,formation,site\nSari,1999-02-28,guru-sd,kupang-2\n", "row 1, column number: the column is missing"},
		"name twice":  {"number,name,name,birth_date,formation,site\n", "column name: the column stands twice"},
		"full room":   {header + strings.Repeat(person, 6), "has 5 seats, and the rows above take all of them"},
		"other words": {"satu,dua\n", "no such column"},
	} {
		t.Run(name, func(t *testing.T) {
			file := c.file
			for i := 1; strings.Contains(file, "%d"); i++ {
				file = strings.Replace(file, "%d", string(rune('0'+i)), 1)
			}
			people, faults := expected(strings.NewReader(file), definition(t), nil)
			named := slices.ContainsFunc(faults, func(f Fault) bool { return strings.Contains(f.String(), c.fault) && f.Remedy != "" })
			if people != nil || !named {
				t.Fatal(people, faults)
			}
		})
	}
}

// A file whose columns have other names is told so, and not once for each of its rows.
func TestAMissingColumnIsToldOnce(t *testing.T) {
	file := "nomor,name,birth_date,formation,site\n" + strings.Repeat("1,Sari,1999-02-28,guru-sd,kupang-2\n", 50) + "51,,1999-02-28,guru-sd,kupang-2\n"
	_, faults := expected(strings.NewReader(file), definition(t), nil)
	if len(faults) != 3 || faults[0].Column != "nomor" || faults[1].Column != "number" || faults[2].Column != "name" || faults[2].Row != 52 {
		t.Errorf("%d faults: %v", len(faults), faults[:min(len(faults), 5)])
	}
}

func TestFaultsOfFormations(t *testing.T) {
	all, faults := ParseFormations(open(t, "formations-faulty.csv"))
	if all != nil || len(faults) != 6 {
		t.Fatalf("%d faults: %v", len(faults), faults)
	}
}

func TestNumbersAreComparedWithoutHyphensAndCase(t *testing.T) {
	for number, want := range map[string]string{
		"2410-0001": "24100001", " ab-1 ": "AB1", "A": "A", "": "", "-": "", "12 3": "", "é1": "", "123456789012345678901": "",
	} {
		if got, ok := NormalNumber(number); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v", number, got, ok)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[A-Za-z0-9-]{0,20}`).Draw(t, "number")
		once, ok := NormalNumber(number)
		if again, _ := NormalNumber(once); ok && again != once {
			t.Fatalf("%q: %q, then %q", number, once, again)
		}
	})
}

func TestACanonicalRosterKnowsNoOrder(t *testing.T) {
	people, _ := expected(open(t, "roster.csv"), definition(t), nil)
	before := Canonical(people)
	slices.Reverse(people)
	people[0].Attempt = "some id"
	if !bytes.Equal(before, Canonical(people)) {
		t.Fatal("another order makes another roster")
	}
	people[2].Name = "Somebody Else"
	if bytes.Equal(before, Canonical(people)) {
		t.Fatal("another name makes the same roster")
	}
}

func FuzzParseRoster(f *testing.F) {
	for _, name := range []string{"roster.csv", "excel.csv", "faulty.csv"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("number;\"name\n"))
	f.Add([]byte("\xff\xfe\x00"))
	def := definition(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		people, faults := expected(bytes.NewReader(data), def, nil)
		if (len(people) > 0) == (len(faults) > 0) {
			t.Fatalf("%d people and %d faults", len(people), len(faults))
		}
		if len(faults) > 0 {
			return
		}
		canonical := Canonical(people)
		again, faults := expected(bytes.NewReader(canonical), def, nil)
		if len(faults) > 0 || !bytes.Equal(Canonical(again), canonical) {
			t.Fatalf("a canonical roster is not read back: %v\n%s", faults, canonical)
		}
	})
}

func FuzzParseFormations(f *testing.F) {
	for _, name := range []string{"formations.csv", "formations-faulty.csv"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if all, faults := ParseFormations(bytes.NewReader(data)); len(all) > 0 && len(faults) > 0 {
			t.Fatal("formations and faults")
		}
	})
}
