package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/export"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// heldSample is a sample exam that is over, whose attempts are written straight into the
// journal, each answer on the form that its person was given.
type heldSample struct {
	journal, keyPath string
	other            string // EXAM.SITTING of the last sitting, where one began who goes on in the first
	start            engine.Instant
}

func newHeldSample(tb testing.TB, candidates, answers int) *heldSample {
	tb.Helper()
	return heldSampleOf(tb, candidates, answers, true)
}

// heldSampleOf is a sample whose results two people have published, or not yet; before that
// something more may be recorded.
func heldSampleOf(tb testing.TB, candidates, answers int, published bool, more ...func(context.Context, *heldSample, *stores.DB) error) *heldSample {
	tb.Helper()
	dir := tb.TempDir()
	h := &heldSample{journal: "sqlite:" + filepath.Join(dir, "t.db"), keyPath: filepath.Join(dir, "t.keys"), start: engine.InstantOf(time.Now().Add(2 * time.Hour))}
	keys, err := stores.OpenKeys(h.keyPath)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := stores.Open(h.journal, true)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			tb.Fatal(err)
		}
	}()
	if err := h.openLog(tb.Context(), s); err != nil {
		tb.Fatal(err)
	}
	if err := create.Sample(tb.Context(), s, keys, candidates, h.start.Time(), false); err != nil {
		tb.Fatal(err)
	}
	if err := h.hold(tb.Context(), s, keys, answers); err != nil {
		tb.Fatal(err)
	}
	for _, record := range more {
		if err := record(tb.Context(), h, s); err != nil {
			tb.Fatal(err)
		}
	}
	if published {
		if err := h.publish(tb.Context(), s, keys); err != nil {
			tb.Fatal(err)
		}
	}
	sign := logSign{Flags: h.flags()}
	if _, err := sign.sign(tb.Context(), s, keys); err != nil {
		tb.Fatal(err)
	}
	return h
}

// hold lets everybody sit the exam: most finish, some never come, one in thirty changes an
// answer, clears one and is disqualified.
func (h *heldSample) hold(ctx context.Context, s *stores.DB, keys *stores.KeyFile, answers int) error {
	recorded, err := s.ExamRecord(ctx, stores.SampleCode)
	if err != nil {
		return err
	}
	listed, err := proctor.NewPeople(s.Register).Read(ctx, stores.SampleCode)
	if err != nil {
		return err
	}
	parts, err := s.ExamParts(ctx, listed.Def, recorded, keys)
	if err != nil {
		return err
	}
	at := func(second int) engine.Instant { return h.start.Add(time.Duration(second) * time.Second) }
	key := parts.Bank.Key()
	draw := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a simulation
	var runs []engine.Run
	flush := func(least int) error {
		if len(runs) < least {
			return nil
		}
		out, err := s.Journal.Append(ctx, runs)
		for _, o := range out {
			if o.Conflict {
				err = fmt.Errorf("conflict in a sample")
			}
		}
		runs = runs[:0]
		return err
	}
	put := func(stream string, n int, head engine.Hash, events []engine.Event) {
		runs = append(runs, engine.Run{Stream: stream, Records: engine.Link(stream, n, head, events)})
	}
	if of := listed.Def.Sittings; len(of) > 1 {
		h.other = stores.SampleCode + "." + of[len(of)-1].Code
	}
	seat, err := h.door(ctx, s, keys, listed, at)
	if err != nil {
		return err
	}
	for i, p := range listed.Placed() {
		if i == 7 {
			put(engine.AttemptStream+p.Attempt, 0, engine.FirstHash(engine.AttemptStream+p.Attempt), []engine.Event{
				{Kind: engine.TurnedAway, At: at(-1200), By: "rina", Sitting: p.SittingID(), Why: "papers"},
			})
		}
		if i == 27 && h.other != "" && h.other != p.SittingID() { // was sent here from another sitting
			put(engine.AttemptStream+p.Attempt, 0, engine.FirstHash(engine.AttemptStream+p.Attempt), []engine.Event{
				{Kind: engine.Transferred, At: at(-1200), By: "ketua", Two: "wakil", Sitting: p.SittingID(), Act: h.other, Why: "health"},
			})
		}
		if i%20 == 7 {
			continue // did not come
		}
		form, err := parts.Plan.Assemble(parts.Seed, stores.SampleCode+"/"+p.Number, nil)
		if err != nil {
			return err
		}
		events := []engine.Event{
			{Kind: engine.CheckedIn, At: at(-1800), By: "rina", Sitting: p.SittingID(), Seat: seat[p.Attempt], Number: p.Number},
			{Kind: engine.SignedIn, At: at(-900), By: "candidate", Device: "device"},
			{Kind: engine.Confirmed, At: at(-600), By: "candidate"},
			{Kind: engine.DeviceBound, At: at(-500), By: "candidate", Device: "device", Gen: 1, Node: "n"},
			{Kind: engine.Started, At: at(0), By: "engine", From: at(0), MS: 6_000_000, Extra: int64(p.ExtraMinutes) * 60_000, Number: p.Number, Plan: parts.Plan.Hash(), Seed: recorded.Seed, Form: form.ETag, Ref: 3},
		}
		for k := range answers {
			q := k%form.Len() + 1
			place, _ := form.Place(q)
			letter := string(rune('a' + draw.IntN(len(place.Order))))
			if draw.IntN(10) < i%11 { // some know nothing, some everything
				letter = best(key[place.Item.ID], place)
			}
			option, _ := place.Option(letter)
			events = append(events, engine.Event{Kind: engine.Answered, At: at(10 + k*20), By: "candidate", Op: uuid.NewString(), Q: q, C: letter, Item: place.Item.ID, Option: option})
		}
		last := engine.Event{Kind: engine.Finished, At: at(20*answers + 20), By: "candidate", Op: uuid.NewString(), Why: "self"}
		if i%30 == 11 {
			events = append(events, engine.Event{Kind: engine.Cleared, At: last.At, By: "candidate", Op: uuid.NewString(), Q: 1, Item: firstItem(form)})
			last = engine.Event{Kind: engine.Disqualified, At: last.At, By: "rina", Two: "budi", Why: "phone"}
		}
		switch i {
		case 2, 3:
			events = h.special(i == 2, events, at)
		case 4:
			events = slices.Insert(events, len(events)-1, engine.Event{Kind: engine.TimeGiven, At: events[len(events)-1].At, By: "rina", Two: "budi", Op: uuid.NewString(), MS: 120_000, Why: "network"})
			stopped := last.At
			last.At = stopped.Add(16 * time.Minute) // a minute more than one person may give
			events = append(events,
				engine.Event{Kind: engine.Paused, At: stopped, By: "rina", Op: uuid.NewString(), From: stopped, Why: "device"},
				engine.Event{Kind: engine.Resumed, At: last.At, By: "rina", Op: uuid.NewString(), To: last.At})
		}
		put(engine.AttemptStream+p.Attempt, 0, engine.FirstHash(engine.AttemptStream+p.Attempt), append(events, last))
		if err := flush(500); err != nil {
			return err
		}
	}
	for _, sitting := range listed.Def.Sittings {
		stream := engine.SittingStream + stores.SampleCode + "." + sitting.Code
		n, head := 0, engine.FirstHash(stream)
		if err := s.Journal.Read(ctx, stream, 0, func(r engine.Record) error { n, head = r.N, r.Hash; return nil }); err != nil {
			return err
		}
		put(stream, n, head, []engine.Event{
			{Kind: engine.PlaceLifted, At: at(-400), By: "rina", Why: "network"},
			{Kind: engine.CheckinClosed, At: at(-300), By: "engine"},
			{Kind: engine.SittingStarted, At: at(0), By: "rina", From: at(0)},
			{Kind: engine.SittingEnded, At: at(7200), By: "rina"},
			{Kind: engine.SittingClosed, At: at(7300), By: "rina", Two: "budi"},
		})
	}
	if err := flush(1); err != nil {
		return err
	}
	if err := h.minutes(ctx, s, listed.Def); err != nil {
		return err
	}
	return h.office(ctx, s, listed)
}

