package proctor

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

// One computer that guesses, under numbers and devices of its own making, is slowed down as a
// whole: it fills no memory, and locks few out. Whose PIN is right gets in from beside it.
func TestOneAddressGetsOnlySoManyWrong(t *testing.T) {
	w := newWorld(t, nil)
	pin := w.checkin("2410-0001")
	room := Place{Address: netip.MustParseAddr("2001:db8::1")}
	now := w.hall.Now()
	guess := func(number string, at Place) error {
		_, err := w.door.SignIn(w.ctx, number, "000000", uuid.NewString(), "", at, now)
		return err
	}
	for i := range wrongFrom.Burst {
		if err := guess(fmt.Sprintf("9-%d", i), room); !errors.Is(err, engine.WrongPin) {
			t.Fatal(i, err)
		}
	}
	beside := Place{Address: netip.MustParseAddr("2001:db8::ffff:2")} // of the same network
	for range 2 * pinTries {
		if err := guess("2410-0001", beside); !errors.Is(err, engine.RateLimited) {
			t.Fatal(err)
		}
	}
	if _, err := w.door.SignIn(w.ctx, "2410-0001", pin, pc1, "", beside, now); err != nil {
		t.Error("the right PIN: ", err)
	}
	if err := guess("9-0", Place{Address: netip.MustParseAddr("2001:db8:0:1::1")}); !errors.Is(err, engine.WrongPin) {
		t.Error("from elsewhere: ", err)
	}
}

// A number that is on the roster is told apart before its PIN is right only by who comes before
// it is open, and one address hears that only so often. It takes nobody's mistakes, and keeps out
// nobody whose PIN is right.
func TestOneAddressHearsOnlySoOftenThatANumberIsNotOpen(t *testing.T) {
	w := newWorld(t, nil)
	pin := w.checkin("2410-0001")
	room := Place{Address: netip.MustParseAddr("2001:db8::1")}
	now := w.hall.Now()
	early := func(at Place) error {
		now = now.Add(asksFrom.Every) // so that the number itself is asked for seldom enough
		_, err := w.door.SignIn(w.ctx, "2410-0002", "000000", uuid.NewString(), "", at, now)
		return err
	}
	told, err := 0, early(room)
	for errors.Is(err, engine.NotOpen) && told < 3*wrongFrom.Burst {
		told, err = told+1, early(room)
	}
	if told < wrongFrom.Burst || !errors.Is(err, engine.RateLimited) {
		t.Errorf("after %d times: %v", told, err)
	}
	if err := early(Place{Address: netip.MustParseAddr("2001:db8:0:1::1")}); !errors.Is(err, engine.NotOpen) {
		t.Error("from elsewhere: ", err)
	}
	if _, err := w.door.SignIn(w.ctx, "9-1", "000000", uuid.NewString(), "", room, now); !errors.Is(err, engine.WrongPin) {
		t.Error("a mistake beside it: ", err)
	}
	if _, err := w.door.SignIn(w.ctx, "2410-0001", pin, pc1, "", room, now); err != nil {
		t.Error("the right PIN: ", err)
	}
}

