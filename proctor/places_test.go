package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// surveyor changes the places of a bureau's exam.
type surveyor struct {
	*bureau
	places *Places
	disk   *fullOnce
}

// fullOnce is an archive that takes nothing so many times.
type fullOnce struct {
	engine.Archive
	left int
}

func (f *fullOnce) Keep(ctx context.Context, body []byte) (engine.Hash, error) {
	if f.left > 0 {
		f.left--
		return engine.Hash{}, errors.New("no space left on the disk")
	}
	return f.Archive.Keep(ctx, body)
}

func newSurveyor(t *testing.T) *surveyor {
	b := newBureau(t)
	b.define(func(d *engine.Definition) { d.Rooms[0].Seats = 8 })
	disk := &fullOnce{Archive: b.db}
	return &surveyor{b, NewPlaces(b.office, disk, func(string) (time.Duration, error) { return 100 * time.Minute, nil }), disk}
}

func (s *surveyor) plan(e PlacesEdit) *PlacesPlan {
	s.Helper()
	p, err := s.places.Plan(s.ctx, s.head, s.def.Code, e)
	s.ok(err)
	return p
}

func (s *surveyor) take(e PlacesEdit) PlacesAnswer {
	s.Helper()
	p := s.plan(e)
	if len(p.Faults) > 0 {
		s.Fatalf("%v", p.Faults)
	}
	a, err := s.places.Take(s.ctx, s.head, s.def.Code, PlacesRequest{Op: uuid.NewString(), Edit: e, Reason: "power: gedung tanpa listrik", Change: p.ID})
	s.ok(err)
	return a
}

// stands is the exam as the next process reads it.
func (s *surveyor) stands() *engine.Definition { return s.fresh().Exam(s.def.Code) }

func (s *surveyor) phase(sitting string) engine.Phase {
	s.Helper()
	st, err := s.office.Sitting(s.ctx, s.def.Code+"."+sitting)
	s.ok(err)
	return st.Phase
}

func (s *surveyor) kinds() (kinds []engine.Kind) {
	s.Helper()
	s.ok(s.db.Read(s.ctx, engine.ExamStream+s.def.Code, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		kinds = append(kinds, e.Kind)
		return err
	}))
	return kinds
}

func TestASittingThatIsNotHeldMovesItsPeopleAndNobodyElse(t *testing.T) {
	s := newSurveyor(t)
	was, stay := len(s.fresh().In(s1)), len(s.fresh().In("skd-2026.s2"))
	edit := PlacesEdit{CloseSittings: []string{"s1"}}
	p := s.plan(edit)
	if len(p.Faults) > 0 || p.Told != was || p.Seats.Moved != was || len(p.Changes) != 1 || p.Changes[0].What != PlaceClosed {
		t.Fatalf("%+v %+v", p, p.Faults)
	}
	if s.phase("s1") != engine.Planned || len(s.fresh().In(s1)) != was {
		t.Fatal("a look has changed something")
	}
	_, err := s.places.Take(s.ctx, s.head, s.def.Code, PlacesRequest{Op: uuid.NewString(), Edit: edit, Reason: "power", Change: "0000-0000"})
	s.is(err, engine.WrongState, "places")
	_, err = s.places.Take(s.ctx, s.head, s.def.Code, PlacesRequest{Op: uuid.NewString(), Edit: edit, Change: p.ID})
	s.is(err, engine.NeedsReason, "reason")
	op := uuid.NewString()
	for range 2 { // sent again it is done once
		if _, err := s.places.Take(s.ctx, s.head, s.def.Code, PlacesRequest{Op: op, Edit: edit, Reason: "power: tanpa listrik", Change: p.ID}); err != nil {
			t.Fatal(err)
		}
	}
	people := s.fresh()
	if s.phase("s1") != engine.Cancelled || len(people.In(s1)) != 0 || len(people.In("skd-2026.s2")) != was+stay+1 || // and who had no sitting yet
		!s.stands().Sittings[0].Closed {
		t.Fatalf("%s, %d and %d people", s.phase("s1"), len(people.In(s1)), len(people.In("skd-2026.s2")))
	}
	if k := s.kinds(); !slices.Equal(k[len(k)-2:], []engine.Kind{engine.PlacesChanged, engine.RosterLoaded}) || slices.Index(k, engine.PlacesChanged) != len(k)-2 {
		t.Fatalf("the exam's stream ends with %v", k)
	}
	if last := s.versions()[len(s.versions())-1]; last.Hash != engine.SHA256(s.file()) || last.Draw == "" {
		t.Errorf("%+v", last)
	}
	told := people.Told(s.def.Code, 0, func(id string) *engine.Sitting { st, _ := s.office.Sitting(s.ctx, id); return st })
	if len(told) != was || told[0].From.Sitting != "s1" {
		t.Errorf("%+v", told)
	}
	// Nothing opens it any more, and a roster that names it is refused.
	s.settle()
	_, err = s.desk.Act(s.ctx, sup, s1, Request{Op: uuid.NewString(), Action: engine.ActOpenCheckin})
	s.is(err, engine.WrongState, "")
	if a := s.bureau.take(RosterRequest{File: s.file("kupang-2,s2", "kupang-2,s1"), Change: ""}); len(a.Faults) == 0 || !strings.Contains(a.Faults[0].String(), "sitting s1 was cancelled") {
		t.Errorf("%+v", a.Faults)
	}
}

