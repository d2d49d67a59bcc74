package main

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	signing "golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/publiclog"
)

func verified(tb testing.TB, dir string) *evidence.Report {
	tb.Helper()
	report, err := evidence.Verify(tb.Context(), evidence.Case{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

// forger is somebody who may write everything that the authority writes: each forgery is
// sealed again, with a key of the forger's own.
type forger struct {
	testing.TB
	dir string
	pen signing.Signer
}

// forge copies an export for whoever holds the log's own key.
func forge(tb testing.TB, h *heldSample, export string) *forger {
	tb.Helper()
	keys, err := node.ReadLogKeys(h.keyPath + ".log")
	if err != nil {
		tb.Fatal(err)
	}
	dir := filepath.Join(tb.TempDir(), "forged")
	if err := os.CopyFS(dir, os.DirFS(export)); err != nil {
		tb.Fatal(err)
	}
	return &forger{tb, dir, keys.Signers[0]}
}

func (f *forger) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *forger) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// read is a file as it reads.
func (f *forger) read(name string) string {
	f.Helper()
	body, err := os.ReadFile(f.path(name))
	f.must(err)
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(body))
		f.must(err)
		body, err = io.ReadAll(z)
		f.must(err)
	}
	return string(body)
}

// edit changes a file; one that ends in .gz is changed as it reads.
func (f *forger) edit(name string, change func(string) string) {
	f.Helper()
	body := f.read(name)
	after := change(body)
	if after == body {
		f.Fatalf("nothing of %s was changed", name)
	}
	var out bytes.Buffer
	if strings.HasSuffix(name, ".gz") {
		z := gzip.NewWriter(&out)
		_, err := z.Write([]byte(after))
		f.must(err)
		f.must(z.Close())
	} else {
		out.WriteString(after)
	}
	f.must(os.WriteFile(f.path(name), out.Bytes(), 0o600))
}

// linked makes the chains of a part fit its events again.
func linked(part string) string {
	var out strings.Builder
	var hash engine.Hash
	n := 0
	for line := range strings.Lines(part) {
		switch {
		case strings.HasPrefix(line, "# "):
			hash, n = engine.FirstHash(strings.TrimSpace(line[2:])), 0
		case strings.HasPrefix(line, "= "):
			line = "= " + strconv.Itoa(n) + " " + hex.EncodeToString(hash[:]) + "\n"
		default:
			_, body, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			hash = hash.Chain([]byte(body))
			n++
		}
		out.WriteString(line)
	}
	return out.String()
}

// sealed signs the forgery, with the authority's own key.
func (f *forger) sealed() {
	f.Helper()
	f.must(evidence.Seal(f.dir, evidence.Manifest{Kind: evidence.Auditor, Exam: stores.SampleCode, At: "2026-11-26T00:00:00Z"}, f.pen))
}

// found seals the forgery and expects it to be seen, in that part and by these words.
func (f *forger) found(check, words string) {
	f.Helper()
	f.sealed()
	report := verified(f, f.dir)
	first := report.First()
	if report.Sound() || first.Check != check || !strings.Contains(first.String(), words) {
		f.Errorf("want %q in %s, got\n%s", words, check, report)
	}
}

// rollBack signs the log anew without its last leaves.
func (f *forger) rollBack(leaves int) {
	f.Helper()
	f.relog(func(all [][]byte) [][]byte { return all[:len(all)-leaves] })
}

// enter signs the log anew with one more leaf.
func (f *forger) enter(leaf []byte) {
	f.Helper()
	f.relog(func(all [][]byte) [][]byte { return append(all, leaf) })
}

