package selection

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"terang/scoring"
)

const finalHeader = "number,formation,flag,twk,tiu,tkp,skb,academic_kind,academic,birth_date\n"

func read(t testing.TB, rs *scoring.RuleSet, text string, formations ...Formation) (*Listing, string) {
	t.Helper()
	l := listing(t, rs, formations...)
	var said []string
	for _, f := range l.Read(strings.NewReader(text), FinalStage) {
		said = append(said, f.String())
	}
	return l, strings.Join(said, "\n")
}

func TestEveryFaultIsNamedByRowAndColumnAndNobodyIsTaken(t *testing.T) {
	good := "24-1,f,,100,120,200,73.64,ipk,3.50,1998-05-05\n"
	for _, c := range []struct{ name, text, says string }{
		{"a missing component", finalHeader + good + "24-2,f,,100,120,200,,ipk,3.50,1998-05-05\n", "row 3, column skb: the component is missing"},
		{"a column that is missing", "number,formation,twk,tiu,tkp,academic_kind,academic,birth_date\n", "row 1, column skb: the column is missing"},
		{"an unknown column", strings.Replace(finalHeader, "skb", "skb,remark", 1), "row 1, column remark: no such column"},
		{"two rows for a person", finalHeader + good + "241,f,,100,120,200,70,ipk,3.50,1998-05-05\n", "row 3, column number: 241 stands already in row 2"},
		{"a score above the maximum", finalHeader + "24-1,f,,151,120,200,70,ipk,3.50,1998-05-05\n", "row 2, column twk: 151 is no score of TWK; use 0 to 150"},
		{"a mark above the maximum", finalHeader + "24-1,f,,100,120,200,100.01,ipk,3.50,1998-05-05\n", "row 2, column skb: 100.01 is more than the maximum"},
		{"a decimal comma under semicolons", strings.ReplaceAll(finalHeader, ",", ";") + "24-1;f;;100;120;200;73,64;ipk;3.50;1998-05-05\n", `row 2, column skb: "73,64" has a comma`},
		{"a decimal comma under commas", finalHeader + "24-1,f,,100,120,200,73,64,ipk,3.50,1998-05-05\n", "row 2: 11 cells under 10 columns; give each row as many cells as the header; a decimal comma"},
		{"another encoding", finalHeader + "24-1,formas\xed,,100,120,200,70,ipk,3.50,1998-05-05\n", "row 2, column formation: the cell is not UTF-8"},
		{"an unknown formation", finalHeader + "24-1,g,,100,120,200,70,ipk,3.50,1998-05-05\n", `row 2, column formation: there is no formation "g"`},
		{"an unknown flag", finalHeader + "24-1,f,LULUS,100,120,200,70,ipk,3.50,1998-05-05\n", `row 2, column flag: no flag "LULUS"`},
		{"a score of nobody present", finalHeader + "24-1,f,,,120,200,70,ipk,3.50,1998-05-05\n", "row 2, column twk: the score is missing; write the score, or TH"},
		{"a mean of the other kind", finalHeader + "24-1,f,,100,120,200,70,ipk,81.25,1998-05-05\n", "row 2, column academic: 81.25 is no ipk"},
		{"a date that is none", finalHeader + "24-1,f,,100,120,200,70,ipk,3.50,1998-02-30\n", "row 2, column birth_date"},
		{"half a point", finalHeader + "24-1,f,,100.5,120,200,70,ipk,3.50,1998-05-05\n", `row 2, column twk: "100.5" is no score`},
		{"an open quote", finalHeader + good + "24-2,\"f,,100\n24-3,f,,100,120,200,70,ipk,3.50,1998-05-05\n", "row 3: the row cannot be read"},
		{"a quote", finalHeader + "24-1,a\"b\",,100,120,200,70,ipk,3.50,1998-05-05\n24-2,f,,151,120,200,70,ipk,3.50,1998-05-05\n", "row 3, column twk: 151"},
		{"two rows for a person, beside another fault", finalHeader + good + "241,f,,151,120,200,70,ipk,3.50,1998-05-05\n", "row 3, column number: 241 stands already in row 2"},
		{"an empty file", "\n", "the file is empty; the first line names the columns"},
		{"nobody", finalHeader, "the file names nobody"},
	} {
		l, said := read(t, rules(t, "skd-2024"), c.text, Formation{Code: "f", Need: "general", Seats: 1})
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: %q, want %q", c.name, said, c.says)
		}
		if len(l.People) != 0 {
			t.Errorf("%s: %d people were taken", c.name, len(l.People))
		}
	}
	_, said := read(t, rules(t, "skd-2024"), finalHeader+"24-1,f,,151,999,200,7x,ipk,3.50,1998-05-05\n24-2,,,100,120,-1,70,,3.5,\n")
	if n := strings.Count(said, "\n") + 1; n != 7 {
		t.Errorf("%d faults, want all 7:\n%s", n, said)
	}
}

