package proctor

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// homes is a world whose administrators hand sittings over.
type homes struct {
	*world
	at       *Homes
	office   *Office
	one, two Account
}

func newHomes(t *testing.T) *homes {
	t.Helper()
	w := newWorld(t, nil)
	h := &homes{world: w, office: NewOffice(w.db, w.accounts, w.desk.Pairs())}
	h.at = NewHomes(w.desk, h.office)
	h.one, h.two = Account{User: "kepala", Name: "Kepala", Grants: Everywhere(Admin)}, Account{User: "wakil", Name: "Wakil", Grants: Everywhere(Admin)}
	w.employ(h.one, h.two)
	return h
}

func (h *homes) asks(sitting string, back, lost bool) (Response, error) {
	return h.at.Take(h.ctx, h.one, HomeRequest{Op: uuid.NewString(), Sitting: sitting, Back: back, Lost: lost, Reason: "network: no line"})
}

func (h *homes) agreed(sitting string, back, lost bool) error {
	h.Helper()
	answer, err := h.asks(sitting, back, lost)
	h.ok(err)
	_, err = h.desk.Decide(h.ctx, h.two, answer.Proposal, uuid.NewString(), "approve", "seen")
	return err
}

// Two people hand a sitting over: the steps stand in the exam's stream, the act alone in the
// sitting's, which nobody here writes from then on, whatever is still open in it.
func TestTwoPeopleHandASittingOver(t *testing.T) {
	h := newHomes(t)
	if _, err := h.at.Take(h.ctx, sup, HomeRequest{Op: uuid.NewString(), Sitting: s3, Reason: "x"}); err == nil {
		t.Error("a supervisor hands a sitting over")
	}
	answer, err := h.asks(s3, false, false)
	h.ok(err)
	if answer.Proposal == "" || h.hall.Sitting(s3).State().Home != "" {
		t.Fatalf("handed over by one: %+v", answer)
	}
	_, err = h.desk.Decide(h.ctx, h.one, answer.Proposal, uuid.NewString(), "approve", "seen")
	h.is(err, engine.SecondPerson, "proposal")
	h.ok(h.agreed(s3, false, false))
	events := h.stream(engine.SittingStream + s3)
	last := events[len(events)-1]
	if last.Kind != engine.HandedOver || last.By != "kepala" || last.Two != "wakil" || last.Act != "soe" || last.Why != "network" {
		t.Errorf("recorded: %+v", last)
	}
	for _, e := range events {
		if engine.IsStep(e.Kind) {
			t.Errorf("%s stands in the sitting's stream, which is the site's", e.Kind)
		}
	}
	n := len(events)

	h.settle()
	u, err := h.desk.Unsettled(h.ctx, h.def.Code, "")
	h.ok(err)
	if len(u.More) == 0 || u.More[0].What != openAway || u.More[0].String() != "1 (Sesi 1 · Soe)" {
		t.Errorf("open before results are frozen: %+v", u)
	}
	_, err = h.desk.Act(h.ctx, sup, s1, Request{Op: uuid.NewString(), Action: engine.ActTransfer, Numbers: []string{"2410-0001"}, To: "s3", Reason: "health"})
	h.is(err, engine.NotHome, "soe")
	if p := h.people.Find("2410-0001", "")[0]; p.SittingID() != s1 {
		t.Errorf("sent to %s", p.SittingID())
	}
	v, err := h.desk.Overview(h.one, s3)
	h.ok(err)
	if v.Home != "soe" || slices.Contains(v.May, engine.ActOpenCheckin) {
		t.Errorf("shown: home %q, may %v", v.Home, v.May)
	}

	// What waits for a second person at the site is the site's to end.
	s := h.hall.Sitting(s3).State()
	old := engine.Event{Kind: engine.Proposed, At: h.hall.Now().Add(-2 * RoomLife), By: "ratna", Op: uuid.NewString(), Act: engine.ActStart, Text: engine.SHA256("x")}
	_, err = h.db.Append(h.ctx, []engine.Run{{Stream: s.Stream, Records: engine.Link(s.Stream, s.N, s.Hash, []engine.Event{old})}})
	h.ok(err)
	h.settle()
	h.ok(h.desk.Pairs().Settle(h.ctx))
	if after := len(h.stream(engine.SittingStream + s3)); after != n+1 {
		t.Errorf("%d records in the copy, %d came", after-n, 1)
	}
	h.ok(h.agreed(s3, true, false))
	if h.hall.Sitting(s3).State().Home != "" {
		t.Error("taken back, and still the site's")
	}
}

