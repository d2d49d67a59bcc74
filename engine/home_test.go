package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

const wardSite = "pulau"

func handing(w *ward) engine.Handing {
	return engine.Handing{Op: uuid.NewString(), By: "kepala", Two: "wakil", Why: "network", At: w.hall.Now()}
}

// homeOf is whose home a refusal says it is, "" if it is none.
func homeOf(err error) string {
	var no *engine.Refusal
	if errors.As(err, &no) && no.Code == engine.NotHome {
		return no.Field
	}
	return ""
}

// all are the records that a journal holds.
func (m *memory) all() []engine.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.records)
}

// take brings records that this journal lacks, as a collection does.
func (m *memory) take(records []engine.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range records {
		if r.N == m.heads[r.Stream]+1 {
			r.Pos = engine.Pos(len(m.records) + 1)
			m.records, m.heads[r.Stream] = append(m.records, r), r.N
		}
	}
}

// What two people handed over, the centre writes no more, whatever is asked of it: neither the
// room nor a candidate of it, until it is taken back.
func TestTheCentreDoesNotWriteWhatItHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newMemory()
		w := newWard(t, j, "n1")
		defer w.stop()
		room := w.hall.Sitting(wardRoom)
		if err := room.HandOver(wardSite, handing(w)); err != nil {
			t.Fatal(err)
		}
		before := len(j.all())
		if _, err := room.Act(engine.Command{Act: engine.ActOpenCheckin, By: "s", At: w.hall.Now()}); homeOf(err) != wardSite {
			t.Errorf("check-in is opened at the centre: %v", err)
		}
		for _, c := range []engine.Command{
			{Act: engine.ActCheckin, By: "s", Sitting: wardRoom, Seat: "01", Number: "1", Pin: "x"},
			{Act: engine.ActTurnAway, By: "s", Why: "late"}, {Act: engine.ActTransfer, By: "s", Sitting: "uji.s2", From: wardRoom},
		} {
			if r := w.ask(c); homeOf(r.Err) != wardSite {
				t.Errorf("%s at the centre: %v", c.Act, r.Err)
			}
		}
		if n := len(j.all()) - before; n != 0 {
			t.Errorf("%d records were written", n)
		}
		if err := room.HandOver(wardSite, handing(w)); homeOf(err) != wardSite {
			t.Errorf("handed over twice: %v", err)
		}
		if err := room.TakeBack(handing(w), true, false); err == nil {
			t.Error("taken back although something has come, and nobody gave it up")
		}
		if err := room.TakeBack(handing(w), false, false); err != nil {
			t.Fatal(err)
		}
		if err := room.TakeBack(handing(w), false, false); !errors.Is(err, engine.WrongState) {
			t.Errorf("taken back twice: %v", err)
		}
		w.begin()
		if err := room.HandOver(wardSite, handing(w)); !errors.Is(err, engine.WrongState) {
			t.Errorf("handed over while it runs: %v", err)
		}
	})
}

// Nothing of a sitting is under way where it was: who has checked in, or what waits for a
// second person, would be decided twice.
func TestASittingIsHandedOverBeforeItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, newMemory(), "n1")
		defer w.stop()
		room := w.hall.Sitting(wardRoom)
		_, err := room.Append("", func(s *engine.Sitting) ([]engine.Event, error) {
			return []engine.Event{{Kind: engine.Proposed, At: w.hall.Now(), By: "s", Op: "p", Act: "start"}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := room.HandOver(wardSite, handing(w)); err == nil || !strings.Contains(err.Error(), "proposals") {
			t.Errorf("handed over while something is proposed: %v", err)
		}
		if _, err := room.Append("", func(s *engine.Sitting) ([]engine.Event, error) {
			return []engine.Event{{Kind: engine.Refused, At: w.hall.Now(), By: "t", Act: "start", Ref: s.N}}, nil
		}); err != nil {
			t.Fatal(err)
		}
		other := w.hall.Sitting("uji.s2")
		if _, err := other.Act(engine.Command{Act: engine.ActOpenCheckin, By: "s", At: w.hall.Now()}); err != nil {
			t.Fatal(err)
		}
		if err := other.HandOver(wardSite, handing(w)); err == nil || !strings.Contains(err.Error(), string(engine.CheckingIn)) {
			t.Errorf("handed over with its check-in open: %v", err)
		}
		w.must(engine.Command{Act: engine.ActCheckin, By: "s", Sitting: wardRoom, Seat: "01", Number: "1", Pin: "x"})
		if err := room.HandOver(wardSite, handing(w)); err == nil || !strings.Contains(err.Error(), "begun") {
			t.Errorf("handed over with somebody who has checked in: %v", err)
		}
	})
}

