package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/web"
)

// annulOne keeps the decision that annuls the item of the sample that was answered most, so that
// points change, and returns its event.
func annulOne(ctx context.Context, s *stores.DB, at engine.Instant) (engine.Event, error) {
	bank, err := stores.SampleBank()
	if err != nil {
		return engine.Event{}, err
	}
	answered, err := answersByItem(ctx, s.Journal)
	if err != nil {
		return engine.Event{}, err
	}
	q := bank.Questions()[0]
	for _, other := range bank.Questions() {
		if answered[other.ID] > answered[q.ID] {
			q = other
		}
	}
	body, err := json.Marshal(web.AnnulDecision{Annulment: scoring.Annulment{Item: q.ID, Section: q.Section, Policy: scoring.CreditAll}, Why: "unusable"})
	if err != nil {
		return engine.Event{}, err
	}
	hash, err := s.Archive.Keep(ctx, body)
	return engine.Event{
		Kind: engine.ItemAnnulled, At: at, By: "ketua", Two: "wakil", Op: uuid.NewString(), Item: q.ID, Act: scoring.CreditAll, Why: "unusable", Text: hash.String(),
	}, err
}

// answersByItem counts the answers in a journal.
func answersByItem(ctx context.Context, j engine.Journal) (map[string]int, error) {
	n := map[string]int{}
	for after := engine.Pos(0); ; {
		records, err := j.Tail(ctx, after, 4096)
		if err != nil || len(records) == 0 {
			return n, err
		}
		for _, r := range records {
			e, err := engine.Decode(r.Body)
			if err != nil {
				return n, err
			}
			if e.Kind == engine.Answered {
				n[e.Item]++
			}
			after = r.Pos
		}
	}
}

// frozenNode is a node whose hall runs, and that follows what changes only when it is told.
type frozenNode struct {
	*node.Node
	t    *testing.T
	http *httptest.Server
	stop func()
}

func startFrozen(t *testing.T, journal string, keys *stores.KeyFile) *frozenNode {
	t.Helper()
	s, err := stores.Open(journal, true)
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(t.Context(), node.Parts{Stores: s, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Hall.Run(ctx) }()
	f := &frozenNode{Node: n, t: t, http: httptest.NewServer(n.Server.Handler())}
	f.stop = func() {
		t.Helper()
		n.Server.CloseStreams()
		f.http.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	return f
}

func (f *frozenNode) get(path string) string {
	f.t.Helper()
	res, err := http.Get(f.http.URL + path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		f.t.Fatal(path, res.StatusCode, err)
	}
	return string(body)
}

// shows is what everybody reads of the exam's board, and of what was kept of it, after a tick.
func (f *frozenNode) shows() (board, kept string) {
	f.t.Helper()
	f.Folds.Tick(f.Hall.Now())
	f.KeepFrozen(f.t.Context())
	return f.get("/api/v1/boards/" + stores.SampleCode), f.get("/api/v1/boards/" + stores.SampleCode + "/frozen")
}

// A sitting is closed while a node still draws forms for an annulment that was recorded
// before. What is frozen then is what a node shows that starts afterwards and reads all of
// it from the journal: the same rows at the same epoch, and no other state was kept.
func TestABoardIsFrozenTheSameBeforeAndAfterARestart(t *testing.T) {
	t.Parallel()
	journal, keyPath := "sqlite:"+filepath.Join(t.TempDir(), "t.db"), filepath.Join(t.TempDir(), "t.keys")
	keys, err := stores.OpenKeys(keyPath)
	if err != nil {
		t.Fatal(err)
	}
	s, err := stores.Open(journal, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := create.Sample(t.Context(), s, keys, 3, time.Now(), false); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	n := startFrozen(t, journal, keys)
	log := proctor.NewLog(n.Stores.Journal, n.Hall.Writer())
	record := func(stream string, events ...engine.Event) {
		t.Helper()
		for i := range events {
			events[i].At, events[i].By = n.Hall.Now(), "rina"
		}
		if err := log.Append(t.Context(), stream, events...); err != nil {
			t.Fatal(err)
		}
	}
	sitting := engine.SittingStream + stores.SampleCode + ".sesi-1"
	record(sitting, engine.Event{Kind: engine.CheckinOpened}, engine.Event{Kind: engine.CheckinClosed}, engine.Event{Kind: engine.SittingStarted}, engine.Event{Kind: engine.SittingEnded})
	annulled, err := annulOne(t.Context(), n.Stores, n.Hall.Now())
	if err != nil {
		t.Fatal(err)
	}
	record(engine.ExamStream+stores.SampleCode, annulled)
	record(sitting, engine.Event{Kind: engine.SittingClosed})
	boards := n.Exams.Find(stores.SampleCode).Boards
	last := engine.Pos(0)
	if err := stores.EachEvent(t.Context(), n.Stores.Journal, func(r engine.Record, _ *engine.Event) { last = r.Pos }); err != nil {
		t.Fatal(err)
	}
	waitFor(t, patience, "the node to have read the journal", func() bool { n.Folds.Tick(n.Hall.Now()); return boards.Reached() >= last })
	if _, kept := n.shows(); kept != `{"frozen":[]}` {
		t.Errorf("what is about to change was frozen: %s", kept)
	}
	if v, _ := boards.View(stores.SampleCode); v.Final {
		t.Error("the board is final, and an annulment waits to be taken over")
	}
	n.Follow(t.Context(), stores.SampleCode)
	board, kept := n.shows()
	if v, _ := boards.View(stores.SampleCode); !v.Final || v.Rescored.Version != 1 || v.Epoch != last {
		t.Errorf("after it was taken over: %+v, closed at %d", v, last)
	}
	n.stop()

	n = startFrozen(t, journal, keys)
	defer n.stop()
	again, kept2 := n.shows()
	if again != board {
		t.Errorf("after a restart the board is\n%s\nit was\n%s", again, board)
	}
	if kept2 != kept || kept == `{"frozen":[]}` {
		t.Errorf("after a restart there are the frozen states\n%s\nthere were\n%s", kept2, kept)
	}
}
