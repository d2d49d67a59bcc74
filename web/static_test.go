package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"strings"
	"testing"
)

// The worst machine in the room: what a page may cost, as transferred.
func TestPagesStayWithinTheirBudgets(t *testing.T) {
	p, err := newPages()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []struct {
		area   string
		sheets []string
		budget int
	}{
		{"candidate", []string{"tokens.css", "flow.css", "candidate.css"}, 40_000},
		{"board", []string{"tokens.css", "board.css"}, 60_000},
		{"readiness", []string{"tokens.css", "flow.css", "readiness.css"}, 40_000},
		{"approvals", []string{"tokens.css", "staff.css", "approvals.css"}, 40_000},
		{"station", []string{"tokens.css", "station.css", "staff.css"}, 60_000},
		{"bank", []string{"tokens.css", "candidate.css", "staff.css", "bank.css"}, 60_000}, // beside its vendored renderer of formulas
	} {
		sum := 0
		for name, f := range p.files {
			if strings.HasPrefix(name, page.area+"/") && strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".test.js") {
				sum += len(f.small())
			}
		}
		for _, name := range page.sheets {
			sum += len(p.files[name].small())
		}
		t.Logf("%s: %d bytes of %d", page.area, sum, page.budget)
		if sum > page.budget {
			t.Errorf("%s costs %d bytes, %d are allowed", page.area, sum, page.budget)
		}
	}
}

func TestLeanKeepsWhatRuns(t *testing.T) {
	in := "// a comment\n  let x = 1; // stays\n\n/** doc\n * more\n */\nlet s = '// no';\n/* one */\n  f(x /* y */);\n"
	want := "let x = 1; // stays\nlet s = '// no';\nf(x /* y */);\n"
	if got := string(lean([]byte(in))); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// A vendored file is the one that its checksum names: nobody has touched it since.
func TestVendoredFilesAreWhatTheyWere(t *testing.T) {
	sums, err := fs.Glob(staticFiles, "static/vendor/*.sha256")
	if err != nil || len(sums) == 0 {
		t.Fatal("no checksums", err)
	}
	for _, name := range sums {
		text, err := fs.ReadFile(staticFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		want, file, _ := strings.Cut(strings.TrimSpace(string(text)), "  ")
		body, err := fs.ReadFile(staticFiles, "static/vendor/"+file)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s has another checksum than %s says", file, name)
		}
	}
}
