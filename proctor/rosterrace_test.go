package proctor

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

var deputy = Account{User: "wakil", Grants: Everywhere(Admin)}

// transfer sends somebody of s1 to s3 at a desk.
func (b *bureau) transfer(d *Desk, number string) {
	b.Helper()
	r := Request{Op: uuid.NewString(), Action: engine.ActTransfer, Numbers: []string{number}, To: "s3", Reason: "health: demam"}
	answer, err := d.Act(b.ctx, sup, s1, r)
	if err == nil && answer.Proposal != "" {
		answer, err = d.Decide(b.ctx, sup2, answer.Proposal, uuid.NewString(), "approve", "seen")
	}
	if err != nil || len(answer.Done) != 1 {
		b.Fatalf("%v %+v", err, answer)
	}
}

// otherDesk is that of another node: it shares the journal and the register, and no lock.
func (b *bureau) otherDesk() *Desk {
	b.Helper()
	people := NewPeople(b.db)
	b.ok(people.LoadAll(b.ctx))
	return NewDesk(b.hall, people, b.node(b.db), NewStation(people), b.db, b.desk.keys)
}

func (b *bureau) sitting(number string) string {
	b.Helper()
	return b.fresh().Find(number, b.def.Code)[0].Sitting
}

// A roster that waited for the second person takes nobody back who was sent elsewhere
// meanwhile; what names other people only is done as it was agreed.
func TestAProposedRosterOverwritesNoMove(t *testing.T) {
	b := newBureau(t)
	b.employ(sup, sup2)
	b.ok(b.office.FreezeRoster(b.ctx, b.head, b.def.Code))
	two := b.fresh().Find("2410-0002", "")[0]
	whole := b.take(RosterRequest{File: b.file(two.Name, "Nama Baru"), Reason: "salah ketik"}).Proposal
	part := b.take(RosterRequest{File: "number,name,birth_date,formation,site\n2410-0002,Nama Lain," + two.BirthDate + "," + two.Formation + "," + two.Site, Reason: "salah ketik", Partial: true}).Proposal
	if whole == "" || part == "" {
		t.Fatal("they do not wait for another person")
	}
	b.transfer(b.desk, "2410-0001")
	q, _, err := b.desk.Pairs().Get(b.ctx, whole)
	b.ok(err)
	lines, err := b.office.showRoster(b.ctx, q)
	if err != nil || lines[0].What != "fault" {
		t.Errorf("the second person is not told that it cannot be done any more: %v %v", err, lines)
	}
	_, err = b.desk.Pairs().Decide(b.ctx, deputy, whole, uuid.NewString(), "approve", "")
	b.is(err, engine.WrongState, "roster_change")
	if at := b.sitting("2410-0001"); at != "s3" {
		t.Fatalf("who was sent to s3 is expected at %s", at)
	}
	_, err = b.desk.Pairs().Decide(b.ctx, deputy, part, uuid.NewString(), "approve", "")
	b.ok(err)
	if name := b.fresh().Find("2410-0002", "")[0].Name; name != "Nama Lain" || b.sitting("2410-0001") != "s3" {
		t.Errorf("%s, and who was sent to s3 is expected at %s", name, b.sitting("2410-0001"))
	}
}

// Nodes share no lock: what another one changed while a roster was looked at refuses the
// roster, and is not written over.
func TestARosterIsRefusedWhereAnotherNodeMovedSomebodyMeanwhile(t *testing.T) {
	for _, kind := range []string{KindPayload, KindText} { // before the roster is read again, and after
		b := newBureau(t)
		b.employ(sup, sup2)
		other := b.otherDesk()
		b.office.register = &hooked{Register: b.db, put: kind, meanwhile: func() { b.transfer(other, "2410-0001") }}
		two := b.fresh().Find("2410-0002", "")[0]
		_, err := b.office.Roster(b.ctx, b.head, b.def.Code, RosterRequest{Op: uuid.NewString(), File: b.file(two.Name, "Nama Baru"), Reason: "other: salah ketik"})
		b.is(err, engine.WrongState, "roster_change")
		if at := b.sitting("2410-0001"); at != "s3" {
			t.Fatalf("who was sent to s3 while %s was written is expected at %s", kind, at)
		}
	}
}