// The site holds the sitting from beginning to end, on a copy, with a clock that is ahead. The
// centre is brought a part, then the rest. In between no timer of the centre's ends anybody's
// exam, and no start of it takes the site's clock for its own.
func TestASiteHoldsWhatTheCentreOnlyHasACopyOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, copied := newMemory(), newMemory()
		centre := newWard(t, j, "n1")
		if err := centre.hall.Sitting(wardRoom).HandOver(wardSite, handing(centre)); err != nil {
			t.Fatal(err)
		}
		copied.take(j.all())
		site, _ := newWardAt(t, copied, "n2", wardRoom)
		if err := site.hall.Sitting(wardRoom).TakeBack(handing(site), false, false); homeOf(err) != engine.Centre {
			t.Errorf("taken back at the site: %v", err)
		}
		if _, err := site.hall.Sitting("uji.s2").Act(engine.Command{Act: engine.ActOpenCheckin, By: "s", At: site.hall.Now()}); homeOf(err) != engine.Centre {
			t.Errorf("another sitting at the site: %v", err)
		}
		site.begin()
		if r := site.answer(pc, 1); r.Err != nil {
			t.Fatal(r.Err)
		}

		j.take(copied.all())
		part := len(j.all())
		centre.pass(5*time.Minute, false) // the copy's deadline is long over
		if s := centre.state(); s.State != engine.Running || len(j.all()) != part {
			t.Fatalf("the copy is %s at the centre, and %d records were written to it", s.State, len(j.all())-part)
		}
		centre.stop()
		again, found := newWardAt(t, j, "n1", "")
		defer again.stop()
		if found.Running != 0 || found.Behind {
			t.Errorf("the centre's start takes %d attempts of the site for its own, its clock for behind: %v", found.Running, found.Behind)
		}

		if s := site.state(); s.State != engine.Done {
			t.Fatalf("%s at the site, whose time is over", s.State)
		}
		room := site.hall.Sitting(wardRoom)
		for _, act := range []string{engine.ActFinish, engine.ActClose} {
			if _, err := room.Act(engine.Command{Act: act, By: "s", Two: "t", At: site.hall.Now()}); err != nil {
				t.Fatalf("%s: %v", act, err)
			}
		}
		if _, err := room.Append("", func(*engine.Sitting) ([]engine.Event, error) {
			return []engine.Event{{Kind: engine.IncidentNoted, At: site.hall.Now(), By: "s"}}, nil
		}); homeOf(err) != engine.Centre {
			t.Errorf("the site writes after the sitting was closed: %v", err)
		}
		site.stop()
		j.take(copied.all())
		synctest.Wait()
		again.pass(time.Second, false)
		if s := again.state(); s.State != engine.Done || !again.hall.Sitting(wardRoom).Here() {
			t.Fatalf("%s at the centre after all has come, home: %v", s.State, again.hall.Sitting(wardRoom).Here())
		}
		if err := again.hall.Holds(wardRoom); err != nil {
			t.Errorf("the centre may not write what has come home: %v", err)
		}
	})
}

// A clock that ran ahead at a site says nothing about the centre's.
func TestASitesClockStopsNothingAtTheCentre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newMemory()
		w := newWard(t, j, "n1")
		room := w.hall.Sitting(wardRoom)
		if err := room.HandOver(wardSite, handing(w)); err != nil {
			t.Fatal(err)
		}
		w.stop()
		s := room.State()
		hence := w.hall.Now().Add(time.Hour)
		j.take(engine.Link(s.Stream, s.N, s.Hash, []engine.Event{{Kind: engine.CheckinOpened, At: hence, By: "s"}}))
		for _, own := range []string{"site/" + wardRoom + ".1", "audit/@" + wardRoom + "/ratna/2026-11-27"} { // in every delivery
			j.take(engine.Link(own, 0, engine.FirstHash(own), []engine.Event{{Kind: engine.Viewed, At: hence, By: "s"}}))
		}
		again, found := newWardAt(t, j, "n1", "")
		defer again.stop()
		if found.Behind {
			t.Error("an hour ahead at the site, and the centre takes its own clock for behind")
		}
	})
}

// A stream that is not a site's own is refused before it reaches a batch: answers that are
// committed with it are stored.
func TestAForeignStreamSpoilsNoBatchOfASite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := engine.SiteHome(wardRoom, "site/"+wardRoom+".1", "audit/@"+wardRoom+"/", map[string]bool{wardID: true})
		for stream, want := range map[string]bool{
			"sitting/" + wardRoom: true, "sitting/uji.s2": false, "attempt/" + wardID: true, "attempt/other": false, "exam/uji": false,
			"staff/accounts": false, "site/" + wardRoom + ".1": true, "site/" + wardRoom + ".2": false, "audit/@" + wardRoom + "/ratna/2026-11-27": true, "audit/ratna/2026-11-27": false, "log/public": false,
		} {
			if own(stream) != want {
				t.Errorf("%s is the site's: %v", stream, !want)
			}
		}
		j := newMemory()
		w, _ := newWardAt(t, &engine.Homed{Journal: j, Home: own}, "n2", wardRoom)
		defer w.stop()
		j.take(engine.Link("sitting/"+wardRoom, 0, engine.FirstHash("sitting/"+wardRoom), []engine.Event{{Kind: engine.HandedOver, At: 1, By: "kepala", Two: "wakil", Act: wardSite}}))
		synctest.Wait()
		w.pass(time.Second, false)
		w.begin()
		release := j.stick()
		stored := make(chan error, 2)
		for _, stream := range []string{"exam/uji", "site/" + wardRoom + ".1"} {
			w.hall.Writer().Submit(engine.Run{Stream: stream, Records: engine.Link(stream, 0, engine.FirstHash(stream), []engine.Event{{Kind: engine.Viewed, At: 1, By: "s"}})}, func(_ engine.Outcome, err error) {
				if stream == "exam/uji" && homeOf(err) != engine.Centre {
					t.Errorf("%s: %v", stream, err)
				} else if stream != "exam/uji" && err != nil {
					t.Errorf("%s beside a foreign one: %v", stream, err)
				}
				stored <- err
			})
		}
		synctest.Wait()
		release()
		<-stored
		<-stored
		if r := w.answer(pc, 1); r.Err != nil {
			t.Errorf("an answer beside a foreign stream: %v", r.Err)
		}
	})
}
