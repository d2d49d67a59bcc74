package questionbank

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

const goodSVG = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="10" height="10"/></svg>`

const goodItem = `# a comment
== TWK-NAS-001 ==
version: 1
section: TWK
topic: nasionalisme
band: easy
author: Ratna Wulandari
reviewer: Bagus Prakoso

Sebuah soal
yang <b>panjang</b>.

<table><tr><td>1</td><td>2</td></tr></table>

![sebuah persegi](figures/kotak.svg)

a) [0] satu
  dan setengah
b) [5] dua ![persegi lain](figures/kotak.svg)
c) [0] x &lt; 3
why: Karena
dua itu benar.
`

func bankFS(text string) fstest.MapFS {
	return fstest.MapFS{
		"bank/a.bank":            {Data: []byte(text)},
		"bank/figures/kotak.svg": {Data: []byte(goodSVG)},
		"bank/figures/awas.svg":  {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><script/></svg>`)},
		"bank/figures/besar.svg": {Data: []byte(goodSVG + strings.Repeat(" ", maxFigureBytes))},
		"bank/figures/bukan.png": {Data: []byte(goodSVG)},
	}
}

func TestParseReadsAnItem(t *testing.T) {
	b, faults := Parse(bankFS(goodItem), "bank/a.bank")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	q, ok := b.Question("TWK-NAS-001")
	if !ok {
		t.Fatal("the question is not found by its id")
	}
	want := "<p>Sebuah soal yang <b>panjang</b>.</p><table><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
	if q.Stem != want {
		t.Errorf("stem\n got %s\nwant %s", q.Stem, want)
	}
	if q.Figure == nil || q.Figure.Alt != "sebuah persegi" || q.Figure.W != 40 || q.Figure.H != 30 || q.Figure.Type != "image/svg+xml" {
		t.Errorf("figure %+v", q.Figure)
	}
	if q.Rule != Free || q.Lang != "id" || q.Why != "Karena dua itu benar." {
		t.Errorf("rule %q, lang %q, why %q", q.Rule, q.Lang, q.Why)
	}
	var options []string
	for _, o := range q.Options {
		options = append(options, fmt.Sprint(o.ID, o.Value, o.HTML, o.Figure != nil))
	}
	if want := []string{"a0satu dan setengahfalse", "b5duatrue", "c0x &lt; 3false"}; !slices.Equal(options, want) {
		t.Errorf("options %v, want %v", options, want)
	}
	if got := b.Key()["TWK-NAS-001"]; !maps.Equal(got, map[string]int{"a": 0, "b": 5, "c": 0}) {
		t.Errorf("key %v", got)
	}
}

