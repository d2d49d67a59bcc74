package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/judge"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/web"
)

// documents are what the public reads of all boards, by address and byte for byte: the
// list of boards, and every page of each.
type documents map[string]string

// pageRows are few, so that a small exam's boards have several pages too.
const pageRows = 25

const boardList = "/api/v1/boards"

func pagePath(id string, offset int) string {
	return fmt.Sprintf("%s/%s?offset=%d&limit=%d", boardList, id, offset, pageRows)
}

// publicDocuments reads all boards of a server.
func publicDocuments(tb testing.TB, base string) documents {
	tb.Helper()
	docs := documents{boardList: getBody(tb, base+boardList)}
	var list struct{ Boards []struct{ ID string } }
	if err := json.Unmarshal([]byte(docs[boardList]), &list); err != nil || len(list.Boards) == 0 {
		tb.Fatalf("%s%s: %d boards, %v", base, boardList, len(list.Boards), err)
	}
	for _, b := range list.Boards {
		for offset := 0; ; offset += pageRows {
			path := pagePath(b.ID, offset)
			docs[path] = getBody(tb, base+path)
			if strings.HasSuffix(docs[path], `"rows":[]}`) {
				break
			}
		}
	}
	return docs
}

// foldedDocuments are the same of boards that were folded here; the list is the server's
// own affair, and its counts stand on every page.
func foldedDocuments(exams []*web.Exam) documents {
	docs := make(documents)
	for _, x := range exams {
		for _, b := range x.Boards.List() {
			for offset := 0; ; offset += pageRows {
				body, _, _ := x.Boards.JSON(b.ID, offset, pageRows, "")
				docs[pagePath(b.ID, offset)] = string(body)
				if strings.HasSuffix(string(body), `"rows":[]}`) {
					break
				}
			}
		}
	}
	return docs
}

// pages are the documents without the list.
func (d documents) pages() documents {
	d = maps.Clone(d)
	delete(d, boardList)
	return d
}

// stamp is the only field of a board that is no fold of the journal: until the board is
// final it says when the server last looked, so that a reader sees the data's age. A
// final board's is the instant of the record that made it so.
var stamp = regexp.MustCompile(`"at":"[^"]*"`)

func unstamped(body string) string {
	if strings.Contains(body, `"final":true`) {
		return body
	}
	return stamp.ReplaceAllString(body, `"at":"…"`)
}

// differences lists the documents that are not the same, each with the place at which
// they part.
func differences(got, want documents) []string {
	var out []string
	paths := maps.Clone(got)
	maps.Copy(paths, want)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if at := parting(unstamped(got[path]), unstamped(want[path])); at != "" {
			out = append(out, path+": "+at)
		}
	}
	return out
}

// parting shows where two documents part; "" when they do not.
func parting(got, want string) string {
	if got == want {
		return ""
	}
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	from := max(0, n-80)
	return fmt.Sprintf("byte %d: …%s, want …%s", n, got[from:min(len(got), n+40)], want[from:min(len(want), n+40)])
}

// settledDocuments reads a server's boards when they show what they should, or when they
// have had the time to: boards are published on a tick.
func settledDocuments(tb testing.TB, base string, want documents) documents {
	tb.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(judge.BoardWithin); ; {
		got := publicDocuments(tb, base)
		if len(differences(got.pages(), want)) == 0 {
			return publicDocuments(tb, base) // the list of boards was read before its boards were settled
		}
		if time.Now().After(until) {
			return got
		}
		<-tick.C
	}
}

// identical fails the test unless the documents are the same, byte for byte.
func identical(tb testing.TB, what string, got, want documents) {
	tb.Helper()
	if d := differences(got, want); len(d) > 0 {
		tb.Errorf("%s: %d of %d documents differ\n%s", what, len(d), len(want), strings.Join(d, "\n"))
	}
}

func getBody(tb testing.TB, url string) string {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		tb.Fatalf("read %s: %s, %v\n%s", url, resp.Status, err, body)
	}
	return string(body)
}

// folded waits until nothing more comes, and folds the journal anew.
func (p *place) folded(tb testing.TB) documents {
	tb.Helper()
	var docs documents
	p.reading(tb, func(s *stores.DB, keys *stores.KeyFile) error {
		if _, err := judge.Quiet(tb.Context(), s.Journal); err != nil {
			return err
		}
		exams, err := stores.FoldOnly(tb.Context(), s, keys)
		docs = foldedDocuments(exams)
		return err
	})
	return docs
}

// reading opens the place's stores beside whoever holds them.
func (p *place) reading(tb testing.TB, read func(*stores.DB, *stores.KeyFile) error) {
	tb.Helper()
	keys, err := stores.ReadKeys(p.keys)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := stores.Open(p.journal, false)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := read(s, keys); err != nil {
		tb.Fatal(err)
	}
}

// records are all of the journal, in its order.
func (p *place) records(tb testing.TB) []engine.Record {
	tb.Helper()
	var all []engine.Record
	p.reading(tb, func(s *stores.DB, _ *stores.KeyFile) error {
		return stores.EachEvent(tb.Context(), s.Journal, func(r engine.Record, _ *engine.Event) { all = append(all, r) })
	})
	return all
}

// shown is what somebody was shown of a board, said to be as of a position.
type shown struct {
	by   string // whom, for the report
	seq  engine.Pos
	like func(*scoring.Boards) string // how it differs from boards of that position; "" if it does not
}

// replay folds the journal once more, stops at each position that somebody was shown, and
// compares.
func (p *place) replay(tb testing.TB, seen []shown) {
	tb.Helper()
	slices.SortStableFunc(seen, func(a, b shown) int { return cmp.Compare(a.seq, b.seq) })
	faults := 0
	p.reading(tb, func(s *stores.DB, keys *stores.KeyFile) error {
		x, err := stores.StoredExam(tb.Context(), s, keys, proctor.NewPeople(s.Register), stores.SampleCode, stores.LatestVersion)
		if err != nil {
			return err
		}
		var folds web.Folds
		folds.Add(x.Boards)
		var last engine.Instant
		reach := func(pos engine.Pos) {
			for ; len(seen) > 0 && seen[0].seq < pos; seen = seen[1:] {
				folds.Tick(last)
				if d := seen[0].like(x.Boards); d != "" {
					if faults++; faults <= 5 {
						tb.Errorf("%s: as of %d the journal says otherwise: %s", seen[0].by, seen[0].seq, d)
					}
				}
			}
		}
		err = stores.EachEvent(tb.Context(), s.Journal, func(r engine.Record, e *engine.Event) {
			reach(r.Pos)
			folds.Apply(r, e)
			last = max(last, e.At)
		})
		reach(1 << 62)
		return err
	})
	if faults > 0 {
		tb.Errorf("%d views of a board were not what the journal says", faults)
	}
}
