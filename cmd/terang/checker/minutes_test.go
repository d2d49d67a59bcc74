package checker

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/storetest"
	"terang/proctor"
)

// day is a sitting that is simulated through the engine's own decisions, with whatever
// chance brings: the events are those that a hall would have written.
type day struct {
	*testing.T
	rand     *rand.Rand
	now      engine.Instant
	journal  *memory
	sitting  *engine.Sitting
	attempts []*engine.Attempt
	terms    []*engine.Terms
	gen      []int
	ops      int
}

const simulated = "skd.s1"

func newDay(t *testing.T, seed uint64) *day {
	d := &day{T: t, rand: rand.New(rand.NewPCG(seed, 7)), now: 1_800_000_000_000, journal: newMemory(), sitting: engine.NewSitting(engine.SittingStream + simulated)}
	item := &engine.Item{ID: "I", Section: "TWK", Options: []engine.Option{{ID: "a"}, {ID: "b"}}}
	form := storetest.Form("f", nil, engine.Place{Item: item, Order: []uint8{0, 1}})
	policy := engine.DefaultPolicy()
	policy.LateEntry = []string{engine.LateRefuse, engine.LateFull}[d.rand.IntN(2)]
	for i := range 4 + d.rand.IntN(14) {
		d.attempts = append(d.attempts, engine.NewAttempt(engine.AttemptStream+fmt.Sprintf("a%02d", i)))
		extra := time.Duration(0)
		if d.chance(10) {
			extra = 30 * time.Minute
		}
		d.terms = append(d.terms, &engine.Terms{Policy: policy, Length: 100 * time.Minute, Extra: extra, Number: fmt.Sprintf("26-%02d", i), Form: form, Sitting: d.sitting})
		d.gen = append(d.gen, 0)
	}
	return d
}

func (d *day) chance(percent int) bool { return d.rand.IntN(100) < percent }

func (d *day) later(most time.Duration) {
	d.now = d.now.Add(time.Duration(d.rand.Int64N(int64(most))))
}

func (d *day) op() string {
	d.ops++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", d.ops)
}

func (d *day) store(stream string, n int, head engine.Hash, events []engine.Event, fold func(engine.Record) error) {
	if len(events) == 0 {
		return
	}
	records := engine.Link(stream, n, head, events)
	out, err := d.journal.Append(d.Context(), []engine.Run{{Stream: stream, Records: records}})
	if err != nil || out[0].Conflict {
		d.Fatal(err, out)
	}
	for _, r := range records {
		if err := fold(r); err != nil {
			d.Fatal(err)
		}
	}
}

// ask decides a command on a person; a refusal is an answer like another.
func (d *day) ask(i int, c engine.Command) {
	a := d.attempts[i]
	c.At = d.now
	if c.By == "" {
		c.By = []string{"rina", "joko"}[d.rand.IntN(2)]
	}
	events, _ := engine.Decide(a, &c, d.terms[i])
	d.store(a.Stream, a.N, a.Hash, events, a.Fold)
	if c.Act == engine.ActHello {
		d.gen[i] = a.Gen
	}
}

func (d *day) room(c engine.Command) {
	c.At, c.By = d.now, "rina"
	events, _ := engine.DecideSitting(d.sitting, &c)
	d.store(d.sitting.Stream, d.sitting.N, d.sitting.Hash, events, d.sitting.Fold)
	d.now = max(d.now, d.sitting.StartedAt)
	for i := range d.attempts {
		d.ask(i, engine.Command{Act: engine.ActFollow, By: "rina"})
	}
}

func (d *day) note(why string) {
	e := engine.Event{Kind: engine.IncidentNoted, At: d.now, By: "rina", Why: why}
	d.store(d.sitting.Stream, d.sitting.N, d.sitting.Hash, []engine.Event{e}, d.sitting.Fold)
}

func (d *day) reason() string {
	return []string{"late", "papers", "identity", "disqualified", "withdrew"}[d.rand.IntN(5)]
}

func (d *day) checkin(i int) {
	d.ask(i, engine.Command{Act: engine.ActCheckin, Sitting: simulated, Seat: fmt.Sprintf("A-%02d", i+1), Number: d.terms[i].Number, Pin: "p"})
}

// sit signs a person in at a computer and lets the page say hello.
func (d *day) sit(i int) {
	device := fmt.Sprintf("computer %d of %d", d.rand.IntN(3), i)
	d.ask(i, engine.Command{Act: engine.ActSignIn, By: "candidate", Device: device, Session: device})
	d.ask(i, engine.Command{Act: engine.ActConfirm, By: "candidate", Device: device, Session: device})
	d.ask(i, engine.Command{Act: engine.ActHello, By: "candidate", Device: device, Session: device, Node: "a"})
}