func (f *forger) relog(change func([][]byte) [][]byte) {
	f.Helper()
	signed, err := os.ReadFile(f.path("log/checkpoint"))
	f.must(err)
	text, _, err := publiclog.Lines(signed)
	f.must(err)
	c, err := publiclog.ParseCheckpoint(text)
	f.must(err)
	var all [][]byte
	for at := int64(0); at < c.N; at += publiclog.Width {
		w := int(min(publiclog.Width, c.N-at))
		body, err := os.ReadFile(f.path("log/" + publiclog.Tile{Level: publiclog.Entries, N: at / publiclog.Width, W: w}.Path()))
		f.must(err)
		some, err := publiclog.ParseBundle(body, w)
		f.must(err)
		all = append(all, some...)
	}
	all = change(all)
	c.Origin, c.N, c.Hash = f.pen.Name(), int64(len(all)), rootOf(f.TB, all)
	again, err := signing.Sign(&signing.Note{Text: c.Text()}, f.pen)
	f.must(err)
	f.must(os.RemoveAll(f.path("log")))
	f.must(evidence.WriteLog(f.dir, again, all))
}

// rootOf is the root of the tree over leaves.
func rootOf(t testing.TB, leaves [][]byte) tlog.Hash {
	t.Helper()
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			out[i] = stored[n]
		}
		return out, nil
	})
	for i, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(i), leaf, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(int64(len(leaves)), read)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// nextDigit changes the last digit of a number.
func nextDigit(s string) string {
	last := len(s) - 1
	return s[:last] + string('0'+(s[last]-'0'+1)%10)
}

var anAnswer = regexp.MustCompile(`(\d+\t\{"v":1,"k":"Answered"[^\n]*"q":3,"c":")(\w)(","item":"[^"]*","o":")(\w+)("[^\n]*\n)`)

// Whoever changes an exam afterwards is found, also with the authority's own pen, and it is
// said what was changed.
func TestAForgeryIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 90, 40)
	export := h.export(t)
	if r := verified(t, export); !r.Sound() {
		t.Fatal(r)
	}
	const part = "streams/00001.gz"
	other := func(answer string) string { // another letter, and the option that stands there or not
		m := anAnswer.FindStringSubmatch(answer)
		letter := "a"
		if m[2] == "a" {
			letter = "b"
		}
		return m[1] + letter + m[3] + m[4] + m[5]
	}
	once := func(re *regexp.Regexp, with func(string) string) func(string) string {
		done := false
		return func(text string) string {
			return re.ReplaceAllStringFunc(text, func(s string) string {
				if done {
					return s
				}
				done = true
				return with(s)
			})
		}
	}
	for _, c := range []struct {
		name, check, words, file string
		change                   func(string) string
	}{
		{"an answer", "attempts", "is not what was hashed", part, once(anAnswer, other)},
		{"an answer, with its chain", "attempts", `at position 3`, part, func(s string) string { return linked(once(anAnswer, other)(s)) }},
		{"a score on a board", "boards", "published was", "boards/" + stores.SampleCode + ".json", once(regexp.MustCompile(`"total":\d+,"meets"`), func(string) string { return `"total":549,"meets"` })},
		{"an event's time", "attempts", "is not what was hashed", part, once(regexp.MustCompile(`"k":"Finished","at":\d+`), nextDigit)},
		{"a dropped event", "attempts", "not what was hashed", part, once(anAnswer, func(string) string { return "" })},
		{"two events in another order", "attempts", "stamped before the version it follows", part, once(regexp.MustCompile(`\n\d+\t[^\n]*"k":"Answered"[^\n]*"q":4,[^\n]*\n\d+\t[^\n]*\n`), func(s string) string {
			two := strings.Split(strings.Trim(s, "\n"), "\n")
			return "\n" + two[1] + "\n" + two[0] + "\n"
		})},
		{"two people's streams", "attempts", "began with the number", part, func(s string) string {
			names := regexp.MustCompile(`# attempt/[^\n]*\n`).FindAllString(s, 2)
			return linked(strings.NewReplacer(names[0], names[1], names[1], names[0]).Replace(s))
		}},
		{"two people's results", "boards", "published was", "boards/" + stores.SampleCode + ".json", func(s string) string {
			rows := regexp.MustCompile(`"number":"[^"]*"`).FindAllString(s, 2)
			return strings.NewReplacer(rows[0], rows[1], rows[1], rows[0]).Replace(s)
		}},
		{"the seed", "export", "not the one whose hash was committed", "seed", func(s string) string { return strings.Repeat("0", 64) + "\n" }},
		{"somebody's number in the roster", "register", "its roster has the SHA-256", "register.jsonl", once(regexp.MustCompile(`"number":"[^"]*`), func(s string) string { return s + "9" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forge(t, h, export)
			f.edit(c.file, c.change)
			f.found(c.check, c.words)
		})
	}
	// With the chains made to fit again, and no board to contradict: the log does.
	answers := regexp.MustCompile(`\d+\t[^\n]*"k":"Answered"[^\n]*\n`)
	for name, change := range map[string]func(string) string{
		"a dropped answer, with its chain": once(answers, func(string) string { return "" }),
		"an answer's time, with its chain": once(regexp.MustCompile(`"k":"Answered","at":\d+`), nextDigit),
	} {
		t.Run(name, func(t *testing.T) {
			f := forge(t, h, export)
			f.must(os.RemoveAll(f.path("boards")))
			f.edit(part, func(s string) string { return linked(change(s)) })
			// Where the answer scored, the lists differ too, and are named first.
			f.sealed()
			if report := verified(f, f.dir); report.Sound() || !regexp.MustCompile(`log: attempt/[^\n]*logged was`).MatchString(report.String()) {
				f.Errorf("want the attempt that differs from the log, got\n%s", report)
			}
		})
	}
	t.Run("the log rolled back", func(t *testing.T) {
		f := forge(t, h, export)
		f.rollBack(20)
		f.found("log", "the log ends before it")
	})
	t.Run("a log of another root", func(t *testing.T) {
		f := forge(t, h, export)
		f.edit("log/checkpoint", once(regexp.MustCompile(`\n\d+\n.`), func(s string) string {
			last := byte('A')
			if s[len(s)-1] == last {
				last = 'B'
			}
			return s[:len(s)-1] + string(last)
		}))
		f.found("log", "invalid signature")
	})
	t.Run("an attempt left out", func(t *testing.T) {
		f := forge(t, h, export)
		f.edit(part, once(regexp.MustCompile(`(?s)# attempt/.*?\n= [^\n]*\n`), func(string) string { return "" }))
		f.found("boards", "published was")
	})
}

