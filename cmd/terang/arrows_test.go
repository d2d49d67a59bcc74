package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"terang/engine"
)

const (
	module = "terang/"
	root   = "../.."
)

// founding makes the SQLite journals that tests begin with.
const founding = "engine/storetest/founding"

// adapters stand between the engine and something outside. Only the program chooses
// one, and tests.
var adapters = []string{"engine/memstore", "engine/redisstore", "engine/sqlitejournal", "engine/pgjournal"}

// arrows are the packages of ours that a package may import, by house: a house is a top
// folder with all below it, or one of the folders that stand for themselves.
var arrows = map[string][]string{
	"engine":           {},
	"engine/storetest": {"engine"},
	founding:           {"engine/sqlitejournal"}, // makes files, so it chooses how
	"scoring":          {"engine"},
	"questionbank":     {"engine", "scoring"},
	"proctor":          {"engine"},
	"web":              {"engine", "scoring", "questionbank", "proctor"},
	"testdata":         {},
	"cmd/periksa":      {}, // whoever reads it reads nothing else of ours
	"cmd/terang":       append([]string{"engine", "scoring", "questionbank", "proctor", "web", "testdata"}, adapters...),
}

// forTests is what a test may import beside what its package may.
var forTests = append([]string{"engine/storetest", founding, "testdata"}, adapters...)

// knowHTTP are the houses that may name net/http: the pages, and the program that opens
// their door.
var knowHTTP = []string{"web", "cmd/terang"}

func house(pkg string) string {
	switch {
	case slices.Contains(adapters, pkg) || pkg == "engine/storetest" || pkg == founding || pkg == "cmd/periksa":
		return pkg
	case pkg == "cmd/terang" || strings.HasPrefix(pkg, "cmd/terang/"):
		return "cmd/terang"
	}
	top, _, _ := strings.Cut(pkg, "/")
	return top
}

// source is one Go file of ours and what it imports. The files are parsed, not listed by
// the go tool, so that those of other systems and build tags are read as well.
type source struct {
	file    string // below the root, with slashes
	imports []string
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		parsed, err := parser.ParseFile(files, name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, name)
		s := source{file: filepath.ToSlash(below)}
		for _, i := range parsed.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: import %s: %w", name, i.Path.Value, err)
			}
			s.imports = append(s.imports, imported)
		}
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("read %d Go files below %s: the walk has lost its way", len(all), root)
	}
	return all
}

// faults are the imports that no arrow allows, one line each.
func faults(all []source) []string {
	var wrong []string
	for _, s := range all {
		pkg := path.Dir(s.file)
		from := house(pkg)
		allowed, known := arrows[from]
		if slices.Contains(adapters, from) {
			allowed, known = []string{"engine"}, true
		}
		if !known {
			wrong = append(wrong, s.file+": package "+pkg+" has no place among the arrows: give it one here, or move it")
			continue
		}
		if strings.HasSuffix(s.file, "_test.go") {
			allowed = slices.Concat(allowed, forTests)
		} else if slices.Contains(s.imports, "net/http") && !slices.Contains(knowHTTP, from) {
			wrong = append(wrong, s.file+" imports net/http: only web knows HTTP")
		}
		for _, i := range s.imports {
			ours, is := strings.CutPrefix(i, module)
			if to := house(ours); is && to != from && !slices.Contains(allowed, to) {
				wrong = append(wrong, s.file+" imports "+ours+": no arrow goes from "+from+" to "+to)
			}
		}
	}
	return wrong
}

func TestEveryImportFollowsAnArrow(t *testing.T) {
	for _, wrong := range faults(sources(t)) {
		t.Error(wrong)
	}
}

// A test of the test: each import that matters is put in once, and must be found.
func TestAWrongImportIsFound(t *testing.T) {
	for _, s := range []source{
		{"engine/hall.go", []string{"terang/scoring"}},
		{"engine/hall.go", []string{"terang/engine/memstore"}},
		{"engine/hall.go", []string{"net/http"}},
		{"engine/publiclog/log.go", []string{"terang/proctor"}},
		{"engine/pgjournal/append.go", []string{"terang/engine/sqlitejournal"}},
		{"engine/storetest/journal.go", []string{"terang/engine/memstore"}},
		{"scoring/boards.go", []string{"terang/questionbank"}},
		{"scoring/itemstats/fold.go", []string{"terang/proctor"}},
		{"questionbank/text.go", []string{"terang/web"}},
		{"proctor/desk.go", []string{"terang/scoring"}},
		{"proctor/desk.go", []string{"net/http"}},
		{"web/server.go", []string{"terang/engine/sqlitejournal"}},
		{"web/server_test.go", []string{"terang/cmd/terang/crowd"}},
		{"engine/hall_test.go", []string{"terang/web"}},
		{"util/strings.go", nil},
	} {
		if len(faults([]source{s})) != 1 {
			t.Errorf("%s importing %v: got %q, want one fault", s.file, s.imports, faults([]source{s}))
		}
	}
}

// What a candidate is shown is made of engine.Form. Everything that can be reached from
// it is plain data of package engine: nothing that could hold a key, by name or by being
// an interface, a function or a map that might hold anything.
func TestNoKeyIsReachableFromAForm(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type, where string) []string
	walk = func(rt reflect.Type, where string) (wrong []string) {
		if seen[rt] {
			return nil
		}
		seen[rt] = true
		if p := rt.PkgPath(); p != "" && p != "terang/engine" {
			wrong = append(wrong, where+" is a type of package "+p)
		}
		switch rt.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			wrong = append(wrong, walk(rt.Elem(), where)...)
		case reflect.Struct:
			for f := range rt.Fields() {
				if slices.Contains([]string{"Key", "Value", "Values", "Points", "Score", "Correct", "Answer", "Worth", "Why"}, f.Name) {
					wrong = append(wrong, where+"."+f.Name+" is named like a key")
				}
				wrong = append(wrong, walk(f.Type, where+"."+f.Name)...)
			}
		case reflect.Interface, reflect.Func, reflect.Map, reflect.Chan, reflect.UnsafePointer:
			wrong = append(wrong, where+" is a "+rt.Kind().String()+": it could hold anything")
		}
		return wrong
	}
	for _, wrong := range walk(reflect.TypeFor[engine.Form](), "Form") {
		t.Error(wrong)
	}
	leak := reflect.TypeFor[struct {
		engine.Form
		Keys any
	}]()
	if len(walk(leak, "leak")) == 0 {
		t.Error("a form that carries its keys was not found")
	}
}

// The one file of web that joins bank, plan and key is exam.go; what candidates ask for
// is answered elsewhere, where no Question can be named.
// Beside exam.go, which hands over forms, only the pages of the bank's own people see a Question.
func TestOnlyTheBanksPagesOfWebKnowTheBank(t *testing.T) {
	for _, s := range sources(t) {
		if path.Dir(s.file) == "web" && s.file != "web/exam.go" && !strings.HasPrefix(s.file, "web/bank") && !strings.HasSuffix(s.file, "_test.go") &&
			slices.Contains(s.imports, module+"questionbank") {
			t.Errorf("%s imports questionbank: candidates' handlers must not see a Question; let exam.go hand over an engine.Form", s.file)
		}
	}
}