// A carried score of somebody who is on the exam's roster, and so in no row of the file, is
// told as what it is.
func TestACarriedScoreOfSomebodyOnTheRosterIsAFault(t *testing.T) {
	l := listing(t, rules(t, "skd-2024"), Formation{Code: "f", Need: "general", Seats: 1})
	l.People = append(l.People, Candidate{Number: "24-0001"})
	faults := l.Read(strings.NewReader("number,formation,twk,tiu,tkp\n24-2,f,100,120,200\n240001,f,100,120,200\n"), BasicStage)
	if len(faults) != 1 || faults[0].Row != 3 || faults[0].What != "240001 is on the roster of this exam" || len(l.People) != 1 {
		t.Errorf("faults %v, %d people", faults, len(l.People))
	}
}

func TestAnAbsentOneIsWrittenSoAndKeepsNoPlace(t *testing.T) {
	l, said := read(t, rules(t, "skd-2024"), "\xef\xbb\xbf"+finalHeader+
		"24-1,f,,100,120,200,73.64,ipk,3.50,1998-05-05\n24-2,f,TH,100,120,200,,,,\n\n24-3,f,DIS,150,175,225,0,ipk,4.0,1998-05-05\n", Formation{Code: "f", Need: "general", Seats: 2})
	if said != "" {
		t.Fatal(said)
	}
	l.Final()
	var out bytes.Buffer
	if err := l.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := "number,formation,flag,twk,tiu,tkp,skb,academic_kind,academic,birth_date,rank,skd_norm,skd_part,skb_part,final,status,decided_by,seat\n" +
		"24-1,f,,100,120,200,73.64,ipk,3.50,1998-05-05,1,76.364,30.546,44.184,74.730,P/L,,f\n" +
		"24-2,f,TH,,,,,,,,,,,,,TH,,\n" +
		"24-3,f,DIS,150,175,225,0,ipk,4.0,1998-05-05,,,,,,DIS,,\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// Parts of the second stage are data: weights, maxima, minima, and what only has to be passed.
func TestComponentsAreData(t *testing.T) {
	body, err := scoring.Published("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	text := string(body)
	from, to := strings.Index(text, `"steps": [`), strings.Index(text, `"keys": ["FINAL"`)
	text = text[:from] + `"components": [
 {"code": "CAT", "name": "SKB CAT", "max": "500", "weight": "0.60"},
 {"code": "WAWANCARA", "name": "Wawancara", "max": "40", "weight": "0.40", "min": "20"},
 {"code": "SEHAT", "name": "Kesehatan", "eliminating": true}], ` + text[to:]
	rs, err := scoring.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	header := strings.Replace(finalHeader, "skb", "cat,wawancara,sehat", 1)
	l, said := read(t, rs, header+
		"1,f,,100,120,200,377.0,33.3,MS,ipk,3.50,1998-05-05\n2,f,,100,120,200,500,19.9,MS,ipk,3.50,1998-05-05\n3,f,,100,120,200,500,40,TMS,ipk,3.50,1998-05-05\n4,f,DIS,100,120,200,500,,TMS,,,\n",
		Formation{Code: "f", Need: "general", Seats: 2})
	if said != "" {
		t.Fatal(said)
	}
	l.Final()
	var out bytes.Buffer
	if err := l.Write(&out); err != nil {
		t.Fatal(err)
	}
	// 377*100/500 = 75.400 * 0.6 = 45.240; 33.3*100/40 = 83.250 * 0.4 = 33.300; 78.540 * 0.6 = 47.124
	for _, row := range []string{
		"1,f,,100,120,200,377.0,33.3,MS,ipk,3.50,1998-05-05,1,76.364,30.546,75.400,45.240,83.250,33.300,78.540,47.124,77.670,P/L,,f\n",
		"2,f,,100,120,200,500,19.9,MS,ipk,3.50,1998-05-05,,,,,,,,,,,TMS-1,,\n",
		"3,f,,100,120,200,500,40,TMS,ipk,3.50,1998-05-05,,,,,,,,,,,TMS-1,,\n",
		"4,f,DIS,100,120,200,500,,TMS,,,,,,,,,,,,,,DIS,,\n",
	} {
		if !strings.Contains(out.String(), row) {
			t.Errorf("%s is not in\n%s", row, out.String())
		}
	}
	explained := strings.Join(l.Explain(l.Find("1")).English, "\n")
	for _, line := range []string{"cat_norm = r3(377*100/500) = 75.400", "skb = 45.240 + 33.300 = 78.540", "final = 30.546 + 47.124 = 77.670", "Seated in the own formation"} {
		if !strings.Contains(explained, line) {
			t.Errorf("%q is not explained in\n%s", line, explained)
		}
	}
	if said := strings.Join(l.Explain(l.Find("2")).Indonesian, "\n"); !strings.Contains(said, "WAWANCARA: 19.9, kurang dari nilai paling rendah 20") {
		t.Errorf("the minimum is not explained in\n%s", said)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(finalHeader + "24-1,f,,100,120,200,73.64,ipk,3.50,1998-05-05\n"))
	f.Add([]byte("number;formation\n1;\"\n"))
	f.Add([]byte("\xef\xbb\xbf\xff\n"))
	rs := rules(f, "skd-2024")
	f.Fuzz(func(t *testing.T, body []byte) {
		l := listing(t, rs)
		faults := l.Read(bytes.NewReader(body), FinalStage)
		if len(faults) == 0 == (len(l.People) == 0) {
			t.Fatalf("%d faults, %d people", len(faults), len(l.People))
		}
		l.Final()
		if err := l.Write(new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
	})
}

// A placement that is written now so and now so is one place: its empty seat goes first to who
// is of the place, as an agency, a post and an education are the same in capitals.
func TestAPlacementIsOneHoweverItIsWritten(t *testing.T) {
	for _, place := range []string{"Dinas Kesehatan", " DINAS  kesehatan"} {
		l, err := NewListing(all["skd-2021"], []Formation{
			{Code: "gen", Agency: "A", Post: "Dokter", Education: "S1", Placement: "Dinas Kesehatan", Need: "general", Seats: 1},
			{Code: "dis", Agency: "A", Post: "dokter", Education: "S1", Placement: place, Need: "disability", Seats: 1},
			{Code: "far", Agency: "A", Post: "Dokter", Education: "S1", Placement: "Dinas Lain", Need: "general"},
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, of := range []int32{1, 1, 2} {
			c := Candidate{Number: fmt.Sprint("K", i+1), Formation: of, Points: scoring.Points{100, 100, 170}, Born: 19990101}
			written, _ := scoring.ParseWritten("3.5")
			c.setAcademic("ipk", written)
			c.Marks[0] = scoring.Whole([]int{90, 80, 85}[i])
			l.People = append(l.People, c)
		}
		l.Final()
		l.Optimise()
		if len(l.Moves) != 1 || l.Moves[0].Number != "K2" || l.People[1].Seat != OtherNeed {
			t.Errorf("%q: %+v", place, l.Moves)
		}
	}
}
