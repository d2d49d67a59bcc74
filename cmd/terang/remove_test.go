package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// A rehearsal that was held leaves nothing of its people in the file, and takes nothing of
// the exam beside it.
func TestARehearsalIsRemovedWhole(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "terang.db")
	s, err := stores.Open("sqlite:"+path, true)
	check(t, err)
	keys, err := stores.OpenKeys(path + ".keys")
	check(t, err)
	real, err := create.SampleDefinition(2, time.Now(), false)
	check(t, err)
	real.Code = "skd-2026"
	check(t, create.SampleOf(ctx, s, keys, proctor.Setup, real, 2))
	gladi, err := create.SampleDefinition(3, time.Now(), true)
	check(t, err)
	gladi.Code, gladi.Rehearsal = "gladi", true
	gladi.Rooms = append(gladi.Rooms, engine.RoomDef{Code: "aula", Site: "kota-lama", Name: "Aula", Seats: 5})
	check(t, create.SampleOf(ctx, s, keys, proctor.Setup, gladi, 3))

	// What only a running exam makes: words of a supervisor, sessions, proposals, seats.
	people := proctor.NewPeople(s.Register)
	check(t, people.LoadAll(ctx))
	var gone, stays []engine.Entry
	put := func(list *[]engine.Entry, kind, id, body string) {
		t.Helper()
		e := engine.Entry{Kind: kind, ID: id, Body: []byte(body)}
		check(t, s.Register.Put(ctx, e))
		*list = append(*list, e)
	}
	text := func(list *[]engine.Entry, words string) string {
		h := engine.SHA256(words)
		put(list, proctor.KindText, h, words)
		return h
	}
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	message := func(exam, hash string) {
		t.Helper()
		p := people.All(exam)[0]
		check(t, log.Append(ctx, engine.AttemptStream+p.Attempt, engine.Event{Kind: engine.Messaged, At: stores.Now(), By: "s", Text: hash, Number: p.Number}))
	}
	message("gladi", text(&gone, "kata pengawas pada gladi"))
	both := text(&stays, "kata pada keduanya")
	message("gladi", both)
	message("skd-2026", both)
	put(&gone, proctor.KindWords, "gladi/aa", "kata sanggahan")
	put(&stays, proctor.KindWords, "skd-2026/bb", "kata sanggahan")
	check(t, log.Append(ctx, engine.ObjectionStream+"gladi", engine.Event{Kind: engine.ObjectionFiled, At: stores.Now(), By: "candidate", Act: engine.ObjectTime, Text: "aa"}))
	check(t, log.Append(ctx, proctor.SiteStreamOf("gladi.sesi-1", 2), engine.Event{Kind: engine.SiteOpened, At: stores.Now(), By: "engine", Act: "kota-lama"}))
	put(&gone, proctor.KindProposal, "p1", `{"exam":"gladi","payload":{"file":"f1"}}`)
	put(&stays, proctor.KindProposal, "p2", `{"exam":"gladi-lain","payload":{"file":"f2"}}`)
	put(&gone, proctor.KindAccount, "gladi-pengawas", `{"user":"gladi-pengawas","role":"supervisor","exam":"gladi"}`)
	put(&gone, proctor.KindSession, "s1", `{"user":"gladi-pengawas"}`)
	put(&gone, proctor.KindDesk, "s1", `{"user":"gladi-pengawas","desk":"d"}`)
	put(&gone, proctor.KindPayload, "f1", "number,name")
	put(&stays, proctor.KindPayload, "f2", "number,name")
	put(&stays, proctor.KindDesk, "s2", `{"user":"kepala","desk":"d"}`)
	put(&stays, proctor.KindAccount, "kepala", `{"user":"kepala","role":"admin"}`)
	put(&stays, proctor.KindSession, "s2", `{"user":"kepala"}`)
	put(&gone, web.KindSeat, "kota-lama/aula/A-1", `{}`)
	put(&gone, web.KindSeatToken, "t1", "kota-lama/aula/A-1")
	put(&stays, web.KindSeat, "kota-lama/ruang-1/A-1", `{}`)
	put(&stays, web.KindSeatToken, "t2", "kota-lama/ruang-1/A-1")
	gone = append(gone, engine.Entry{Kind: stores.KindSeed, ID: "gladi"}, engine.Entry{Kind: proctor.KindExam, ID: "gladi"})
	stays = append(stays, engine.Entry{Kind: stores.KindSeed, ID: "skd-2026"}, engine.Entry{Kind: proctor.KindExam, ID: "skd-2026"})
	first := engine.AttemptStream + people.All("gladi")[0].Attempt
	before := streamsOf(t, s.Journal)

	o := &office{stores: s, people: proctor.NewPeople(s.Register), log: log, by: proctor.Account{User: "kepala"}}
	check(t, (&examRemove{Code: "gladi"}).remove(ctx, o))

	for _, e := range gone {
		if _, err := s.Register.Get(ctx, e.Kind, e.ID); err == nil {
			t.Errorf("%s %s is still in the register", e.Kind, e.ID)
		}
	}
	for _, e := range stays {
		if _, err := s.Register.Get(ctx, e.Kind, e.ID); err != nil {
			t.Errorf("%s %s went with it: %v", e.Kind, e.ID, err)
		}
	}
	after := streamsOf(t, s.Journal)
	for name, n := range before {
		ours := name == first || strings.HasSuffix(name, "/gladi") || strings.Contains(name, "/gladi.")
		if left := after[name]; ours && left != 0 || !ours && left != n {
			t.Errorf("%s had %d events and has %d", name, n, left)
		}
	}
	// The record says who, what and how much.
	check(t, s.Journal.Read(ctx, engine.RemovalStream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind != engine.ExamRemoved || e.By != "kepala" || e.Act != "gladi" || e.MS != 5 || len(e.Text) != 64 {
			t.Errorf("recorded: %+v", e)
		}
		return err
	}))
	if after[engine.RemovalStream] != 1 {
		t.Errorf("%d records of removals", after[engine.RemovalStream])
	}
	// The other exam opens, with its bank and plan, which both had.
	n, err := node.Open(ctx, node.Parts{Stores: s, Keys: keys, Log: process.NewLog(99)})
	check(t, err)
	if open := n.Exams.All(); len(open) != 1 || open[0].Def.Code != "skd-2026" {
		t.Errorf("%d exams open", len(open))
	}
	check(t, s.Close())
	file, err := os.ReadFile(path)
	check(t, err)
	for _, words := range []string{"kata pengawas pada gladi", "Gladi ", "gladi-pengawas"} {
		if bytes.Contains(file, []byte(words)) {
			t.Errorf("the file still holds %q", words)
		}
	}
}

