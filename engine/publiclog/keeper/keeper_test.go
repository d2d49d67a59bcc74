package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/sqlitejournal"
)

// hall is a journal with exams and people, whose records go to every node of the test.
type hall struct {
	t       *testing.T
	db      *sqlitejournal.DB
	now     engine.Instant
	streams map[string]*tip
	nodes   []*node
}

// node is a keeper with how far it has read the journal.
type node struct {
	*Keeper
	hall *hall
	pos  engine.Pos
}

var testSalts = publiclog.NewSalts([]byte("salts of the tests, 32 bytes ...."))

func newHall(t *testing.T) *hall {
	t.Helper()
	db, err := sqlitejournal.Open(filepath.Join(t.TempDir(), "log.db"), sqlitejournal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &hall{t: t, db: db, now: 1795658400000, streams: make(map[string]*tip)}
}

// direct writes straight to the journal.
type direct struct{ engine.Journal }

func (d direct) Append(r engine.Run) (engine.Outcome, error) {
	all, err := d.Journal.Append(context.Background(), []engine.Run{r})
	if err != nil {
		return engine.Outcome{}, err
	}
	return all[0], nil
}

// marks counts an answer "b" as five points of TWK; each annulment adds one for item 7.
type marks struct{ hidden bool }

func (m marks) Mark(s *Sheet, annulments int) ([]publiclog.Score, bool, error) {
	points := 0
	s.Answers(func(_ int, item, option string) {
		if option == "b" {
			points += 5
		}
		if item == "TWK-007" {
			points += annulments
		}
	})
	return []publiclog.Score{{Section: "TWK", Points: points}, {Section: "TIU"}}, !m.hidden, nil
}

func logKeys(t *testing.T, seed byte) (note.Signer, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)), "ujian.example.go.id/log")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return s, vkey
}

// node adds a node that has read nothing yet.
func (h *hall) node(name string) *node {
	signer, vkey := logKeys(h.t, 1)
	n := &node{hall: h, Keeper: New(Parts{
		Register: h.db, Writer: direct{h.db}, Salts: testSalts, Marker: marks{}, Signers: []note.Signer{signer}, Vkeys: []string{vkey},
		Version: "v1", Node: name, Now: func() engine.Instant { return h.now }, Log: slog.New(slog.DiscardHandler),
	})}
	h.nodes = append(h.nodes, n)
	return n
}

// hear reads what is new in the journal.
func (n *node) hear() {
	n.hall.t.Helper()
	for {
		records, err := n.hall.db.Tail(context.Background(), n.pos, 100)
		if err != nil {
			n.hall.t.Fatal(err)
		}
		if len(records) == 0 {
			return
		}
		for _, r := range records {
			e, err := engine.Decode(r.Body)
			if err != nil {
				n.hall.t.Fatal(err)
			}
			n.Apply(r, &e)
			n.pos = r.Pos
		}
	}
}

// step lets time pass, and the node hear and do what there is.
func (n *node) step() error {
	n.hall.now = n.hall.now.Add(SignEvery)
	n.hear()
	err := n.Step(context.Background())
	n.hear()
	return errors.Join(err, n.follow(context.Background()))
}

// settle steps until nothing is due.
func (n *node) settle() {
	n.hall.t.Helper()
	for range 10 {
		if err := n.step(); err != nil {
			n.hall.t.Fatal(err)
		}
		if _, due := n.Size(); due == 0 {
			return
		}
	}
	n.hall.t.Fatal("the log does not come to rest")
}

// record appends events to a stream.
func (h *hall) record(stream string, events ...engine.Event) {
	h.t.Helper()
	at := h.streams[stream]
	if at == nil {
		at = &tip{hash: engine.FirstHash(stream)}
		h.streams[stream] = at
	}
	for i := range events {
		if events[i].At == 0 {
			events[i].At = h.now
		}
		h.now++
	}
	records := engine.Link(stream, at.n, at.hash, events)
	o, err := direct{h.db}.Append(engine.Run{Stream: stream, Records: records})
	if err != nil || o.Conflict {
		h.t.Fatal(o, err)
	}
	at.n, at.hash = records[len(records)-1].N, records[len(records)-1].Hash
}

const (
	one = "0197a3c4-5b6d-7e8f-9a0b-000000000001"
	two = "0197a3c4-5b6d-7e8f-9a0b-000000000002"
)

var digest = strings.Repeat("ab", 32)