func TestASiteARoomASittingAndAnHourAreOneChange(t *testing.T) {
	s := newSurveyor(t)
	edit := PlacesEdit{
		Sites:    []engine.SiteDef{{Code: "atambua", Name: "Atambua", Zone: "Asia/Makassar"}},
		Rooms:    []engine.RoomDef{{Code: "lab", Site: "atambua", Name: "Lab", Seats: 20}},
		Sittings: []engine.SittingDef{{Code: "s9", Room: "lab", Title: "Sesi 9", Start: "2031-11-23T08:00"}},
		Hours:    map[string]string{"s2": "2031-11-22T13:00"}, Seats: map[string]int{"aula": 40},
	}
	p := s.plan(edit)
	if len(p.Faults) > 0 || len(p.Changes) != 5 || p.Seats != nil || p.Told != len(s.fresh().In("skd-2026.s2")) {
		t.Fatalf("%+v", p)
	}
	roster := s.file()
	s.take(edit)
	def := s.stands()
	if len(def.Sites) != 3 || len(def.Rooms) != 3 || len(def.Sittings) != 4 || def.Rooms[1].Seats != 40 || def.Sittings[3].Site != "atambua" || s.file() != roster {
		t.Fatalf("%+v", def)
	}
	st, err := s.office.Sitting(s.ctx, "skd-2026.s9")
	s.ok(err)
	if st.Phase != engine.Planned || st.Length != 100*time.Minute || st.Planned.String() != "2031-11-23T00:00:00.000Z" {
		t.Errorf("%+v", st)
	}
	state := func(id string) *engine.Sitting { st, _ := s.office.Sitting(s.ctx, id); return st }
	table := MovedTable(def, s.fresh().Told(s.def.Code, 0, state), state)
	if len(table) != 2 || table[1][4] != "2026-11-22T10:30+08:00" || table[1][7] != "2031-11-22T13:00+08:00" {
		t.Errorf("whom to tell of the hour: %v", table)
	}
	if again := s.plan(PlacesEdit{Hours: edit.Hours, Seats: edit.Seats}); len(again.Changes) != 0 || again.ID != "" {
		t.Errorf("what is so already would change: %+v", again)
	}
}

func TestARoomWithFewerSeatsSendsOnlyTheSurplusElsewhere(t *testing.T) {
	s := newSurveyor(t)
	s.take(PlacesEdit{Sittings: []engine.SittingDef{{Code: "s4", Room: "ruang-a", Title: "Sesi 4", Start: "2031-11-23T08:00"}}})
	p := s.plan(PlacesEdit{Seats: map[string]int{"ruang-a": 3}})
	if len(p.Faults) > 0 || p.Seats.Moved != 1 {
		t.Fatalf("four people and three seats: %+v %v", p.Seats, p.Faults)
	}
	s.take(PlacesEdit{Seats: map[string]int{"ruang-a": 3}})
	if n := len(s.fresh().In(s1)); n != 3 {
		t.Fatalf("%d people at three seats", n)
	}
	for _, q := range s.fresh().In(s1) {
		if _, fits := seatLabel(q.Seat, 3); q.Seat != "" && !fits {
			t.Errorf("%s keeps seat %s of three", q.Number, q.Seat)
		}
	}
	p = s.plan(PlacesEdit{Seats: map[string]int{"ruang-a": 1}})
	if len(p.Faults) != 1 || !strings.Contains(p.Faults[0].String(), "seats are missing") || p.ID != "" {
		t.Fatalf("five people in three sittings with a seat each: %+v", p.Faults)
	}
}