func (d *day) arrive(i int) {
	d.later(5 * time.Minute)
	switch n := d.rand.IntN(100); {
	case n < 12: // never comes
	case n < 16:
		d.ask(i, engine.Command{Act: engine.ActDisqualify, Two: "sri", Why: "impersonation"})
	case n < 30:
		if d.chance(40) {
			d.checkin(i)
		}
		d.ask(i, engine.Command{Act: engine.ActTurnAway, Why: d.reason()})
		if d.chance(30) {
			d.checkin(i)
		}
	default:
		d.checkin(i)
		if d.chance(5) {
			d.ask(i, engine.Command{Act: engine.ActDoubt, Why: "identity"})
			d.ask(i, engine.Command{Act: engine.ActDecideDoubt, Why: "cleared"})
		}
	}
}

// incident is one thing that happens while people work.
func (d *day) incident() {
	d.later(6 * time.Minute)
	i := d.rand.IntN(len(d.attempts))
	a := d.attempts[i]
	for k := range d.attempts { // whose time is up is finished by the node
		d.ask(k, engine.Command{Act: engine.ActDeadline, By: "engine", Since: d.now})
	}
	switch d.rand.IntN(17) {
	case 0:
		d.room(engine.Command{Act: engine.ActPause, Why: "power"})
		d.later(20 * time.Minute)
		d.room(engine.Command{Act: engine.ActResume})
	case 1:
		d.ask(i, engine.Command{Act: engine.ActPause, Why: "health"})
	case 2:
		d.ask(i, engine.Command{Act: engine.ActResume})
	case 3, 4: // the network goes, and comes back
		d.now = d.now.Add(16 * time.Second)
		d.ask(i, engine.Command{Act: engine.ActSilent, By: "engine"})
		d.later(25 * time.Minute)
		d.sit(i)
	case 5:
		d.ask(i, engine.Command{Act: engine.ActMove, Seat: fmt.Sprintf("B-%02d", d.rand.IntN(9)), Why: "device"})
		if d.chance(80) {
			d.later(2 * time.Minute)
			d.sit(i)
		}
	case 6:
		d.ask(i, engine.Command{Act: engine.ActCredit, Two: "sri", MS: d.rand.Int64N(900_000) - 100_000, Why: "noise"})
	case 7:
		d.ask(i, engine.Command{Act: engine.ActReverse, Ref: d.recorded(a), Why: "mistake"})
	case 8:
		d.ask(i, engine.Command{Act: engine.ActDisqualify, Two: "sri", Why: "phone"})
	case 9:
		d.ask(i, engine.Command{Act: engine.ActSelfEnd, By: "candidate", Gen: d.gen[i], Op: d.op()})
	case 10:
		d.ask(i, engine.Command{Act: engine.ActFinish, Why: "request"})
	case 11:
		d.ask(i, engine.Command{Act: engine.ActReopen, Two: "sri", Why: "mistake"})
		if d.chance(70) {
			d.ask(i, engine.Command{Act: engine.ActResume})
		}
	case 12:
		d.ask(i, engine.Command{Act: []string{engine.ActLeave, engine.ActReturn}[d.rand.IntN(2)], Why: "toilet"})
	case 13:
		for ref := range a.Asked {
			d.ask(i, engine.Command{Act: engine.ActDecideCredit, Ref: ref, On: d.chance(60)})
			break
		}
	case 14:
		d.note("noise")
	case 15: // comes late
		d.checkin(i)
		d.sit(i)
	default:
		d.ask(i, engine.Command{Act: engine.ActAnswer, By: "candidate", Gen: d.gen[i], Op: d.op(), Q: 1, C: "b"})
	}
}

// recorded is a record of the attempt's that may give time.
func (d *day) recorded(a *engine.Attempt) int {
	if a.N == 0 {
		return 0
	}
	refs := []int{}
	for _, r := range d.journal.records {
		if e, err := engine.Decode(r.Body); r.Stream == a.Stream && err == nil && (e.Kind == engine.TimeGiven || e.Kind == engine.GapCredited) {
			refs = append(refs, r.N)
		}
	}
	if len(refs) == 0 {
		return 0
	}
	return refs[d.rand.IntN(len(refs))]
}

func (d *day) run() {
	d.room(engine.Command{Act: engine.ActOpenCheckin})
	for i := range d.attempts {
		d.arrive(i)
	}
	d.room(engine.Command{Act: engine.ActCloseCheckin})
	for i := range d.attempts {
		if d.chance(92) {
			d.sit(i)
		}
	}
	d.room(engine.Command{Act: engine.ActStart})
	for range 10 + d.rand.IntN(50) {
		d.incident()
	}
	for i, a := range d.attempts {
		if (a.State == engine.Running || a.State == engine.OnPause) && d.chance(85) { // the others go on another day
			d.ask(i, engine.Command{Act: engine.ActFinish})
		}
	}
	d.room(engine.Command{Act: engine.ActFinish})
}

func simulatedExam() *engine.Definition {
	return &engine.Definition{
		Code: "skd", Title: "SKD", Policy: engine.DefaultPolicy(),
		Sites:    []engine.SiteDef{{Code: "barat", Name: "Barat", Zone: "Asia/Jakarta"}},
		Rooms:    []engine.RoomDef{{Code: "a", Site: "barat", Name: "A", Seats: 40}},
		Sittings: []engine.SittingDef{{Code: "s1", Site: "barat", Room: "a", Title: "Sesi 1", Start: "2031-11-22T08:00"}},
	}
}

