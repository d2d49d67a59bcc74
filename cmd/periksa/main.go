// Command periksa checks the public export of an exam: that its results are those which the
// public log holds, that nothing was left out, and that ranks and the list of who goes on
// follow from them by the published rules. It is one file, to be read in an hour, and uses
// nothing but Go's own library and golang.org/x/mod/sumdb: its hash tree and signed notes.
//
//	periksa [--vkey KEY] FOLDER   exit code 0: all fits; 1: what does not is named; 2: a wrong call
//
// The folder holds:
//
//	manifest            signed note: lines "SHA256 SIZE PATH" of every other file
//	log.vkey            the key of the log, which signed the manifest too
//	ruleset.json        the rules, whose hash was logged before the exam
//	formations.json     formations with posts and places
//	results.csv         a row for everybody who was expected; status is by the thresholds, code by the list
//	lists/SHA256.json   lists of results that were published
//	log/                the log's signed checkpoint, and its entries in bundles (C2SP tlog-tiles)
//
// What it can not check, because it is nobody's business: names, needs, birth dates, answers. So
// a status is checked against the thresholds of the general need; lists have those of the own.
// Neither log nor lists name the site of a sitting, or the formation of who is on no list.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	vkey := flag.String("vkey", "", "the log's key as the authority published it; without it the key in the folder")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	c := &check{dir: flag.Arg(0), files: make(map[string][]byte), places: make(map[string]int)}
	if err := c.all(*vkey); err != nil {
		fmt.Fprintln(os.Stderr, "BERBEDA / DIFFERS:", err)
		os.Exit(1)
	}
	fmt.Println("COCOK / SOUND")
}

// check is a folder under examination.
type check struct {
	dir    string
	key    note.Verifiers
	exam   string
	files  map[string][]byte // as they were signed
	leaves []leaf            // of this exam
	rules  rules
	places map[string]int // of the next stage, by formation
	rows   []*row
	moves  []int64 // entries by which somebody was given another sitting
}