// Once something has come from a site, who takes the sitting back gives up the rest, and says so.
func TestASittingOfWhichSomethingHasComeIsGivenUpKnowingly(t *testing.T) {
	h := newHomes(t)
	h.ok(h.agreed(s3, false, false))
	handed := h.hall.Sitting(s3).State().Handed
	h.ok(h.log.Append(h.ctx, SiteStreamOf(s3, handed), engine.Event{Kind: engine.SiteOpened, At: h.hall.Now(), By: "engine", Act: "soe"}))
	h.is(h.agreed(s3, true, false), engine.WrongState, "collected")
	h.ok(h.agreed(s3, true, true))
	events := h.stream(engine.SittingStream + s3)
	if last := events[len(events)-1]; last.Kind != engine.TakenBack || !last.On {
		t.Errorf("recorded: %+v", last)
	}
	if _, err := h.asks(s1, true, false); err == nil {
		t.Error("taken back what nobody handed over")
	}
}

// A site would be given the list, which names people of all sittings.
func TestNoSittingIsHandedOverAfterResultsWereFrozen(t *testing.T) {
	h := newHomes(t)
	h.ok(h.log.Append(h.ctx, engine.ExamStream+h.def.Code, engine.Event{Kind: engine.ResultsFrozen, At: h.hall.Now(), By: "kepala", Two: "wakil", Op: uuid.NewString(), Text: engine.SHA256("list"), MS: 1}))
	h.settle()
	h.is(h.agreed(s3, false, false), engine.WrongState, "results")
}

// Codes of a second factor count once at a site too, which writes nothing about accounts.
func TestACodeCountsOnceAtASite(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	_, codes := w.enrolled(Account{User: "ratna", Name: "Ratna", Grants: Everywhere(Supervisor)}, now)
	before := len(w.stream(StaffAccounts))
	w.accounts.log.At(s1)
	w.ok(w.verify("ratna", codes[0], now.Add(time.Minute)))
	w.is(w.verify("ratna", codes[0], now.Add(2*time.Minute)), WrongCode, "code")
	if after := len(w.stream(StaffAccounts)); after != before {
		t.Errorf("%d records about accounts were written at a site", after-before)
	}
	if len(w.stream(engine.AuditStream+SiteAudit(s1)+"accounts")) != 1 {
		t.Error("the site has not recorded that a code was used")
	}
}

// otherSealer is another key file.
type otherSealer struct{}

func (otherSealer) Seal(use string, plain []byte) []byte {
	return append([]byte("other/"+use+"\x00"), flipped(plain)...)
}

func (otherSealer) Open(use string, sealed []byte) ([]byte, error) {
	return testSealer{}.Open("other/"+use, sealed)
}

// A second factor goes to a site under the site's own key file: the device that its owner has
// opens it there, and the centre's key file does not go with it.
func TestASecondFactorGoesWithItsOwner(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	d, _ := w.enrolled(sup, now)
	body, err := w.db.Get(w.ctx, KindFactor, "ratna")
	w.ok(err)
	if _, err := Reseal("ratna", body, otherSealer{}, testSealer{}); err == nil {
		t.Error("opened by a key file that it was not sealed with")
	}
	body, err = Reseal("ratna", body, testSealer{}, otherSealer{})
	w.ok(err)
	w.ok(w.db.Put(w.ctx, engine.Entry{Kind: KindFactor, ID: "ratna", Body: body}))
	w.accounts = NewAccounts(w.db, w.store, NewLog(w.db, w.hall.Writer()), otherSealer{})
	w.ok(w.verify("ratna", d.code(now.Add(time.Minute)), now.Add(time.Minute)))
}