// facts are the minutes' data of the day, made as a node makes them.
func (d *day) facts() (*proctor.Facts, []string) {
	var people []*proctor.Person
	var ids []string
	for i, a := range d.attempts {
		id := strings.TrimPrefix(a.Stream, engine.AttemptStream)
		people, ids = append(people, &proctor.Person{Attempt: id, Exam: "skd", Number: d.terms[i].Number, Sitting: "s1"}), append(ids, id)
	}
	c := proctor.NewConduct(simulated, people)
	for _, r := range d.journal.records {
		e, err := engine.Decode(r.Body)
		if err != nil {
			d.Fatal(err)
		}
		c.Apply(r, &e)
	}
	return c.Facts(simulatedExam()), ids
}

// counted brings the minutes into the form of the count that was made apart from them.
func counted(f *proctor.Facts) *tally {
	t := &tally{
		Registered: f.Attendance.Registered, Absent: f.Attendance.Absent, Present: f.Attendance.Present, Classes: map[string]int{}, Credits: map[string]int64{},
		Disqualified: len(f.Disqualified), Reopened: len(f.Reopened), Turned: len(f.Away), Moves: len(f.Moves), Leaves: f.Leaves, Late: f.LateAnswers,
		Incidents: len(f.Incidents), Devices: f.Devices,
	}
	for _, c := range f.Attendance.Classes {
		if c.Count > 0 {
			t.Classes[string(c.Class)] = c.Count
		}
	}
	for _, a := range f.Away {
		if a.Back != "" {
			t.Back++
		}
	}
	for _, s := range f.Stops {
		switch {
		case s.Number == "":
			t.RoomPauses++
		case s.What != "move":
			t.OwnPauses++
		}
	}
	for _, c := range f.Credits {
		t.Credits[c.State] += c.MS
	}
	for _, g := range f.Extra {
		if g.What == "given" && !g.Reversed {
			t.Given += g.MS
		}
	}
	return t
}

// A sitting's minutes equal a count that was made apart from them, in a thousand sittings
// with whatever can happen, and everybody is in one class.
func TestMinutesEqualAnIndependentCount(t *testing.T) {
	days := 1000
	if testing.Short() {
		days = 50
	}
	seen, states := map[string]int{}, map[string]int{}
	for seed := range days {
		d := newDay(t, uint64(seed))
		d.run()
		facts, ids := d.facts()
		want, err := tallyOf(t.Context(), d.journal, simulated, ids)
		if err != nil {
			t.Fatal(err)
		}
		if got := counted(facts); !same(got, want) {
			t.Fatalf("day %d: the minutes say\n%+v\nthe journal says\n%+v", seed, *got, *want)
		}
		everyone(t, seed, facts)
		for class, n := range want.Classes {
			seen[class] += n
		}
		for state := range want.Credits {
			states[state]++
		}
	}
	for _, classes := range [][]proctor.Class{proctor.AbsentClasses, proctor.PresentClasses} {
		for _, c := range classes {
			if c != proctor.AwayOther && seen[string(c)] == 0 {
				t.Errorf("no day had anybody in class %s: %v", c, seen)
			}
		}
	}
	for _, s := range []string{proctor.CreditAutomatic, proctor.CreditGranted, proctor.CreditRefused, proctor.CreditUndecided, proctor.CreditReversed} {
		if states[s] == 0 {
			t.Errorf("no day had a credit that was %s: %v", s, states)
		}
	}
}

func same(a, b *tally) bool {
	x, y := *a, *b
	x.Classes, x.Credits, y.Classes, y.Credits = nil, nil, nil, nil
	return fmt.Sprint(x) == fmt.Sprint(y) && maps.Equal(a.Classes, b.Classes) && maps.Equal(a.Credits, b.Credits)
}

// everyone checks that each person is named in exactly one class, and that sums are sums.
func everyone(t *testing.T, seed int, f *proctor.Facts) {
	t.Helper()
	var numbers []string
	sum := 0
	for _, c := range f.Attendance.Classes {
		numbers, sum = append(numbers, c.Numbers...), sum+c.Count
		if c.Count != len(c.Numbers) {
			t.Fatalf("day %d: class %s counts %d and names %d", seed, c.Class, c.Count, len(c.Numbers))
		}
	}
	slices.Sort(numbers)
	if a := &f.Attendance; sum != a.Registered || a.Registered != a.Absent+a.Present || len(slices.Compact(numbers)) != a.Registered {
		t.Fatalf("day %d: %d registered, %d absent, %d present, %d in classes, %d named", seed, a.Registered, a.Absent, a.Present, sum, len(numbers))
	}
	if _, err := json.Marshal(f); err != nil {
		t.Fatal(err)
	}
}