// all makes the checks in their order; the first that fails ends them.
func (c *check) all(vkey string) error {
	if vkey == "" {
		text, _ := os.ReadFile(filepath.Join(c.dir, "log.vkey"))
		vkey = string(text)
		fmt.Println("note: the key came with the folder; --vkey names the one that the authority published")
	}
	v, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	c.key = note.VerifierList(v)
	for _, step := range []func() error{c.manifest, c.log, c.claims, c.results, c.ranks, c.lists} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func sum(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// signed reads a note that the key has signed, and that holds nothing else.
func (c *check) signed(name string, body []byte) ([]string, error) {
	n, err := note.Open(body, c.key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	bits, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	if err != nil || name == "manifest" && string(body) != fmt.Sprintf("%s\n— %s %s\n", n.Text, n.Sigs[0].Name, base64.StdEncoding.EncodeToString(bits)) {
		return nil, fmt.Errorf("%s: it holds more than what was signed", name)
	}
	return strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n"), nil
}

func (c *check) manifest() error {
	body, err := os.ReadFile(filepath.Join(c.dir, "manifest"))
	lines, fault := c.signed("manifest", body)
	if err = errors.Join(err, fault); err != nil {
		return err
	}
	if len(lines) < 4 || lines[0] != "terang export 1" || lines[1] != "kind public" {
		return fmt.Errorf("manifest: this is no public export")
	}
	c.exam = strings.TrimPrefix(lines[2], "exam ")
	for _, line := range lines[4:] {
		f := strings.SplitN(line, " ", 3)
		if len(f) != 3 || !filepath.IsLocal(f[2]) {
			return fmt.Errorf("manifest: %q is not hash, size and path", line)
		}
		body, _ := os.ReadFile(filepath.Join(c.dir, filepath.FromSlash(f[2]))) // what is not there has another hash
		if sum(body) != f[0] || strconv.Itoa(len(body)) != f[1] {
			return fmt.Errorf("%s: it is not the file that was signed", f[2])
		}
		c.files[f[2]] = body
	}
	fmt.Printf("exam %s, export made %s: %d files as signed\n", c.exam, lines[3], len(c.files))
	return nil
}

// leaf is an entry of the log, as far as it is looked at here.
type leaf struct {
	Kind, Exam, Act, Attempt, Sitting, Status, Fingerprint string
	Hash                                                   string // of a document
	Number, Sealed                                         string // SHA-256(salt || participant number); of scores, where an exam shows none
	Version                                                int
	Scores                                                 []coded
	at                                                     int64 // the entry's number
}

// coded are numbers by the code of a section, or of a formation.
type coded struct {
	Code, Section       string
	Max, Points, Places int
}

const bundle = 256 // entries of a full file
func (c *check) log() error {
	lines, err := c.signed("log/checkpoint", c.files["log/checkpoint"]) // origin, size, root
	if err != nil || len(lines) < 3 {
		return fmt.Errorf("checkpoint of %d lines: %w", len(lines), err)
	}
	size, _ := strconv.ParseInt(lines[1], 10, 64) // of what is no number the root is another
	var stored []tlog.Hash                        // the tree's hashes, in the order in which tlog makes them
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			out[i] = stored[n]
		}
		return out, nil
	})
	for at := int64(0); at < size; {
		width := min(bundle, size-at)
		body := c.files[strings.Replace(tlog.Tile{H: 8, L: -1, N: at / bundle, W: int(width)}.Path(), "tile/8/data", "log/tile/entries", 1)]
		for range width {
			if len(body) < 2 || len(body)-2 < int(binary.BigEndian.Uint16(body)) {
				return fmt.Errorf("log: entry %d is cut off", at)
			}
			entry := body[2 : 2+int(binary.BigEndian.Uint16(body))]
			body = body[2+len(entry):]
			l := leaf{at: at}
			hashes, err := tlog.StoredHashes(at, entry, reader)
			if err = errors.Join(err, json.Unmarshal(entry, &l)); err != nil {
				return fmt.Errorf("log: entry %d: %w", at, err)
			}
			stored = append(stored, hashes...)
			if l.Exam == c.exam {
				c.leaves = append(c.leaves, l)
			}
			at++
		}
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil || root.String() != lines[2] {
		return fmt.Errorf("log: its %d entries have the root %v, the checkpoint was signed over %s", size, root, lines[2])
	}
	fmt.Printf("log: %d entries under the signed root, %d of this exam\n", size, len(c.leaves))
	return nil
}

// rules are the parts of ruleset.json that decide ranks and thresholds.
type rules struct {
	Sections    []coded
	RankingKeys []string `json:"ranking_keys"` // TOTAL, a section, or sections joined by +
	Shortlist   struct{ Mode string }
	Thresholds  map[string]struct {
		Total    int
		Sections map[string]int
		PerPost  []string `json:"per_post"` // sections whose minimum the post sets itself
		Groups   []struct {
			Sections []string
			Min      int
		}
	}
	Codes struct{ Passed, Shortlisted, Missed string }
}

// row is a line of results.csv, or of a list.
type row struct {
	Number, Formation, Status string
	Rank                      int   // 0: takes no place
	Scores                    []int // by section, in the order of the rules; nil: none is public

	line                                            int
	site, sitting, attempt, fingerprint, salt, code string // of results.csv alone
	logged                                          *leaf  // the newest of its attempt
	repeats                                         bool   // that stands no more, and nothing in its place
}

func (r *row) differs(format string, args ...any) error {
	return fmt.Errorf("results.csv row %d, number %s: %s", r.line, r.Number, fmt.Sprintf(format, args...))
}

func (c *check) claims() error {
	var formations []coded
	sites := make(map[string]string) // by sitting
	for name, to := range map[string]any{"ruleset.json": &c.rules, "formations.json": &formations} {
		if err := json.Unmarshal(c.files[name], to); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if !slices.ContainsFunc(c.leaves, func(l leaf) bool { return l.Kind == "rules" && l.Hash == sum(c.files["ruleset.json"]) }) {
		return fmt.Errorf("ruleset.json: the log has no such rules for exam %s", c.exam)
	}
	for _, f := range formations {
		c.places[f.Code] = f.Places
	}
	lines, err := csv.NewReader(strings.NewReader(string(c.files["results.csv"]))).ReadAll()
	if err != nil {
		return fmt.Errorf("results.csv: %w", err)
	}
	for n, line := range lines[min(1, len(lines)):] {
		f := make(map[string]string)
		for i, name := range lines[0] {
			f[name] = line[i]
		}
		r := &row{line: n + 2, attempt: f["attempt"], Number: f["number"], site: f["site"], sitting: f["sitting"], Formation: f["formation"], Status: f["status"], fingerprint: f["fingerprint"], salt: f["salt"], code: f["code"]}
		if at, known := sites[r.sitting]; known && at != r.site {
			return r.differs("sitting %s is at site %s, and in an earlier row at %s", r.sitting, r.site, at)
		}
		sites[r.sitting] = r.site
		r.Rank, _ = strconv.Atoi(f["rank"])
		for _, s := range c.rules.Sections {
			points, err := strconv.Atoi(f[s.Code])
			switch {
			case f["total"] == "": // none is public
			case err != nil || points < 0 || points > s.Max:
				return r.differs("%s is %q, of at most %d", s.Code, f[s.Code], s.Max)
			default:
				r.Scores = append(r.Scores, points)
			}
		}
		if total := c.value(r.Scores, "TOTAL"); r.Scores != nil && f["total"] != strconv.Itoa(total) {
			return r.differs("the total is %s, its sections make %d", f["total"], total)
		}
		c.rows = append(c.rows, r)
	}
	return nil
}

// results: each is the one that was logged when the attempt was over, or made anew after the
// last annulment; and no attempt that was logged is missing.
func (c *check) results() error {
	last := make(map[string]*leaf) // by attempt
	for i := range c.leaves {
		switch l := &c.leaves[i]; {
		case l.Kind == "attempt":
			last[l.Attempt] = l
		case l.Kind == "rescored" && last[l.Attempt] != nil && last[l.Attempt].Fingerprint == l.Fingerprint:
			last[l.Attempt].Scores = l.Scores
		case l.Kind == "act" && l.Act == "relocate":
			c.moves = append(c.moves, l.at)
		}
	}
	opened := slices.ContainsFunc(c.rows, func(r *row) bool { return r.salt != "" }) // else numbers are masked
	for _, r := range c.rows {
		l := last[r.attempt]
		delete(last, r.attempt)
		salt, err := hex.DecodeString(r.salt)
		r.logged, r.repeats = l, l != nil && r.Scores == nil && r.sitting != l.Sitting && c.moved(l.at)
		switch {
		case r.attempt == "":
			continue // never finished
		case l == nil:
			return r.differs("the log has no result of attempt %s, or another row has it", r.attempt)
		case l.Fingerprint != r.fingerprint && !(r.repeats && r.fingerprint == ""), l.Sitting != r.sitting && !r.repeats:
			return r.differs("the fingerprint is %s at sitting %s, the log has %s at %s", r.fingerprint, r.sitting, l.Fingerprint, l.Sitting)
		case err != nil || opened && sum(append(salt, r.Number...)) != l.Number:
			return r.differs("attempt %s was logged for another number", r.attempt)
		case r.Scores == nil && r.Status != "" && l.Status == "finished" && l.Sealed == "" && !r.repeats:
			return r.differs("the log has points, the row has none")
		case r.Scores == nil || l.Sealed != "":
			continue
		case len(l.Scores) != len(r.Scores):
			return r.differs("the log has %d sections", len(l.Scores))
		}
		for _, s := range l.Scores {
			if c.value(r.Scores, s.Section) != s.Points {
				return r.differs("the log has %d points of %s, not those", s.Points, s.Section)
			}
		}
	}
	for attempt := range last {
		return fmt.Errorf("results.csv: the log has a result of attempt %s, which has no row", attempt)
	}
	fmt.Printf("results: %d rows, as they were logged\n", len(c.rows))
	return nil
}

// moved says whether somebody was given another sitting after an entry. To sit again at it is the
// only reason why a result counts no more. Each time is taken for one row.
func (c *check) moved(entry int64) bool {
	i := slices.IndexFunc(c.moves, func(at int64) bool { return at > entry })
	if i >= 0 {
		c.moves = slices.Delete(c.moves, i, i+1)
	}
	return i >= 0
}

// meets says whether scores meet the thresholds of the general need, or of any if there is none;
// whether they miss them; and whether they fall short of those of any need at all.
func (c *check) meets(scores []int) (meets, misses, short bool) {
	_, known := c.rules.Thresholds["general"]
	for need, t := range c.rules.Thresholds {
		ok := c.value(scores, "TOTAL") >= t.Total
		for code, least := range t.Sections {
			ok = ok && c.value(scores, code) >= least
		}
		for _, g := range t.Groups {
			ok = ok && c.value(scores, strings.Join(g.Sections, "+")) >= g.Min
		}
		counts := !known || need == "general"
		short = short || !ok || len(t.PerPost) > 0
		meets, misses = meets || counts && ok, misses || counts && (!ok || len(t.PerPost) > 0)
	}
	return meets, misses, short
}

// value is what scores have at one key: TOTAL, a section, or sections joined by +.
func (c *check) value(scores []int, key string) (points int) {
	for i, s := range c.rules.Sections {
		if i < len(scores) && (key == "TOTAL" || slices.Contains(strings.Split(key, "+"), s.Code)) {
			points += scores[i]
		}
	}
	return points
}

// above orders scores by the ranking keys, the better first; 0: equal in all of them.
func (c *check) above(a, b []int) int {
	for _, key := range c.rules.RankingKeys {
		if d := c.value(b, key) - c.value(a, key); d != 0 {
			return d
		}
	}
	return 0
}

// ranked sorts and returns competition ranks: 1, 2, 2, 4.
func ranked[T any](all []T, above func(a, b T) int) []int {
	slices.SortStableFunc(all, above)
	ranks := make([]int, len(all))
	for i := range all {
		ranks[i] = i + 1
		if i > 0 && above(all[i-1], all[i]) == 0 {
			ranks[i] = ranks[i-1]
		}
	}
	return ranks
}

// ranks: each status follows from the thresholds, and everybody with a score and no code against
// it takes the place that the keys give.
func (c *check) ranks() error {
	var placed []*row
	for _, r := range c.rows {
		meets, misses, _ := c.meets(r.Scores)
		switch {
		case r.Scores != nil && (r.Status == "meets" && meets || r.Status == "misses" && misses):
			placed = append(placed, r)
		case r.Scores != nil && (r.Status == "meets" || r.Status == "misses"):
			return r.differs("%q does not follow from the thresholds", r.Status)
		case r.Rank != 0:
			return r.differs("rank %d with status %q", r.Rank, r.Status)
		}
	}
	for i, rank := range ranked(placed, func(a, b *row) int { return c.above(a.Scores, b.Scores) }) {
		if placed[i].Rank != rank {
			return placed[i].differs("rank %d, the keys give %d", placed[i].Rank, rank)
		}
	}
	return nil
}

func (c *check) lists() error {
	byNumber, newest, roster, stands := make(map[string]*row), 0, int64(0), ""
	for _, r := range c.rows {
		byNumber[r.Number] = r
	}
	made, released := make(map[string]int64), make(map[string]bool) // the entry of a list's freeze
	for _, l := range c.leaves {
		switch {
		case l.Kind == "annulled":
			newest = max(newest, l.Version)
		case l.Kind == "list" && l.Act == "frozen":
			made[l.Hash] = l.at
		case l.Kind == "roster" && l.Act == "loaded":
			roster = l.at
		case l.Kind == "list" && l.Act == "released":
			released[l.Hash], stands = true, l.Hash
		}
	}
	for path, body := range c.files {
		if !strings.HasPrefix(path, "lists/") {
			continue
		}
		if !released[sum(body)] {
			return fmt.Errorf("%s: the log has no such list among those that were released", path)
		}
		if err := c.list(body, byNumber, newest, roster, made[sum(body)], stands == sum(body)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if i := slices.IndexFunc(c.rows, func(r *row) bool { return r.code != "" }); i >= 0 {
		return c.rows[i].differs("the code is %q, and the list that was released last has no such row", c.rows[i].code)
	}
	return nil
}

// list checks one list, made at an entry, and strikes off the codes that results.csv has of the one
// that stands. Its scores are those of today's results, if nothing became of them after it was made.
func (c *check) list(body []byte, results map[string]*row, newest int, roster, made int64, stands bool) error {
	var l struct {
		Stage   string
		Version int    // how many annulments are in it
		Rules   string `json:"rule_set_sha256"`
		Rows    []*row
	}
	if err := json.Unmarshal(body, &l); err != nil || l.Rules != sum(c.files["ruleset.json"]) {
		return fmt.Errorf("it was made under other rules, or cannot be read")
	}
	passed, named := make(map[string][]*row), make(map[string]bool) // by formation; by number
	for _, r := range l.Rows {
		result := results[r.Number]
		_, _, short := c.meets(r.Scores)
		switch {
		case result == nil:
			return fmt.Errorf("number %s is not among the results", r.Number)
		case l.Version == newest && r.Scores != nil && !result.repeats && (result.logged == nil || result.logged.at < made) && !slices.Equal(r.Scores, result.Scores):
			return fmt.Errorf("number %s has %v, results.csv has %v", r.Number, r.Scores, result.Scores)
		case r.Scores != nil && len(r.Scores) != len(c.rules.Sections):
			return fmt.Errorf("number %s has %d scores", r.Number, len(r.Scores))
		case r.Scores != nil && !short && r.Status == c.rules.Codes.Missed && l.Stage == "shortlist":
			return fmt.Errorf("number %s is %s, and meets the thresholds of every need", r.Number, r.Status)
		case stands && roster < made && r.Formation != result.Formation:
			return fmt.Errorf("number %s applied for %s, results.csv has %s", r.Number, r.Formation, result.Formation)
		case stands && result.code == r.Status:
			result.code = ""
		}
		named[r.Number] = true
		if r.Status == c.rules.Codes.Passed || r.Status == c.rules.Codes.Shortlisted {
			passed[r.Formation] = append(passed[r.Formation], r)
		}
	}
	for number, r := range results {
		if stands && (r.Scores != nil || r.attempt != "" && r.Status == "") && !named[number] {
			return fmt.Errorf("number %s has a result, and is not on it", number)
		}
	}
	if stands && roster > made {
		fmt.Println("note: the roster was loaded after the list was made: formations may have been corrected, and are not compared")
	}
	if l.Stage != "shortlist" || c.rules.Shortlist.Mode != "multiple" {
		fmt.Printf("list: %d rows of stage %q; only a shortlist by one multiple is decided again\n", len(l.Rows), l.Stage)
		return nil
	}
	for formation, group := range passed {
		for i, rank := range ranked(group, func(a, b *row) int { return c.above(a.Scores, b.Scores) }) {
			// Who equals the last has the same rank, and goes on too.
			want := map[bool]string{true: c.rules.Codes.Shortlisted, false: c.rules.Codes.Passed}[rank <= c.places[formation]]
			if r := group[i]; r.Rank != rank || r.Status != want {
				return fmt.Errorf("formation %s, number %s: rank %d and %s, the rules give %d and %s", formation, r.Number, r.Rank, r.Status, rank, want)
			}
		}
	}
	fmt.Printf("list: %d rows, places in %d formations decided again\n", len(l.Rows), len(passed))
	return nil
}