// Whose export it is and of which exam stands in what was signed: of another nothing is said.
func TestAnExportOfNobodyTellsNothingOfItself(t *testing.T) {
	t.Parallel()
	export := newHeldSample(t, 1, 1).export(t)
	file := filepath.Join(export, "manifest")
	signed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(signed, []byte("skd"), []byte("skb"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	r := verified(t, export)
	said := r.String()
	if r.Sound() || !strings.HasPrefix(said, "an export that nobody is known to have signed\n") || !strings.Contains(said, "\n  signature: manifest: invalid signature") || strings.Contains(said, "came with it") {
		t.Error(said)
	}
}

// Three hundred exports in each of which one byte is another: every one is found.
func TestNoByteOfAnExportCanBeChanged(t *testing.T) {
	t.Parallel()
	export := newHeldSample(t, 4, 3).export(t)
	var files []string
	size := map[string]int64{}
	var all int64
	if err := filepath.WalkDir(export, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, err := d.Info()
			if err != nil {
				return err
			}
			if info.Size() == 0 { // accounts.jsonl, as nobody of this sample has a name
				return nil
			}
			files = append(files, path)
			size[path] = info.Size()
			all += info.Size()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a choice of bytes
	for i := range 300 {
		// Half of them anywhere in the whole, half in a file drawn first, so that the small count too.
		path, at := files[draw.IntN(len(files))], int64(0)
		if i%2 == 0 {
			at = draw.Int64N(all)
			for _, path = range files {
				if at < size[path] {
					break
				}
				at -= size[path]
			}
		} else {
			at = draw.Int64N(size[path])
		}
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		was := body[at]
		body[at] ^= byte(1 + draw.IntN(255))
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		if verified(t, export).Sound() {
			t.Errorf("byte %d of %s: %#x for %#x is not found", at, filepath.Base(path), body[at], was)
		}
		body[at] = was
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := verified(t, export); !r.Sound() {
		t.Error("after all is as it was:", r)
	}
}