// define makes an exam with one sitting.
func (h *hall) define(code string, rehearsal bool) {
	h.record("exam/"+code,
		engine.Event{Kind: engine.ExamDefined, By: "siti.admin", Text: digest, On: rehearsal},
		engine.Event{Kind: engine.RuleSetFixed, By: "siti.admin", Act: "skd-2024", Text: digest},
		engine.Event{Kind: engine.PlanMade, By: "siti.admin", Plan: digest, Text: digest},
		engine.Event{Kind: engine.SeedCommitted, By: "siti.admin", Seed: digest},
		engine.Event{Kind: engine.RosterLoaded, By: "siti.admin", Text: digest, MS: 2},
	)
	h.record("sitting/"+code+".sesi-1",
		engine.Event{Kind: engine.SittingPlanned, By: "siti.admin", From: h.now, MS: 6_000_000},
		engine.Event{Kind: engine.CheckinOpened, By: "budi.pengawas"},
		engine.Event{Kind: engine.SittingStarted, By: "budi.pengawas", From: h.now})
}

// sits lets somebody answer the first n items, "b" each time, and finish.
func (h *hall) sits(exam, attempt, number string, n int) {
	h.record("attempt/"+attempt,
		engine.Event{Kind: engine.CheckedIn, By: "wati.verifikator", Sitting: exam + ".sesi-1", Seat: "A-01", Pin: digest},
		engine.Event{Kind: engine.Started, By: "engine", From: h.now, MS: 6_000_000, Number: number})
	for q := 1; q <= n; q++ {
		h.record("attempt/"+attempt, engine.Event{Kind: engine.Answered, By: "candidate", Q: q, C: "a", Item: fmt.Sprintf("TWK-%03d", q), Option: "b"})
	}
	h.record("attempt/"+attempt, engine.Event{Kind: engine.Finished, By: "candidate", Why: "self"})
}

// leaves are all that the log has, read as anybody reads them.
func (n *node) all() (out []publiclog.Leaf) {
	n.hall.t.Helper()
	size, _ := n.Size()
	for _, tile := range publiclog.Tiles(0, size) {
		if tile.Level != publiclog.Entries {
			continue
		}
		bundle, err := n.Tile(context.Background(), tile)
		if err != nil {
			n.hall.t.Fatal(err)
		}
		leaves, err := publiclog.ParseBundle(bundle, tile.W)
		if err != nil {
			n.hall.t.Fatal(err)
		}
		for _, l := range leaves {
			leaf, err := publiclog.ParseLeaf(l)
			if err != nil {
				n.hall.t.Fatal(err)
			}
			out = append(out, *leaf)
		}
	}
	return out
}

func kinds(leaves []publiclog.Leaf) string {
	var all []string
	for _, l := range leaves {
		all = append(all, strings.Trim(fmt.Sprintf("%s %s", l.Kind, l.Act), " "))
	}
	return strings.Join(all, ", ")
}

func TestWhatIsRecordedIsInTheLogInTheJournalsOrder(t *testing.T) {
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	h.define("gladi", true)
	n.settle()
	h.sits("gladi", two, "26401-110-000002", 2)
	h.sits("skd", one, "26401-110-000001", 3)
	h.record("attempt/"+one, engine.Event{Kind: engine.Reopened, By: "budi.pengawas", Two: "rini.pengawas", Why: "device"},
		engine.Event{Kind: engine.Answered, By: "candidate", Q: 4, C: "c", Item: "TWK-007", Option: "b"},
		engine.Event{Kind: engine.Finished, By: "engine", Why: "deadline"})
	h.record("sitting/skd.sesi-1", engine.Event{Kind: engine.SittingEnded, By: "engine"}, engine.Event{Kind: engine.SittingClosed, By: "budi.pengawas"})
	h.record("exam/skd", engine.Event{Kind: engine.ItemAnnulled, By: "komite.1", Two: "komite.2", Item: "TWK-007", Act: "CREDIT_ALL", Text: digest},
		engine.Event{Kind: engine.ResultsReleased, By: "komite.1", Two: "komite.2", Text: digest})
	h.record("staff/removals", engine.Event{Kind: engine.ExamRemoved, By: "siti.admin", Act: "gladi", MS: 4, Text: digest})
	n.settle()
	leaves := n.all()
	want := "exam, rules, plan, seed, roster loaded, sitting planned, sitting checkin_opened, sitting started, " +
		"key added, software, attempt, act reopen, attempt, sitting ended, sitting closed, annulled credit_all, rescored, list released, act remove"
	if got := kinds(leaves); got != want {
		t.Fatalf("the log has\n%s\nwant\n%s", got, want)
	}
	first, again, rescored := leaves[10], leaves[12], leaves[16]
	if first.Scores[0].Points != 15 || again.Scores[0].Points != 20 || rescored.Scores[0].Points != 21 {
		t.Errorf("points are %v, %v, %v", first.Scores, again.Scores, rescored.Scores)
	}
	if again.Replaces != first.Fingerprint || !first.Replaces.IsZero() || rescored.Fingerprint != again.Fingerprint {
		t.Error("the second leaf does not name what it replaces")
	}
	if first.Fingerprint.IsZero() || leaves[11].Actor.IsZero() || leaves[11].Second.IsZero() || leaves[11].About.IsZero() {
		t.Errorf("a reopening is logged as %+v", leaves[11])
	}
}