// Each sign-in asks the attempt, and stands in its queue before what the candidate answers.
func TestOneAddressAsksForANumberOnlySoOften(t *testing.T) {
	w := newWorld(t, nil)
	pin := w.checkin("2410-0001")
	now := w.hall.Now()
	enter := func(addr string) error {
		_, err := w.door.SignIn(w.ctx, "2410-0001", pin, uuid.NewString(), "", Place{Address: netip.MustParseAddr(addr)}, now)
		return err
	}
	for i := range asksFrom.Burst {
		if err := enter("10.0.0.1"); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := enter("10.0.0.1"); !errors.Is(err, engine.RateLimited) {
		t.Error(err)
	}
	if err := enter("10.0.0.2"); err != nil {
		t.Error("from elsewhere: ", err)
	}
}

// Where the exam file says where a site's computers are, nobody from outside locks a candidate out.
func TestWhoIsOutsideTheSiteLocksNobodyOut(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) {
		for i := range d.Sites {
			d.Sites[i].Networks = []string{"10.20.0.0/16"}
		}
	})
	pin := w.checkin("2410-0001")
	inside, outside := Place{Address: netip.MustParseAddr("10.20.0.9")}, Place{Address: netip.MustParseAddr("203.0.113.9")}
	guess := func(at Place) error {
		_, err := w.enter("2410-0001", wrongPIN(pin), uuid.NewString(), at)
		return err
	}
	for range pinTries - 1 {
		if err := guess(outside); !errors.Is(err, engine.WrongPin) {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := guess(outside); !errors.Is(err, engine.Locked) {
			t.Fatal("outside: ", err)
		}
	}
	if _, err := w.enter("2410-0001", pin, pc1, inside); err != nil {
		t.Fatal("the candidate: ", err)
	}
	w.settle()
	if all, _ := w.desk.Incidents(w.ctx, s1); len(all) != 0 {
		t.Errorf("the room is alarmed: %+v", all)
	}
	for range pinTries {
		_ = guess(inside)
	}
	if err := guess(inside); !errors.Is(err, engine.Locked) {
		t.Error("inside: ", err)
	}
}

// A hash takes a processor for as long as a thousand answers: names that nobody has buy no more of
// them than names that somebody has, and none is kept.
func TestOneAddressGetsOnlySoManyPasswords(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	try := func(user, from string) error {
		_, err := w.accounts.Verify(w.ctx, Second{User: user, Password: "not the one"}, from, now)
		return err
	}
	for i := range triesFrom.Burst {
		if err := try(fmt.Sprintf("somebody-%d", i), "203.0.113.9"); !errors.Is(err, BadPassword) {
			t.Fatal(i, err)
		}
	}
	if err := try("another", "203.0.113.9"); !errors.Is(err, engine.Locked) {
		t.Error(err)
	}
	if err := try("another", "203.0.113.10"); !errors.Is(err, BadPassword) {
		t.Error("from elsewhere: ", err)
	}
	// Of IPv6 the network counts, as at the candidates' door: its addresses are one person's.
	for i := range triesFrom.Burst {
		if err := try(fmt.Sprintf("anybody-%d", i), fmt.Sprintf("2001:db8::%x", i+1)); !errors.Is(err, BadPassword) {
			t.Fatal(i, err)
		}
	}
	if err := try("another", "2001:db8::ffff:9"); !errors.Is(err, engine.Locked) {
		t.Error("from the same network: ", err)
	}
	if err := try("another", "2001:db8:0:1::9"); !errors.Is(err, BadPassword) {
		t.Error("from another: ", err)
	}
	// So it does where tries are recorded.
	recorded := 0
	for last := engine.Pos(0); ; {
		records, err := w.db.Tail(w.ctx, last, 1000)
		w.ok(err)
		if len(records) == 0 {
			break
		}
		for _, r := range records {
			e, err := engine.Decode(r.Body)
			w.ok(err)
			if last = r.Pos; e.Kind == engine.StaffSigned && strings.HasPrefix(e.Seat, "2001:db8::") {
				recorded++
			}
		}
	}
	if recorded != signsFrom.Burst {
		t.Errorf("%d tries from one network are recorded, not %d", recorded, signsFrom.Burst)
	}
	if err := try(strings.Repeat("x", 8000), "203.0.113.10"); !errors.Is(err, BadPassword) {
		t.Error(err)
	}
}

func TestANameDoesNotBeginAsAFormula(t *testing.T) {
	for name, ok := range map[string]bool{"Sari W.": true, "’Aisyah": true, "": false, "=HYPERLINK(\"http://x\")": false, "+62": false, "-1": false, "@sum": false} {
		if validName(name) != ok {
			t.Errorf("%q", name)
		}
	}
}

// One rule says who counts together, at every door.
func TestWhoCountsTogether(t *testing.T) {
	for from, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:DB8:1:2::": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "cli": "cli", "desk/ratna": "desk/ratna", "invalid IP": "invalid IP", "": "",
	} {
		if got := Neighbourhood(from); got != want {
			t.Errorf("%q counts as %q, want %q", from, got, want)
		}
	}
}