func TestParseNamesEveryFaultWithItsLine(t *testing.T) {
	tests := []struct {
		name, old, new string
		line           int
		what           string
	}{
		{"unknown header key", "band: easy", "level: easy\nband: easy", 6, `"level" is not known`},
		{"double header key", "band: easy", "band: easy\nband: hard", 7, "stands twice"},
		{"no colon", "band: easy", "band: easy\nbanana", 7, "cannot be read"},
		{"missing header", "author: Ratna Wulandari\n", "", 2, "no author"},
		{"unknown band", "band: easy", "band: simple", 6, `band "simple"`},
		{"same reviewer", "Bagus Prakoso", "ratna wulandari", 8, "same person"},
		{"version", "version: 1", "version: one", 3, "not a number"},
		{"version nought", "version: 1", "version: 0", 3, "version 0"},
		{"topic", "topic: nasionalisme", "topic: Nasional Isme", 5, "topic"},
		{"option rule", "band: easy", "band: easy\noptions: any", 7, `option rule "any"`},
		{"id", "== TWK-NAS-001 ==", "== twk ==", 2, `id "twk"`},
		{"heading", "== TWK-NAS-001 ==", "== TWK ==\nversion: 1\n\n=== x", 5, "heading cannot be read"},
		{"element", "<b>panjang</b>", "<blink>panjang</blink>", 11, "<blink> is not on the list"},
		{"attribute", "<table>", `<table onclick="x">`, 13, "onclick"},
		{"unclosed", "<b>panjang</b>", "<b>panjang", 11, "not closed"},
		{"missing figure", "(figures/kotak.svg)\n\na)", "(figures/tiada.svg)\n\na)", 15, "does not exist"},
		{"figure path", "(figures/kotak.svg)\n\na)", "(../kotak.svg)\n\na)", 15, "wrong path"},
		{"figure without alternative", "![sebuah persegi]", "![ ]", 15, "no text alternative"},
		{"active figure", "(figures/kotak.svg)\n\na)", "(figures/awas.svg)\n\na)", 15, "<script>"},
		{"large figure", "(figures/kotak.svg)\n\na)", "(figures/besar.svg)\n\na)", 15, "at most 200000"},
		{"figure type", "(figures/kotak.svg)\n\na)", "(figures/bukan.png)\n\na)", 15, "the name says image/png"},
		{"two figures", "![sebuah persegi](figures/kotak.svg)", "![a](figures/kotak.svg)\n\n![b](figures/kotak.svg)", 17, "two figures"},
		{"figure in a sentence", "Sebuah soal", "Sebuah ![x](figures/kotak.svg) soal", 2, "a figure stands where none can be"},
		{"letters", "c) [0]", "d) [0]", 20, "letter c was expected"},
		{"value", "b) [5]", "b) [five]", 19, `"five" is not a whole number`},
		{"no value", "b) [5] dua", "b) dua", 19, "has no value"},
		{"stray line", "  dan setengah", "dan setengah", 18, "belongs to no option"},
		{"twins", "c) [0] x &lt; 3", "c) [0] satu dan setengah", 20, "reads the same as option a"},
		{"empty option", "c) [0] x &lt; 3", "c) [0]", 20, "it is empty"},
		{"letters in text", "c) [0] x &lt; 3", "c) [0] Jawaban A dan B benar", 20, `"A dan B" depends on the order`},
		{"option named", "c) [0] x &lt; 3", "c) [0] sama dengan pilihan b", 20, `"pilihan b" depends on the order`},
		{"above", "c) [0] x &lt; 3", "c) [0] Semua di atas", 20, `"di atas" depends on the order`},
		{"odd pairs", "band: easy", "band: easy\noptions: pairs", 7, "in pairs, but there are 3"},
		{"lonely enemies", "band: easy", "band: easy\nenemies: musuh", 7, `"musuh"`},
		{"one option", "b) [5] dua ![persegi lain](figures/kotak.svg)\nc) [0] x &lt; 3\n", "", 2, "it has 1 options"},
		{"no text", "Sebuah soal\nyang <b>panjang</b>.\n\n<table><tr><td>1</td><td>2</td></tr></table>\n", "", 2, "there is no text"},
		{"CR LF", "Sebuah soal\n", "Sebuah soal\r\n", 10, "CR LF"},
		{"UTF-8", "Sebuah", "S\xffbuah", 10, "not valid UTF-8"},
		{"hidden character", "Sebuah", "S\u202ebuah", 10, "U+202E"},
		{"line outside", "# a comment", "a remark", 1, "belongs to no question"},
		{"why too early", "a) [0] satu\n  dan setengah\n", "why: x\n", 17, "before the options"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(goodItem, tt.old, tt.new, 1)
			if text == goodItem {
				t.Fatalf("%q is not in the example", tt.old)
			}
			b, faults := Parse(bankFS(text), "bank/a.bank")
			if b != nil {
				t.Fatal("there is a bank in spite of the fault")
			}
			for _, f := range faults {
				if f.Remedy == "" || f.File != "bank/a.bank" {
					t.Errorf("no remedy or file: %+v", f)
				}
			}
			if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Line == tt.line && strings.Contains(f.What, tt.what) }) {
				t.Errorf("want line %d with %q; got\n%v", tt.line, tt.what, faults)
			}
		})
	}
}