// The journal and the keys give the whole log again: every leaf, root and signature.
func TestTheLogIsMadeAgainFromTheJournal(t *testing.T) {
	ctx := context.Background()
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	for i := range 40 {
		h.sits("skd", fmt.Sprintf("0197a3c4-5b6d-7e8f-9a0b-%012d", i), fmt.Sprintf("26401-110-%06d", i), i%9)
		if i%7 == 0 {
			n.settle()
		}
	}
	h.record("exam/skd", engine.Event{Kind: engine.ItemAnnulled, By: "komite.1", Two: "komite.2", Item: "TWK-007", Act: "CREDIT_ALL", Text: digest})
	n.settle()
	before := n.dump()
	head, _, due, err := Remake(ctx, h.db, testSalts, marks{}, Compare(ctx, h.db))
	if size, _ := n.Size(); err != nil || head.Size != size || due != 0 {
		t.Fatalf("%+v, %d due: %v", head, due, err)
	}
	// All rows are lost; a node that starts says so, and does not serve half of it.
	var ids []string
	if err := h.db.List(ctx, KindLeaf, "", func(e engine.Entry) error { ids = append(ids, e.ID); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if err := h.db.Erase(ctx, KindLeaf, id); err != nil {
			t.Fatal(err)
		}
	}
	lost := h.node("b")
	if err := lost.step(); !errors.Is(err, ErrNoLeaves) {
		t.Fatalf("a register without leaves: %v", err)
	}
	if _, err := lost.Checkpoint(ctx); !errors.Is(err, engine.ErrAbsent) {
		t.Errorf("and a checkpoint is served: %v", err)
	}
	if _, _, _, err := Remake(ctx, h.db, testSalts, marks{}, Rebuild(ctx, h.db)); err != nil {
		t.Fatal(err)
	}
	again := h.node("c")
	if err := again.step(); err != nil {
		t.Fatal(err)
	}
	if got := again.dump(); got != before {
		t.Errorf("the log that was made again is another:\n%s\nwas\n%s", got, before)
	}
	// Other salts, or a marker that counts otherwise, are found by the first checkpoint they touch.
	var d *Difference
	if _, _, _, err := Remake(ctx, h.db, publiclog.NewSalts(make([]byte, 32)), marks{}, Compare(ctx, h.db)); !errors.As(err, &d) {
		t.Errorf("other salts: %v", err)
	}
	if _, _, _, err := Remake(ctx, h.db, testSalts, marks{hidden: true}, Compare(ctx, h.db)); !errors.As(err, &d) {
		t.Errorf("another policy: %v", err)
	}
}

// dump is everything that the node serves.
func (n *node) dump() string {
	n.hall.t.Helper()
	size, _ := n.Size()
	signed, err := n.Checkpoint(context.Background())
	if err != nil {
		n.hall.t.Fatal(err)
	}
	out := string(signed)
	for _, tile := range publiclog.Tiles(0, size) {
		b, err := n.Tile(context.Background(), tile)
		if err != nil {
			n.hall.t.Fatal(err)
		}
		out += fmt.Sprintf("%s %x\n", tile.Path(), b)
	}
	return out
}

// Two nodes that are ready to sign in the same moment sign one tree; and when one is gone,
// the other goes on.
func TestOfTwoNodesOneSigns(t *testing.T) {
	ctx := context.Background()
	h := newHall(t)
	a, b := h.node("a"), h.node("b")
	h.define("skd", false)
	for i := range 30 {
		h.sits("skd", fmt.Sprintf("0197a3c4-5b6d-7e8f-9a0b-%012d", i), fmt.Sprint(i), 2)
		h.now = h.now.Add(TakeOver) // long enough for either to think that it is its turn
		a.hear()
		b.hear()
		if err := errors.Join(a.Step(ctx), b.Step(ctx)); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 {
			h.now = h.now.Add(TakeOver)
			b.hear()
			if err := b.Step(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	a.settle()
	h.now = h.now.Add(TakeOver)
	b.settle()
	a.settle()
	if a.dump() != b.dump() {
		t.Error("two nodes serve two logs")
	}
	var sizes []int64
	if err := h.db.Read(ctx, engine.LogStream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.LogSigned {
			sizes = append(sizes, e.MS)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(sizes) || len(slices.Compact(slices.Clone(sizes))) != len(sizes) {
		t.Errorf("checkpoints have the sizes %v", sizes)
	}
	if _, _, due, err := Remake(ctx, h.db, testSalts, marks{}, Compare(ctx, h.db)); err != nil || due != 0 {
		t.Error(due, err)
	}
	// The other waits for its turn, and takes it when nobody signs.
	h.sits("skd", two, "99", 1)
	h.now = h.now.Add(SignEvery)
	was, _ := b.Size()
	head := b.fold.head.Node
	other := map[string]*node{"a": b, "b": a}[head]
	other.hear()
	if err := other.Step(ctx); err != nil {
		t.Fatal(err)
	}
	other.hear()
	if other.fold.head.Size != was {
		t.Error("it was the other node's turn, and this one signed")
	}
	h.now = h.now.Add(TakeOver)
	other.settle()
	if is, _ := other.Size(); is == was {
		t.Error("nobody signs, and no other node takes over")
	}
}

// A crash between the leaves and their checkpoint leaves rows that nobody is shown.
func TestLeavesWithoutACheckpointAreNotServed(t *testing.T) {
	ctx := context.Background()
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	n.settle()
	h.sits("skd", one, "1", 2)
	n.Writer = refusing{}
	if err := n.step(); err == nil {
		t.Fatal("it did not notice that its checkpoint was not stored")
	}
	size, _ := n.Size()
	if _, err := h.db.Get(ctx, KindLeaf, LeafID(size)); err != nil {
		t.Fatal("the leaf is not kept: this test shows nothing:", err)
	}
	next := h.node("b")
	next.hear()
	if err := next.follow(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := next.Receipt(ctx, size); !errors.Is(err, engine.ErrAbsent) {
		t.Errorf("a leaf without a checkpoint is served: %v", err)
	}
	if _, err := next.Tile(ctx, publiclog.Tile{Level: publiclog.Entries, W: int(size) + 1}); !errors.Is(err, engine.ErrAbsent) {
		t.Errorf("a bundle with a leaf without a checkpoint is served: %v", err)
	}
	if _, err := next.Own(ctx, one); !errors.Is(err, ErrWaits) {
		t.Errorf("a receipt before its checkpoint: %v", err)
	}
	h.now = h.now.Add(TakeOver)
	next.settle()
	r, err := next.Own(ctx, one)
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewVerifier(next.Vkeys[0])
	if err != nil {
		t.Fatal(err)
	}
	leaf, _, err := r.Check(key)
	if err != nil || leaf.Attempt != one || r.Opens[publiclog.FieldNumber].Value != "1" {
		t.Errorf("%+v, %+v, %v", leaf, r.Opens, err)
	}
}

type refusing struct{}

func (refusing) Append(engine.Run) (engine.Outcome, error) {
	return engine.Outcome{}, errors.New("the connection was lost")
}

// Where an exam shows no scores, only the candidate can open the leaf.
func TestHiddenScoresAreSealed(t *testing.T) {
	ctx := context.Background()
	h := newHall(t)
	n := h.node("a")
	n.Marker = marks{hidden: true}
	h.define("skd", false)
	h.sits("skd", one, "26401-110-000001", 3)
	n.settle()
	for _, l := range n.all() {
		if l.Kind == publiclog.AttemptLeaf && (len(l.Scores) > 0 || l.Sealed.IsZero()) {
			t.Errorf("scores that are not to be seen are in the log: %+v", l)
		}
	}
	r, err := n.Own(ctx, one)
	if err != nil || r.Opens[publiclog.FieldSealed].Value != "TWK=15 TIU=0" {
		t.Errorf("the candidate opens %+v, %v", r, err)
	}
}

// What has no place in a leaf is left out, and the log goes on.
func TestAWordThatNoLeafCanHoldDoesNotStopTheLog(t *testing.T) {
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	h.record("exam/skd", engine.Event{Kind: engine.RuleSetFixed, By: "siti.admin", Act: "aturan Bu Siti", Text: "no hash"},
		engine.Event{Kind: engine.Proposed, By: "siti.admin", Act: "B1: Bu Siti", Text: digest})
	n.settle()
	leaves := n.all()
	if got := kinds(leaves[8:10]); got != "rules, act" || leaves[8].Name != "" || leaves[9].Step != "proposed" || leaves[9].Act != "" {
		t.Errorf("%s: %+v", got, leaves[8:10])
	}
}

// Objections are counted, minutes and criteria are named by hash, a seed is revealed.
func TestWhatIsDecidedAfterwardsIsInTheLog(t *testing.T) {
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	h.record("objection/skd", engine.Event{Kind: engine.ObjectionFiled, By: "candidate", Number: "26401-1", Act: "item", Item: "TWK-007", Text: digest},
		engine.Event{Kind: engine.ObjectionFiled, By: "candidate", Number: "26401-2", Act: "other", Text: digest},
		engine.Event{Kind: engine.ObjectionDecided, By: "komite.1", Number: "26401-1", Ref: 1, Why: "upheld", Text: digest})
	h.record("sitting/skd.sesi-1", engine.Event{Kind: engine.MinutesSigned, By: "budi.pengawas", Two: "rini.pengawas", MS: 1, Text: digest})
	h.record("exam/skd", engine.Event{Kind: engine.CriteriaPublished, By: "komite.1", Two: "komite.2", Act: "calendar", MS: 2, Text: digest, Extra: 9},
		engine.Event{Kind: engine.SeedRevealed, By: "komite.1", Two: "komite.2", Seed: digest})
	n.settle()
	leaves := n.all()[8:14]
	if got := kinds(leaves); got != "objection filed, objection filed, objection decided, minutes signed, criteria calendar, reveal" {
		t.Fatal(got)
	}
	if leaves[1].Count != 2 || leaves[2].Count != 2 || leaves[2].Why != "upheld" || !leaves[2].Actor.IsZero() || leaves[0].By != "" {
		t.Errorf("objections: %+v", leaves[:3])
	}
	if leaves[3].Sealed.IsZero() || !leaves[3].Hash.IsZero() || leaves[4].Hash.String() != digest || leaves[5].Seed.String() != digest {
		t.Errorf("%+v", leaves[3:])
	}
}

// A frozen board is named by its hash from table 2 on. In a log that was written by table 1
// until then it comes with the LogWritten of table 2: whoever makes it again finds the leaves
// that were signed, and no board is missing.
func TestAFrozenBoardIsInTheLogFromItsTableOn(t *testing.T) {
	h := newHall(t)
	frozen := engine.Event{Kind: engine.BoardFrozen, By: "engine", Act: "skd.site.jakarta", Extra: 40, Text: digest, MS: 120}
	f := NewFold()
	fold := func(stream string, e engine.Event) int {
		f.pos++
		f.Apply(engine.Record{Pos: f.pos, Stream: stream, N: int(f.pos)}, &e)
		return len(f.due)
	}
	fold("exam/skd", engine.Event{Kind: engine.ExamDefined, Text: digest})
	if was := len(f.due); fold("exam/skd", frozen) != was {
		t.Error("table 1 makes a leaf of a frozen board")
	}
	if was := len(f.due); fold(engine.LogStream, engine.Event{Kind: engine.LogWritten, MS: 1}) != was+1 {
		t.Error("table 1 written again is a leaf of its own")
	}
	if was := len(f.due); fold(engine.LogStream, engine.Event{Kind: engine.LogWritten, MS: 2}) != was+2 || f.due[was].leaf.Kind != publiclog.BoardLeaf || f.due[was].Pos != f.pos {
		t.Error("what was frozen before table 2 does not come with it")
	}
	if was := len(f.due); fold(engine.LogStream, engine.Event{Kind: engine.LogWritten, MS: 2}) != was+1 || fold("exam/skd", frozen) != was+2 {
		t.Error("table 2 makes no leaf of a frozen board, or one twice")
	}
	n := h.node("a")
	h.define("skd", false)
	n.settle()
	h.record("exam/skd", frozen)
	n.settle()
	all := n.all()
	l := all[len(all)-1]
	if l.Kind != publiclog.BoardLeaf || l.Act != "frozen" || l.Name != frozen.Act || l.Hash.String() != digest || l.Count != 120 || l.By != publiclog.ByEngine {
		t.Errorf("%+v", l)
	}
}

// Whoever was given another sitting is logged where the attempt was over: acts of before
// name the sitting where they were done.
func TestWhoGoesOnElsewhereIsLoggedThere(t *testing.T) {
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	h.record("attempt/"+one,
		engine.Event{Kind: engine.CheckedIn, By: "wati.verifikator", Sitting: "skd.sesi-1", Seat: "A-01"},
		engine.Event{Kind: engine.Started, By: "engine", From: h.now, MS: 6_000_000, Number: "1"},
		engine.Event{Kind: engine.TimeGiven, By: "budi.pengawas", Two: "rini.pengawas", MS: 60_000, Why: "network"},
		engine.Event{Kind: engine.Continued, By: "siti.admin", Two: "budi.pengawas", Sitting: "skd.sesi-2", Act: "skd.sesi-1", Why: "power"},
		engine.Event{Kind: engine.TimeGiven, By: "wira.pengawas", Two: "rini.pengawas", MS: 60_000, Why: "network"},
		engine.Event{Kind: engine.Finished, By: "candidate", Why: "self"})
	h.record("attempt/"+two,
		engine.Event{Kind: engine.TurnedAway, By: "wati.verifikator", Sitting: "skd.sesi-1", Why: "late"},
		engine.Event{Kind: engine.Transferred, By: "siti.admin", Two: "budi.pengawas", Sitting: "skd.sesi-2", Act: "skd.sesi-1", Why: "ill"},
		engine.Event{Kind: engine.TurnedAway, By: "wira.verifikator", Why: "papers"})
	n.settle()
	var got []string
	for _, l := range n.all()[8:] {
		if l.Kind == publiclog.ActLeaf || l.Kind == publiclog.AttemptLeaf {
			got = append(got, fmt.Sprint(l.Kind, " ", l.Act, " ", l.Sitting))
		}
	}
	if want := "act credit sesi-1, act credit sesi-2, attempt  sesi-2, act turn_away sesi-1, act turn_away sesi-2"; strings.Join(got, ", ") != want {
		t.Errorf("%q", strings.Join(got, ", "))
	}
}

// The log as files is what a server hands out.
func TestTheLogIsCopiedAsItIsServed(t *testing.T) {
	ctx := context.Background()
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	for i := range 260 {
		h.sits("skd", fmt.Sprintf("0197a3c4-5b6d-7e8f-9a0b-%012d", i), fmt.Sprint(i), 0)
	}
	n.settle()
	size, _ := n.Size()
	files := map[string][]byte{}
	if err := Copy(ctx, h.db, h.db, func(path string, body []byte) error { files[path] = body; return nil }); err != nil {
		t.Fatal(err)
	}
	signed, err := n.Checkpoint(ctx)
	if err != nil || !bytes.Equal(files["checkpoint"], signed) {
		t.Errorf("checkpoint %q, %v", files["checkpoint"], err)
	}
	tiles := publiclog.Tiles(0, size)
	for _, tile := range tiles {
		served, err := n.Tile(ctx, tile)
		if err != nil || !bytes.Equal(files[tile.Path()], served) {
			t.Errorf("%s is another: %v", tile.Path(), err)
		}
	}
	if len(files) != len(tiles)+1 || len(tiles) < 5 {
		t.Errorf("%d files for %d tiles", len(files), len(tiles))
	}
}

// A log that was written by a later program is not continued by this one.
func TestALaterTableIsLeftAlone(t *testing.T) {
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	n.settle()
	h.streams[engine.LogStream] = &n.fold.tip
	h.record(engine.LogStream, engine.Event{Kind: engine.LogWritten, By: "engine", Act: "v2", MS: Table + 1})
	h.sits("skd", one, "1", 1)
	if err := n.step(); err == nil || !strings.Contains(err.Error(), "later version") {
		t.Errorf("it went on: %v", err)
	}
}