// held says at each writing of a person whether a roster could be changed meanwhile.
type held struct {
	engine.Register
	people *People
	free   int
	seen   int
}

func (h *held) Put(ctx context.Context, entries ...engine.Entry) error {
	if entries[0].Kind == KindPerson {
		h.seen++
		if h.people.rosters.TryLock() {
			h.people.rosters.Unlock()
			h.free++
		}
	}
	return h.Register.Put(ctx, entries...)
}

// Within a node, rosters and moves take turns.
func TestRostersAndMovesTakeTurns(t *testing.T) {
	b := newBureau(t)
	b.employ(sup, sup2)
	h := &held{Register: b.db, people: b.people}
	b.desk.register, b.office.register = h, h
	b.transfer(b.desk, "2410-0001")
	b.take(RosterRequest{File: b.file("2410-0002,", "2410-0002,x")})
	if h.seen != 2 || h.free > 0 {
		t.Errorf("people were written %d times, and %d times somebody else could have", h.seen, h.free)
	}
}

// Who has begun and goes on elsewhere stays where two people sent them, also before the
// other sitting is opened; and nobody is sent to a sitting that is over.
func TestARosterLeavesWhoGoesOnElsewhere(t *testing.T) {
	b := newBureau(t)
	b.employ(sup, sup2)
	b.working("2410-0001")
	b.act(sup, Request{Action: engine.ActPause, Reason: "power"})
	b.ask("2410-0001", engine.Command{Act: engine.ActFollow, By: "engine"})
	b.actAt(s1, sup, Request{Action: engine.ActContinue, Numbers: []string{"2410-0001"}, To: "s3", Reason: "power: gardu terbakar"})
	b.again()
	b.act(sup, Request{Action: engine.ActFinish, Reason: "power"})
	b.settle()
	refused := func(file string, partial bool, want ...string) {
		t.Helper()
		_, faults := b.preview(file, partial)
		all := ""
		for _, f := range faults {
			if all += f.String() + "\n"; f.Remedy == "" {
				t.Errorf("%s: no remedy", f.What)
			}
		}
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("nothing says that %s:\n%s", w, all)
			}
		}
	}
	refused(b.file("soe,s3,", "kupang-2,s2,"), false, "2410-0001 has begun, and goes on at sitting s3")
	refused(b.file("soe,s3,", "kupang-2,s1,"), false, "2410-0001 has begun, and goes on at sitting s3", "is over")
	var rest []string
	for _, l := range strings.Split(b.file(), "\n") {
		if !strings.HasPrefix(l, "2410-0001") {
			rest = append(rest, l)
		}
	}
	refused(strings.Join(rest, "\n"), false, "2410-0001 is missing, who has come")
	refused("number,name,birth_date,formation,site,sitting\nX-1,Satu,2000-01-01,arsiparis,kupang-2,s1", true, "X-1", "sitting s1, which is over")
}

// A roster whose people were written, and of whom the exam did not hear, is recorded by the
// next try.
func TestARosterThatWasCutShortIsRecorded(t *testing.T) {
	b := newBureau(t)
	b.ok(b.office.FreezeRoster(b.ctx, b.head, b.def.Code))
	two := *b.fresh().Find("2410-0002", "")[0]
	id := b.take(RosterRequest{File: b.file(two.Name, "Nama Baru"), Reason: "salah ketik"}).Proposal
	two.Name = "Nama Baru"
	b.ok(b.fresh().Save(b.ctx, b.def.Code, []Person{two}, nil))
	before := len(b.versions())
	_, err := b.desk.Pairs().Decide(b.ctx, deputy, id, uuid.NewString(), "approve", "")
	b.ok(err)
	if all := b.versions(); len(all) != before+1 || all[before].Hash != engine.SHA256(b.file()) {
		t.Errorf("%+v", all[before:])
	}
}