func TestWhatWasOpenedCannotBeChangedAndEveryFaultIsNamed(t *testing.T) {
	s := newSurveyor(t)
	s.bureau.take(RosterRequest{File: "number,name,birth_date,formation,site,sitting\n2410-0088,Orang Soe,2000-01-31,guru-sd,soe,s3", Partial: true})
	s.act(sup, Request{Action: engine.ActOpenCheckin})
	s.settle()
	p := s.plan(PlacesEdit{
		Sites: []engine.SiteDef{{Code: "soe", Name: "Soe", Zone: "Asia/Makassar"}}, Rooms: []engine.RoomDef{{Code: "lab", Site: "mana", Name: "Lab", Seats: 3}},
		Sittings:      []engine.SittingDef{{Code: "s8", Room: "aula", Title: "Sesi 8", Start: "2031-11-22T08:00"}, {Code: "s9", Room: "aula", Title: "Sesi 9", Start: "2031-11-22T09:00"}},
		Seats:         map[string]int{"ruang-a": 9, "tiada": 1},
		Hours:         map[string]string{"s1": "2031-11-22T08:00", "s3": "besok"},
		CloseRooms:    []string{"ruang-a"},
		CloseSittings: []string{"s1"},
	})
	all := ""
	for _, f := range p.Faults {
		if f.Remedy == "" {
			t.Errorf("%s: no remedy", f.What)
		}
		all += f.String() + "\n"
	}
	for _, want := range []string{
		"site soe is there already", "which there is not", "no room \"tiada\"", "in room ruang-a sitting s1 is checkin", "sitting s1 is checkin", "\"besok\" is no time",
		"are in room aula at the same time",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing says that %s:\n%s", want, all)
		}
	}
	if p.ID != "" || s.phase("s2") != engine.Planned {
		t.Error("something can be taken")
	}
	p = s.plan(PlacesEdit{Hours: map[string]string{"s2": "2001-01-01T08:00"}})
	if len(p.Faults) != 1 || !strings.Contains(p.Faults[0].String(), "is over") {
		t.Errorf("%v", p.Faults)
	}
	p = s.plan(PlacesEdit{CloseSites: []string{"soe"}})
	if len(p.Faults) != 1 || !strings.Contains(p.Faults[0].String(), "nobody is sent to another site by draw") {
		t.Errorf("%v", p.Faults)
	}
}