// interrupted is a journal of which something happens while a node reads an exam's past.
type interrupted struct {
	engine.Journal
	by func()
}

func (j *interrupted) Tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	const several = 8192 // which the tail and the commands read at most
	if limit > several && j.by != nil {
		by := j.by
		j.by = nil
		by()
	}
	return j.Journal.Tail(ctx, after, limit)
}

// A rehearsal that is removed while a node opens it, or takes in a change of it, is not there
// when the node is done: neither its boards nor its people.
func TestARehearsalThatIsRemovedWhileItIsOpenedStaysAway(t *testing.T) {
	t.Parallel()
	for name, served := range map[string]bool{"new": false, "changed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s, keys := newStores(t)
			own := *s
			journal := &interrupted{Journal: s.Journal}
			own.Journal = journal
			opened, err := node.Open(ctx, node.Parts{Stores: &own, Keys: keys, Log: slog.New(slog.DiscardHandler)})
			check(t, err)
			n := &living{shared: &shared{T: t}, Node: opened, http: httptest.NewServer(opened.Server.Handler())}
			t.Cleanup(n.http.Close)
			running, stop := context.WithCancel(ctx)
			done := make(chan error, 1)
			go func() { done <- n.Hall.Run(running) }()
			t.Cleanup(func() { stop(); check(t, <-done) })

			check(t, n.Accounts.Add(ctx, proctor.Setup, anySupervisor, committeePassword, stores.Now()))
			station := browser(t)
			if status := n.call(station, http.MethodPost, "/api/v1/staff/signin", map[string]string{"user": anySupervisor.User, "password": committeePassword}, nil); status != http.StatusOK {
				t.Fatalf("sign-in: %d", status)
			}
			boards := func() int {
				var all struct{ Boards []struct{ ID string } }
				if status := n.call(station, http.MethodGet, "/api/v1/boards", nil, &all); status != http.StatusOK {
					t.Fatalf("the boards: %d", status)
				}
				return len(all.Boards)
			}
			d, err := create.SampleDefinition(3, time.Now().Add(time.Hour), false)
			check(t, err)
			d.Code, d.Rehearsal = "gladi", true
			check(t, create.SampleOf(ctx, s, keys, proctor.Setup, d, 3))
			people, log := proctor.NewPeople(s.Register), proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
			check(t, people.LoadAll(ctx))
			who := people.All("gladi")[0]
			if served {
				n.Follow(ctx, "gladi")
				if boards() == 0 || len(n.People.All("gladi")) != 3 {
					t.Fatal("the rehearsal is not served")
				}
				check(t, people.Import(ctx, log, "setup", stores.Now(), "gladi", create.SampleRoster(d, 4), stores.SampleFormations()))
			}
			journal.by = func() {
				o := &office{stores: s, people: proctor.NewPeople(s.Register), log: log, by: proctor.Account{User: "kepala"}}
				check(t, (&examRemove{Code: "gladi"}).remove(ctx, o))
				last := engine.Pos(0)
				check(t, stores.EachEvent(ctx, s.Journal, func(r engine.Record, _ *engine.Event) { last = r.Pos }))
				waitFor(t, patience, "the node to hear of the removal", func() bool { return n.Hall.Pos() >= last })
			}
			n.Follow(ctx, "gladi")
			if journal.by != nil {
				t.Fatal("it was not removed meanwhile")
			}
			if left := boards(); left != 0 || n.Exams.Find("gladi") != nil {
				t.Errorf("%d boards, in the list of exams: %t", left, n.Exams.Find("gladi") != nil)
			}
			if n.People.Exam("gladi") != nil || len(n.People.Find(who.Number, "")) != 0 || n.Hall.Attempt(who.Attempt) != nil {
				t.Errorf("%d people, the hall has an attempt: %t", len(n.People.All("gladi")), n.Hall.Attempt(who.Attempt) != nil)
			}
		})
	}
}

