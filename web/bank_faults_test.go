package web

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
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
	elsewhere := map[string]bool{"Check": true, "uneven": true, "check": true, "twice": true, "validate": true}
	found := 0
	for _, file := range []string{"validate.go", "draft.go", "markup.go", "figure.go", "author.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), "../questionbank/"+file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && !elsewhere[f.Name.Name] {
				for _, words := range saidIn(f) {
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

// saidIn are the sentences that a function reports.
func saidIn(f *ast.FuncDecl) (all []string) {
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
		if name != "fault" && name != "optionFault" && name != "add" && name != "problem" {
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
			if strings.Contains(words, " ") && !strings.HasPrefix(words, "option %s") && !strings.HasPrefix(words, "figure %s") {
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
