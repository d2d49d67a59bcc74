package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/site"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// inHouse is a centre without a process, whose second exam has people of its first.
type inHouse struct {
	*stores.DB
	keys *stores.KeyFile
	log  *proctor.Log
	dir  string
}

func newInHouse(t *testing.T) *inHouse {
	t.Helper()
	h := &inHouse{dir: t.TempDir()}
	path := filepath.Join(h.dir, "pusat.db")
	var err error
	h.DB, err = stores.Open("sqlite:"+path, true)
	check(t, err)
	t.Cleanup(func() { check(t, h.Close()) })
	h.keys, err = stores.OpenKeys(path + ".keys")
	check(t, err)
	h.log = proctor.NewLog(h.Journal, proctor.Direct(h.Journal))
	for _, user := range []string{"kepala", "wakil"} {
		body, err := json.Marshal(proctor.Account{User: user, Hash: "x", Grants: proctor.Everywhere(proctor.Admin)})
		check(t, err)
		check(t, h.Register.Put(t.Context(), engine.Entry{Kind: proctor.KindAccount, ID: user, Body: body}))
	}
	return h
}

func (h *inHouse) exam(t *testing.T, code string, earlier ...string) {
	t.Helper()
	d, err := create.SampleDefinition(3, time.Now(), false)
	check(t, err)
	d.Code, d.Earlier = code, earlier
	file, err := d.File()
	check(t, err)
	d, err = create.Exam(t.Context(), h.DB, h.keys, "setup", create.Source{File: file, Bank: bankFor(t, d.Blueprint, 3)})
	check(t, err)
	check(t, proctor.NewPeople(h.Register).Import(t.Context(), h.log, "setup", stores.Now(), code, create.SampleRoster(d, 3), stores.SampleFormations()))
}

// site packs the sitting of an exam, and opens the pack.
func (h *inHouse) site(t *testing.T, sitting string) *inHouse {
	t.Helper()
	check(t, h.log.Append(t.Context(), engine.SittingStream+sitting, engine.Event{Kind: engine.HandedOver, At: stores.Now(), By: "kepala", Two: "wakil", Act: "kota-lama"}))
	signs, err := node.OpenLogKeys(filepath.Join(h.dir, "log"), "uji")
	check(t, err)
	file := filepath.Join(t.TempDir(), "pack")
	_, err = site.Pack(t.Context(), h.DB, h.keys, signs, sitting, file)
	check(t, err)
	to := &inHouse{dir: t.TempDir()}
	flags := &stores.Flags{Journal: "sqlite:" + filepath.Join(to.dir, "lokasi.db")}
	_, err = site.Open(t.Context(), flags, file, nil)
	check(t, err)
	to.DB, err = stores.Open(flags.Journal, true)
	check(t, err)
	t.Cleanup(func() { check(t, to.Close()) })
	to.keys, err = stores.OpenKeys(flags.KeyPath())
	check(t, err)
	to.log = proctor.NewLog(to.Journal, proctor.Direct(to.Journal))
	return to
}

// A site draws the forms that the centre would, also for those who sat an earlier exam of which
// it has nothing: a form without the items that they met there.
func TestASiteGivesTheFormsThatTheCentreWould(t *testing.T) {
	t.Parallel()
	h := newInHouse(t)
	h.exam(t, "skd-1")
	people := proctor.NewPeople(h.Register)
	check(t, people.Load(t.Context(), "skd-1"))
	check(t, h.log.Append(t.Context(), engine.SittingStream+"skd-1.sesi-1", engine.Event{Kind: engine.SittingEnded, At: stores.Now(), By: "s"}))
	for _, p := range people.All("skd-1")[:2] {
		check(t, h.log.Append(t.Context(), engine.AttemptStream+p.Attempt, engine.Event{Kind: engine.Started, At: stores.Now(), By: "s", Number: p.Number, From: stores.Now(), MS: 60000}))
	}
	h.exam(t, "skd-2", "skd-1")
	s := h.site(t, "skd-2.sesi-1")
	here, met := formsOf(t, h.DB, h.keys, "skd-2")
	there, metThere := formsOf(t, s.DB, s.keys, "skd-2")
	if !reflect.DeepEqual(here, there) || !reflect.DeepEqual(met, metThere) {
		t.Error("the site gives other forms than the centre would")
	}
	if met["skd-2"][0] == "" || met["skd-2"][2] != "" {
		t.Errorf("who had met items before: %q", met["skd-2"])
	}
	check(t, proctor.NewPeople(s.Register).Load(t.Context(), "skd-1"))
	if codes, err := proctor.NewPeople(s.Register).Codes(t.Context()); err != nil || !slices.Equal(codes, []string{"skd-2"}) {
		t.Errorf("exams at the site: %v %v", codes, err)
	}
}

// stingy is a journal that takes so many batches, and then fails.
type stingy struct {
	engine.Journal
	left int
}

var errStingy = errors.New("no more")

func (j *stingy) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if j.left--; j.left < 0 {
		return nil, errStingy
	}
	return j.Journal.Append(ctx, runs)
}

// A collection that was cut short, wherever that was, has stored a beginning and nothing else;
// the same file brings the rest, and then the centre has what it would have had at once.
func TestACollectionThatWasCutShortGoesOn(t *testing.T) {
	t.Parallel()
	const sitting = "skd-2.sesi-1"
	ctx := t.Context()
	h := newInHouse(t)
	h.exam(t, "skd-2")
	s := h.site(t, sitting)
	people := proctor.NewPeople(s.Register)
	check(t, people.Load(ctx, "skd-2"))
	room := engine.SittingStream + sitting
	for i, p := range people.All("skd-2") {
		check(t, s.log.Append(ctx, room, engine.Event{Kind: engine.IncidentNoted, At: stores.Now(), By: "kepala", Why: "noise", MS: int64(i)}))
		for range 3 {
			check(t, s.log.Append(ctx, engine.AttemptStream+p.Attempt, engine.Event{Kind: engine.Messaged, At: stores.Now(), By: "kepala", Text: engine.SHA256("x")}))
		}
	}
	file := filepath.Join(t.TempDir(), "delivery")
	_, err := site.Deliver(ctx, s.DB, s.keys, file)
	check(t, err)
	came := 0
	for cut := 0; ; cut++ {
		j := &stingy{h.Journal, cut % 3}
		_, err := site.Collect(ctx, &stores.DB{Journal: j, Register: h.Register, Archive: h.Archive}, h.keys, h.log, "kepala", file)
		if err == nil {
			break
		}
		if !errors.Is(err, errStingy) {
			t.Fatal(err)
		}
		if n := len(streamsOf(t, h.Journal)); n < came {
			t.Fatalf("%d streams, there were %d", n, came)
		} else {
			came = n
		}
		if cut > 100 {
			t.Fatal("it never comes to its end")
		}
	}
	want, got := streamsOf(t, s.Journal), streamsOf(t, h.Journal)
	for stream, n := range want {
		if strings.HasPrefix(stream, engine.AttemptStream) || strings.HasPrefix(stream, engine.SiteStream) || stream == room {
			if got[stream] != n {
				t.Errorf("%s: %d records, the site has %d", stream, got[stream], n)
			}
		}
	}
	done, err := site.Collect(ctx, h.DB, h.keys, h.log, "kepala", file)
	if err != nil || done.Records != 0 {
		t.Errorf("after it had come whole: %+v %v", done, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".terang-site-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the delivery: %v %v", info, err)
	}
}