// Neither the register nor the committed definition alone makes a rehearsal of an exam.
func TestARealExamIsNotRemovedBecauseTheRegisterSaysSo(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, keys := newStores(t)
	d, err := create.SampleDefinition(2, time.Now(), false)
	check(t, err)
	check(t, create.SampleOf(ctx, s, keys, proctor.Setup, d, 2))
	before := streamsOf(t, s.Journal)
	o := &office{stores: s, people: proctor.NewPeople(s.Register), by: proctor.Account{User: "kepala"}}
	refused := func(why string) {
		t.Helper()
		if err := (&examRemove{Code: stores.SampleCode}).remove(ctx, o); err == nil || !strings.Contains(err.Error(), "it is a real exam, and stays") {
			t.Errorf("%s: %v", why, err)
		}
	}
	refused("a real exam")
	d.Rehearsal = true
	file, err := d.File()
	check(t, err)
	_, err = o.people.SaveExam(ctx, file)
	check(t, err)
	refused("the register was changed")
	if after := streamsOf(t, s.Journal); len(after) != len(before) {
		t.Errorf("%d streams became %d", len(before), len(after))
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// streamsOf counts the events of each stream.
func streamsOf(t *testing.T, j engine.Journal) map[string]int {
	t.Helper()
	n := map[string]int{}
	check(t, stores.EachEvent(context.Background(), j, func(r engine.Record, _ *engine.Event) { n[r.Stream]++ }))
	return n
}

// newStores opens the stores of a new journal, and its keys.
func newStores(t *testing.T) (*stores.DB, *stores.KeyFile) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "terang.db")
	s, err := stores.Open("sqlite:"+path, true)
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	keys, err := stores.OpenKeys(path + ".keys")
	check(t, err)
	return s, keys
}