func TestPlacesTakeTwoPeopleOnceTheRosterIsFrozen(t *testing.T) {
	s := newSurveyor(t)
	edit := PlacesEdit{CloseSittings: []string{"s1"}}
	alone := s.plan(edit)
	s.ok(s.places.keep(s.ctx, alone))
	body, err := json.Marshal(alone.payload)
	s.ok(err)
	s.ok(s.office.FreezeRoster(s.ctx, s.head, s.def.Code))
	// Somebody asked for it when one was enough, and it is done when it takes two.
	_, err = s.places.do(s.ctx, &Proposal{Stream: engine.ExamStream + s.def.Code, Act: engine.ActPlaces, Op: uuid.NewString(), Exam: s.def.Code, By: s.head.User, Reason: "power", Payload: body}, "")
	s.is(err, engine.WrongState, "places")
	if p := s.plan(edit); !p.Two {
		t.Fatal("one person is enough")
	}
	id := s.take(edit).Proposal
	if id == "" || s.phase("s1") != engine.Planned {
		t.Fatal("it was done without the second person")
	}
	q, _, err := s.desk.Pairs().Get(s.ctx, id)
	s.ok(err)
	lines, err := s.places.show(s.ctx, q)
	s.ok(err)
	text := ""
	for _, l := range lines {
		text += l.What + "=" + l.Text + "\n"
	}
	if !strings.Contains(text, "place_closed=sitting s1") || !strings.Contains(text, "count_told=4") || !strings.Contains(text, "sitting: s1 → s2") {
		t.Errorf("the second person is shown\n%s", text)
	}
	wakil := Account{User: "wakil", Grants: Everywhere(Admin)}
	_, err = s.desk.Pairs().Decide(s.ctx, s.head, id, uuid.NewString(), "approve", "")
	s.is(err, engine.SecondPerson, "proposal")
	_, err = s.desk.Pairs().Decide(s.ctx, wakil, id, uuid.NewString(), "approve", "")
	s.ok(err)
	if s.phase("s1") != engine.Cancelled || len(s.fresh().In(s1)) != 0 {
		t.Fatal("nothing has changed")
	}
	// Meanwhile the check-in was opened: what was agreed to cannot be done, and nothing of it is.
	id = s.take(PlacesEdit{CloseSittings: []string{"s3"}, Seats: map[string]int{"aula": 50}}).Proposal
	_, err = s.desk.Act(s.ctx, sup, "skd-2026.s3", Request{Op: uuid.NewString(), Action: engine.ActOpenCheckin})
	s.ok(err)
	_, err = s.desk.Pairs().Decide(s.ctx, wakil, id, uuid.NewString(), "approve", "")
	s.is(err, engine.WrongState, "places")
	if s.stands().Rooms[1].Seats != 30 || s.phase("s3") != engine.CheckingIn {
		t.Error("half of it was done")
	}
}

// A sitting that nobody was expected at, or a room that had seats for all, when the change
// was proposed, keeps whoever was sent there since: the change is refused as a whole.
func TestPlacesAreNotTakenFromWhoWasSentThereSince(t *testing.T) {
	for name, c := range map[string]struct {
		edit     PlacesEdit
		from, to string
		number   string
	}{
		"a sitting": {PlacesEdit{CloseSittings: []string{"s3"}}, "s1", "s3", "2410-0001"},
		"seats":     {PlacesEdit{Seats: map[string]int{"ruang-a": 4}}, "s2", "s1", "2410-0005"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSurveyor(t)
			s.employ(sup, sup2)
			s.ok(s.office.FreezeRoster(s.ctx, s.head, s.def.Code))
			a := s.take(c.edit)
			if a.Proposal == "" || a.Plan.Seats != nil {
				t.Fatalf("the test needs a change that moves nobody: %+v", a)
			}
			file := s.stands()
			s.actAt(s.def.Code+"."+c.from, sup, Request{Action: engine.ActTransfer, Numbers: []string{c.number}, To: c.to, Reason: "health: demam"})
			q, _, err := s.desk.Pairs().Get(s.ctx, a.Proposal)
			s.ok(err)
			if lines, err := s.places.show(s.ctx, q); err != nil || lines[len(lines)-1].What != "fault" {
				t.Errorf("the second person is not told: %v %v", err, lines)
			}
			_, err = s.desk.Pairs().Decide(s.ctx, Account{User: "wakil", Grants: Everywhere(Admin)}, a.Proposal, uuid.NewString(), "approve", "")
			s.is(err, engine.WrongState, "places")
			if s.phase(c.to) != engine.Planned || !samePlaces(s.stands(), file) || s.fresh().Find(c.number, "")[0].Sitting != c.to {
				t.Errorf("%s is %s, %s is expected at %s", c.to, s.phase(c.to), c.number, s.fresh().Find(c.number, "")[0].Sitting)
			}
		})
	}
}

