package main

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
)

// periksa runs the public verifier on a folder.
func periksa(tb testing.TB, binary, dir string) (said string, sound bool) {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), binary, dir).CombinedOutput()
	return string(out), err == nil
}

func builtPeriksa(tb testing.TB) string { return built(tb, "../periksa") }

// Anybody finds, in the public export alone and with the small verifier, what was changed of
// results, ranks, lists and log, also where the authority itself has signed the change.
func TestAnybodyCanCheckThePublicExport(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 60, 110)
	export, binary := h.exported(t, true), builtPeriksa(t)
	said, sound := periksa(t, binary, export)
	t.Log(said)
	if !sound || strings.Contains(said, "places in 0 formations") {
		t.Fatal("the export is not sound, or its list was not decided again")
	}
	keys, err := node.ReadLogKeys(h.keyPath + ".log")
	if err != nil {
		t.Fatal(err)
	}
	list := ""
	for _, name := range []string{"lists"} {
		found, err := filepath.Glob(filepath.Join(export, name, "*.json"))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		list = name + "/" + filepath.Base(found[0])
	}
	row := regexp.MustCompile(`(?m)^([^,\n]+,[^,]+,[^,]+,[^,]*),(\d+),(\d+),(\d+),(\d+),(\w+),(\d+),(.*)$`)
	for _, c := range []struct{ name, file, words, find, put string }{
		{"a score with its total", "results.csv", "the log has", `,(\d)(\d),(\d+),(\d+),(\d+),meets`, ``},
		{"a rank", "results.csv", "the keys give", `,(meets|misses),1,`, `,$1,2,`},
		{"a row left out", "results.csv", "which has no row", `(?m)^[^\n]*,misses,[^\n]*\n`, ``},
		{"somebody else's number", "results.csv", "another number", `(?m)^([^,]*)(\d),([^\n]*,(?:meets|misses),\d+,)`, `${1}X,$3`},
		{"a fingerprint", "results.csv", "the fingerprint is", `,[0-9a-f]{8}([0-9a-f]{56}),`, `,00000000$1,`},
		{"a code", "results.csv", "released last has no such row", `(?m),P/L$`, `,P`},
		{"a number's salt", "results.csv", "another number", `(?m)^([^\n]*,(?:meets|misses),\d+,[^,\n]+,[0-9a-f]{64}),[0-9a-f]+,`, `$1,,`},
		{"points kept back", "results.csv", "the row has none", `(?m)^([^,\n]+,[^,]+,[^,]+,[^,]*),\d+,\d+,\d+,\d+,(?:meets|misses),\d+,`, `$1,,,,,TMS,,`},
		{"a sitting", "results.csv", "at sitting sesi-2, the log has", `,sesi-1,([^\n]*,(?:meets|misses),\d+,)`, `,sesi-2,$1`},
		{"a site", "results.csv", "in an earlier row at", `,kota-lama,sesi-1,`, `,kota-baru,sesi-1,`},
		{"a formation", "results.csv", "applied for arsiparis, results.csv has penyuluh", `,arsiparis,`, `,penyuluh,`},
		{"a result that is to be sat again, which nobody granted", "results.csv", "the fingerprint is", `,sesi-1,([^,]*),\d+,\d+,\d+,\d+,(?:meets|misses),\d+,([^,]+),[0-9a-f]+,`, `,sesi-2,$1,,,,,TH,,$2,,`},
		{"a list", list, "no such list", `"rank":1,`, `"rank":3,`},
		{"the rules", "ruleset.json", "no such rules", `"TWK": 65`, `"TWK": 60`},
		{"the log", "log/checkpoint", "invalid signature", `\n(\d+)\n`, "\n1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &forger{t, filepath.Join(t.TempDir(), "forged"), keys.Signers[0]}
			f.must(os.CopyFS(f.dir, os.DirFS(export)))
			f.edit(c.file, func(s string) string {
				if c.put == "" && c.find[0] == ',' { // one point from a section to another: the total fits
					return oncePoint(row, s)
				}
				re := regexp.MustCompile(c.find)
				at := re.FindStringIndex(s)
				if at == nil {
					return s
				}
				return s[:at[0]] + re.ReplaceAllString(s[at[0]:at[1]], c.put) + s[at[1]:]
			})
			f.must(evidence.Seal(f.dir, evidence.Manifest{Kind: evidence.Public, Exam: stores.SampleCode, At: "2026-11-26T00:00:00Z"}, f.pen))
			if said, sound := periksa(t, binary, f.dir); sound || !strings.Contains(said, c.words) {
				t.Errorf("want %q, it says\n%s", c.words, said)
			}
		})
	}
	t.Run("another key", func(t *testing.T) {
		_, vkey, err := signing.GenerateKey(rand.Reader, "somebody/else")
		if err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), binary, "--vkey", vkey, export).CombinedOutput(); err == nil || !strings.Contains(string(out), "unverified") && !strings.Contains(string(out), "no verifiable") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// oncePoint moves a point of one row from its second section to its first.
func oncePoint(row *regexp.Regexp, s string) string {
	done := false
	return row.ReplaceAllStringFunc(s, func(line string) string {
		m := row.FindStringSubmatch(line)
		if done || m[3] == "0" {
			return line
		}
		done = true
		return strings.Join([]string{m[1], plus(m[2], 1), plus(m[3], -1), m[4], m[5], m[6], m[7], m[8]}, ",")
	})
}

func plus(n string, d int) string {
	i := 0
	for _, c := range n {
		i = i*10 + int(c-'0')
	}
	return strconv.Itoa(i + d)
}

// The public verifier is short enough to be read, and leans on nothing of ours.
func TestThePublicVerifierStandsAlone(t *testing.T) {
	body, err := os.ReadFile("../periksa/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(body), "\n"); n >= 500 {
		t.Errorf("it has %d lines: an hour is not enough", n)
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "../periksa").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		if pkg != "terang/cmd/periksa" && !strings.HasPrefix(pkg, "golang.org/x/mod/sumdb/") && pkg != "golang.org/x/mod/internal/lazyregexp" {
			t.Errorf("it leans on %s", pkg)
		}
	}
}