// publish freezes and releases the results, as two people would.
func (h *heldSample) publish(ctx context.Context, s *stores.DB, keys *stores.KeyFile) error {
	x, err := stores.FoldExam(ctx, s, keys, stores.SampleCode, stores.LatestVersion)
	if err != nil {
		return err
	}
	listed, err := proctor.NewPeople(s.Register).Read(ctx, stores.SampleCode)
	if err != nil {
		return err
	}
	_, body, err := x.List(x.Boards.Results(), listed.Formations())
	if err != nil {
		return err
	}
	list, err := s.Archive.Keep(ctx, body)
	if err != nil {
		return err
	}
	at := h.start.Add(3 * time.Hour)
	frame, _ := x.Boards.Whole(stores.SampleCode)
	frozen, err := s.Archive.Keep(ctx, frame)
	if err != nil {
		return err
	}
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	err = log.Append(ctx, engine.ExamStream+stores.SampleCode,
		engine.Event{Kind: engine.BoardFrozen, At: at, By: "engine", Op: uuid.NewString(), Act: stores.SampleCode, Extra: 9, Text: frozen.String(), MS: int64(len(listed.People))},
		engine.Event{Kind: engine.ResultsFrozen, At: at, By: "ketua", Two: "wakil", Op: uuid.NewString(), Text: list.String(), MS: int64(len(listed.People))},
		engine.Event{Kind: engine.ResultsReleased, At: at, By: "ketua", Two: "wakil", Op: uuid.NewString(), Text: list.String()})
	if err != nil {
		return err
	}
	if x, err = stores.FoldExam(ctx, s, keys, stores.SampleCode, stores.LatestVersion); err != nil {
		return err
	}
	frame, _ = x.Boards.Whole(stores.SampleCode) // with the codes of the list
	if frozen, err = s.Archive.Keep(ctx, frame); err != nil {
		return err
	}
	return log.Append(ctx, engine.ExamStream+stores.SampleCode,
		engine.Event{Kind: engine.BoardFrozen, At: at, By: "engine", Op: uuid.NewString(), Act: stores.SampleCode, Extra: 10, Text: frozen.String(), MS: int64(len(listed.People))})
}

// best is the letter of the option that is worth most.
func best(worth map[string]int, place engine.Place) (letter string) {
	most := -1
	for i, o := range place.Order {
		if w := worth[place.Item.Options[o].ID]; w > most {
			most, letter = w, string(rune('a'+i))
		}
	}
	return letter
}

func firstItem(f *engine.Form) string {
	place, _ := f.Place(1)
	return place.Item.ID
}

// export writes the auditor's export of the exam.
func (h *heldSample) export(tb testing.TB) string {
	tb.Helper()
	return h.exported(tb, false)
}

func (h *heldSample) flags() stores.Flags { return stores.Flags{Journal: h.journal, Keys: h.keyPath} }

func (h *heldSample) exported(tb testing.TB, public bool) string {
	tb.Helper()
	c := export.Cmd{Flags: h.flags(), Exam: stores.SampleCode, Out: filepath.Join(tb.TempDir(), "export"), Public: public}
	if err := c.Run(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return c.Out
}
