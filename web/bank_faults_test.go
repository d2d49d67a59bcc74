package web

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"terang/questionbank"
)

// What an author can be told of a draft is said in Indonesian: every sentence that the
// rules of drafts write stands in the table, with the same places in the same order.
func TestFaultsOfADraftAreInIndonesian(t *testing.T) {
	table := map[string]string{}
	if err := json.Unmarshal(faultWords, &table); err != nil {
		t.Fatal(err)
	}
	for en, id := range table {
		if a, b := verb.FindAllString(en, -1), verb.FindAllString(id, -1); strings.Join(a, " ") != strings.Join(b, " ") {
			t.Errorf("%q has the places %v, its translation %v", en, a, b)
		}
	}
	// Rules of whole banks and of rule sets, which no page of a draft shows.
	elsewhere := map[string]bool{"Check": true, "uneven": true, "check": true, "validate": true}
	found := 0
	for _, file := range []string{"validate.go", "draft.go", "markup.go", "figure.go", "author.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), "../questionbank/"+file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && !elsewhere[f.Name.Name] {
				for _, words := range saidIn(f, "fault", "optionFault", "add", "problem") {
					found++
					if table[words] == "" {
						t.Errorf("%s, %s: no Indonesian for %q", file, f.Name.Name, words)
					}
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d sentences found: do the rules still use fault, optionFault, add and problem?", found)
	}
}

// What a file of another program's format can be told is said in Indonesian, too.
func TestFaultsOfAnImportAreInIndonesian(t *testing.T) {
	table := map[string]string{}
	for _, words := range [][]byte{faultWords, rosterWords, importWords} {
		if err := json.Unmarshal(words, &table); err != nil {
			t.Fatal(err)
		}
	}
	for en, id := range table {
		if a, b := verb.FindAllString(en, -1), verb.FindAllString(id, -1); strings.Join(a, " ") != strings.Join(b, " ") {
			t.Errorf("%q has the places %v, its translation %v", en, a, b)
		}
	}
	files, err := filepath.Glob("../questionbank/format/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range saidIn(tree, "Fault", "Warn", "Lose", "fault", "unsupported", "leftOut", "New", "Errorf") {
			found++
			words = strings.TrimSuffix(words, " (option %s)")                                                                               // said apart
			if words = strings.NewReplacer("%w", "%v", "%%", "%").Replace(words); table[words] == "" && words != "write the workbook: %v" { // which no reader of a page meets
				t.Errorf("%s: no Indonesian for %q", file, words)
			}
		}
	}
	if found < 180 {
		t.Errorf("only %d sentences found: do the readers still use Fault and Warn?", found)
	}
	for en, want := range map[string]string{
		`a matching question (= … -> …) cannot be in the bank`:        `soal menjodohkan (= … -> …) tidak dapat masuk bank soal`,
		`"q1": the bank cannot hold an adaptive item, a custom thing`: `"q1": bank soal tidak dapat memuat butir adaptif, a custom thing`,
		`column key: the key "X" names no option`:                     `kolom key: kunci "X" tidak menunjuk pilihan mana pun`,
		`answer 2: the fraction: "x" is not a number`:                 `jawaban 2: fraction: "x" bukan bilangan`,
		`the picture "a.png" is not among the files`:                  `gambar "a.png" tidak ada di antara berkas`,
		`feedback of option b: the text is not valid UTF-8`:           `umpan balik pilihan b: teks bukan UTF-8 yang sah`,
	} {
		if got := faultIn(questionbank.Fault{What: en}, "id").What; got != want {
			t.Errorf("%q is said as %q, want %q", en, got, want)
		}
	}
}

// placed are names of places, which stand before a sentence.
var placed = regexp.MustCompile(`^(column|answer|feedback of option|feedback) ?[%a-z]*$|^, $`)

// saidIn are the sentences that a function reports.
func saidIn(f ast.Node, by ...string) (all []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch fun := call.Fun.(type) {
		case *ast.SelectorExpr:
			name = fun.Sel.Name
		case *ast.Ident:
			name = fun.Name
		}
		if !slices.Contains(by, name) {
			return true
		}
		for _, arg := range call.Args {
			if inner, ok := arg.(*ast.CallExpr); ok && len(inner.Args) > 0 {
				arg = inner.Args[0] // of fmt.Sprintf
			}
			lit, ok := arg.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				continue
			}
			words, _ := strconv.Unquote(lit.Value)
			if strings.Contains(words, " ") && !strings.HasPrefix(words, "option %s") && !strings.HasPrefix(words, "figure %s") && !strings.HasPrefix(words, "option %c") && !placed.MatchString(words) {
				all = append(all, words)
			}
		}
		return true
	})
	return all
}

func TestAFaultKeepsItsWords(t *testing.T) {
	for _, c := range []struct{ what, remedy, want, todo string }{
		{`TWK-1: the band "x \"y\"" is not known`, "write easy, medium or hard", `TWK-1: tingkat kesulitan "x \"y\"" tidak dikenal`, "pilih mudah, sedang atau sulit (easy, medium, hard)"},
		{"TWK-1: option c: it reads the same as option b", "make the options different", "TWK-1: pilihan c: bunyinya sama dengan pilihan b", "bedakan pilihan-pilihannya"},
		{"TWK-1: <span> is not closed (option d)", "write </span> where it ends, in the same paragraph", "TWK-1: <span> tidak ditutup (pilihan d)", "tulis </span> di akhirnya, dalam paragraf yang sama"},
		{"<b/> is not closed in HTML", "write <b></b>", "<b/> tidak tertutup menurut HTML", "tulis <b></b>"},
		{"TWK-1: the id stands twice, also at a.bank:1", "give it an id of its own", "TWK-1: kode ini ada dua, juga di a.bank:1", "beri kodenya sendiri"},
		{"something new", "do it", "something new", "do it"},
	} {
		f := questionbank.Fault{File: "a.bank", Line: 3, What: c.what, Remedy: c.remedy}
		if got := faultIn(f, "id"); got.What != c.want || got.Remedy != c.todo || got.File != "a.bank" || got.Line != 3 {
			t.Errorf("%q; %q, want %q; %q", got.What, got.Remedy, c.want, c.todo)
		}
		if got := faultIn(f, "en"); got != bankFaultJSON(f) {
			t.Errorf("in English: %+v", got)
		}
	}
}