func TestParseReportsAllFaultsOfAllFiles(t *testing.T) {
	files := bankFS(strings.Replace(strings.Replace(goodItem, "band: easy", "band: odd", 1), "b) [5]", "b) [x]", 1))
	files["bank/b.bank"] = &fstest.MapFile{Data: []byte(strings.Replace(goodItem, "topic: nasionalisme", "topic: X", 1))}
	files["else/c.bank"] = &fstest.MapFile{Data: []byte(goodItem)}
	b, faults := Parse(files, "bank/a.bank", "bank/b.bank", "else/c.bank", "bank/d.bank")
	if b != nil {
		t.Error("there is a bank in spite of faults")
	}
	for _, want := range []string{
		"bank/a.bank:6: ", "bank/a.bank:19: ", "bank/b.bank:5: ", "bank/b.bank:2: TWK-NAS-001: the id stands twice, also at bank/a.bank:2",
		"bank/d.bank: the file cannot be read", "else/c.bank: it is not in the folder of bank/a.bank",
	} {
		if !slices.ContainsFunc(faults, func(f Fault) bool { return strings.HasPrefix(f.String(), want) }) {
			t.Errorf("no fault begins with %q in\n%v", want, faults)
		}
	}
}

func TestOneMistakeIsReportedOnce(t *testing.T) {
	for _, change := range [][2]string{
		{"author: Ratna Wulandari\n", ""}, {"version: 1", "version: x"}, {"(figures/kotak.svg)\n\na)", "(figures/tiada.svg)\n\na)"},
		{"(figures/kotak.svg)\n\na)", "(figures/awas.svg)\n\na)"}, {"band: easy", "band: odd"}, {"b) [5]", "b) [x]"},
	} {
		if _, faults := Parse(bankFS(strings.Replace(goodItem, change[0], change[1], 1)), "bank/a.bank"); len(faults) != 1 {
			t.Errorf("%q: %d faults, want 1: %v", change[1], len(faults), faults)
		}
	}
}

func TestOptionTextThatOnlySoundsLikeAReferenceIsAllowed(t *testing.T) {
	for _, text := range []string{"Andi dan Budi", "vitamin C", "P dan Q", "golongan darah A", "semua A adalah B", "G dan H", "A"} {
		if phrase, found := RefersToPlace(text, 5); found {
			t.Errorf("%q is refused for %q", text, phrase)
		}
	}
}

func TestCheckComparesWithTheRuleSet(t *testing.T) {
	b, _ := Parse(bankFS(goodItem), "bank/a.bank")
	for _, tt := range []struct {
		name string
		rule SectionRule
		what string
	}{
		{"accepted", SectionRule{"TWK", []int{0, 5}, true}, ""},
		{"unknown section", SectionRule{"TIU", []int{0, 5}, true}, "no section TWK"},
		{"unknown value", SectionRule{"TWK", []int{0, 4}, true}, "no value 5"},
		{"no key", SectionRule{"TWK", []int{0, 5, 7}, true}, "0 options have the value 7"},
		{"graded", SectionRule{"TWK", []int{0, 5, 1}, false}, "2 options have the value 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			faults := Check(b, []SectionRule{tt.rule})
			if tt.what == "" && len(faults) > 0 {
				t.Error(faults)
			}
			if tt.what != "" && !slices.ContainsFunc(faults, func(f Fault) bool { return strings.Contains(f.What, tt.what) && f.Line > 0 }) {
				t.Errorf("%v, want %q", faults, tt.what)
			}
		})
	}
}

// reread parses what Format wrote, in another folder and as one file.
func reread(t interface{ Fatalf(string, ...any) }, b *Bank) *Bank {
	files := fstest.MapFS{"x.bank": {Data: Format(b)}}
	for name, data := range Figures(b) {
		files[name] = &fstest.MapFile{Data: data}
	}
	again, faults := Parse(files, "x.bank")
	if len(faults) > 0 {
		t.Fatalf("the formatted bank has faults: %v\n%s", faults, Format(b))
	}
	return again
}