// A change that was cut short is gone on with, and ends as if it had not been.
func TestAChangeOfPlacesThatWasCutShortIsGoneOnWith(t *testing.T) {
	s := newSurveyor(t)
	s.ok(s.office.FreezeRoster(s.ctx, s.head, s.def.Code))
	id := s.take(PlacesEdit{CloseSittings: []string{"s1"}}).Proposal
	s.disk.left = 1
	if _, err := s.desk.Pairs().Decide(s.ctx, Account{User: "wakil", Grants: Everywhere(Admin)}, id, uuid.NewString(), "approve", ""); err == nil {
		t.Fatal("the disk was full, and nobody heard of it")
	}
	if s.phase("s1") != engine.Cancelled || s.stands().Sittings[0].Closed {
		t.Fatal("the test has to stop it in the middle")
	}
	pairs := s.desk.Pairs()
	soon := pairs.now
	pairs.now = func() engine.Instant { return soon().Add(settleAfter) }
	s.ok(pairs.Settle(s.ctx))
	if !s.stands().Sittings[0].Closed || len(s.fresh().In(s1)) != 0 || !slices.Contains(s.kinds(), engine.PlacesChanged) {
		t.Fatal("it was left where it stopped")
	}

	// Also where somebody came meanwhile to what it makes smaller: half of it would be worse.
	s.employ(sup, sup2)
	id = s.take(PlacesEdit{Seats: map[string]int{"aula": 1}, Hours: map[string]string{"s2": "2031-11-22T13:00"}}).Proposal
	s.disk.left = 1
	if _, err := s.desk.Pairs().Decide(s.ctx, Account{User: "wakil", Grants: Everywhere(Admin)}, id, uuid.NewString(), "approve", ""); err == nil {
		t.Fatal("the disk was full, and nobody heard of it")
	}
	s.again()
	s.actAt("skd-2026.s2", sup, Request{Action: engine.ActTransfer, Numbers: []string{"2410-0001", "2410-0002"}, To: "s3", Reason: "request"})
	pairs.now = func() engine.Instant { return soon().Add(2 * settleAfter) }
	s.ok(pairs.Settle(s.ctx))
	if s.stands().Rooms[1].Seats != 1 || s.fresh().Find("2410-0001", "")[0].Sitting != "s3" {
		t.Fatal("it was left where it stopped")
	}
}

// A sitting that is made for somebody who sits again leaves what others changed meanwhile.
func TestASittingThatIsAddedForOneKeepsWhatWasChangedMeanwhile(t *testing.T) {
	s := newSurveyor(t)
	redress := NewRedress(s.desk, s.office, s.db, nil, s.places.length)
	stale := s.stands()
	s.take(PlacesEdit{Rooms: []engine.RoomDef{{Code: "lab", Site: "kupang-2", Name: "Lab", Seats: 20}}})
	again := &planned{def: stale, to: engine.SittingDef{Code: "susulan", Site: "soe", Room: "aula", Title: "Susulan", Start: "2031-12-05T08:00", Minutes: 90}}
	q := &Proposal{Stream: engine.ExamStream + s.def.Code, Op: uuid.NewString(), Exam: s.def.Code, By: "ketua", Reason: "power: waktu hilang"}
	for range 2 { // cut short after it, it is asked for again
		s.ok(redress.add(s.ctx, q, "wakil", again))
	}
	def := s.stands()
	if len(def.Rooms) != len(stale.Rooms)+1 || len(def.Sittings) != len(stale.Sittings)+1 {
		t.Fatalf("%d rooms of %d and one more, %d sittings of %d and one more", len(def.Rooms), len(stale.Rooms), len(def.Sittings), len(stale.Sittings))
	}
	if st, err := s.office.Sitting(s.ctx, s.def.Code+".susulan"); err != nil || st.Length != 90*time.Minute || st.Planned.String() != "2031-12-05T00:00:00.000Z" {
		t.Errorf("%+v %v", st, err)
	}
	// One that says nothing of its length has the rules', whatever the one before had.
	again.to, again.live = engine.SittingDef{Code: "susulan-2", Site: "soe", Room: "aula", Title: "Susulan 2", Start: "2031-12-06T08:00"}, s.live("2410-0001")
	s.hall.Admit(again.live.ID, &engine.Terms{Policy: s.def.Policy, Length: 2 * time.Hour, Number: "2410-0001"})
	q.Op = uuid.NewString()
	s.ok(redress.add(s.ctx, q, "wakil", again))
	if st, err := s.office.Sitting(s.ctx, s.def.Code+".susulan-2"); err != nil || st.Length != 100*time.Minute {
		t.Errorf("%v %v", st.Length, err)
	}
	if k := s.kinds(); k[len(k)-1] != engine.PlacesChanged || k[len(k)-2] != engine.PlacesChanged {
		t.Errorf("the exam's stream ends with %v", k)
	}
}