func checkRoundTrips(t interface{ Fatalf(string, ...any) }, b *Bank) {
	again := reread(t, b)
	if again.Hash() != b.Hash() {
		t.Fatalf("Parse(Format(b)) is another bank\n%s\n%s", b.Encode(), again.Encode())
	}
	decoded, err := DecodeBank(b.Encode())
	if err != nil || decoded.Hash() != b.Hash() {
		t.Fatalf("DecodeBank(Encode(b)): %v", err)
	}
}

func TestFormattedBankReadsBackTheSame(t *testing.T) {
	b, faults := Parse(bankFS(goodItem), "bank/a.bank")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	checkRoundTrips(t, b)
}

func TestAnyBankReadsBackTheSame(t *testing.T) {
	word := rapid.SampledFrom([]string{"kata", "x &lt; y", "<b>tebal</b>", "a)", "a) [5]", "why:", "==", "# x", "&amp;amp;", "H<sub>2</sub>O", "\u00a0", "<br/>",
		`<math display="block"><mi>x</mi></math>`, "<math><mn>2</mn></math>", "![", "&#32;", "é", "  "})
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		for i := range rapid.IntRange(1, 4).Draw(t, "questions") {
			fmt.Fprintf(&text, "== Q-%d ==\nversion: 1\nsection: S\ntopic: t\nband: hard\nauthor: A\nreviewer: B\noptions: fixed\n\n", i)
			for range rapid.IntRange(1, 3).Draw(t, "paragraphs") {
				words := strings.Join(rapid.SliceOfN(word, 1, 5).Draw(t, "words"), " ")
				if rapid.Bool().Draw(t, "explicit") {
					words = "<p>" + words + "</p>"
				}
				text.WriteString(words + "\n\n")
			}
			for k := range rapid.IntRange(2, 10).Draw(t, "options") {
				fmt.Fprintf(&text, "%c) [%d] %d %s\n", 'a'+k, k, k, strings.Join(rapid.SliceOfN(word, 0, 3).Draw(t, "option"), " "))
			}
			fmt.Fprintf(&text, "why: %s\n", strings.Join(rapid.SliceOfN(word, 0, 3).Draw(t, "why"), "\n"))
		}
		b, _ := Parse(bankFS(text.String()), "bank/a.bank")
		if b != nil {
			checkRoundTrips(t, b)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(goodItem)
	f.Add(strings.ReplaceAll(goodItem, "Sebuah soal", "<p>why: x</p>"))
	f.Add("== A ==\n\n\na) [0]\n== A ==")
	f.Fuzz(func(t *testing.T, text string) {
		b, faults := Parse(bankFS(text), "bank/a.bank")
		if (b == nil) == (len(faults) == 0) {
			t.Fatalf("bank %v with %d faults", b != nil, len(faults))
		}
		if b != nil {
			checkRoundTrips(t, b)
		}
	})
}

func TestDecodeBankRefusesOtherBytes(t *testing.T) {
	b, _ := Parse(bankFS(goodItem), "bank/a.bank")
	for name, data := range map[string]string{
		"nothing":       "",
		"another space": strings.Replace(string(b.Encode()), ":", ": ", 1),
		"a fault":       strings.Replace(string(b.Encode()), `"easy"`, `"odd"`, 1),
		"active text":   strings.Replace(string(b.Encode()), "Sebuah", "<script></script>", 1),
		"format":        strings.Replace(string(b.Encode()), bankFormat, "terang/bank/v0", 1),
		"a tail":        string(b.Encode()) + "{}",
	} {
		if got, err := DecodeBank([]byte(data)); err == nil || got != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAByteOrderMarkBeforeABankIsNoFault(t *testing.T) {
	data, err := os.ReadFile("../testdata/bank/twk.bank")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"twk.bank": {Data: append([]byte("\xef\xbb\xbf"), data...)}}
	if bank, faults := Parse(fsys, "twk.bank"); len(faults) > 0 || bank.Len() == 0 {
		t.Error(faults)
	}
}
