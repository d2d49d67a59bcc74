package proctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/sqlitejournal"
	"terang/engine/storetest"
	"terang/engine/storetest/founding"
)

const exam = `{"code":"skd-2026","title":"SKD","ruleset":"skd-2024","bank":"sample","blueprint":{},
 "sites":[{"code":"kupang-2","name":"Kupang 2","zone":"Asia/Makassar"},{"code":"soe","name":"Soe","zone":"Asia/Makassar"}],
 "rooms":[{"code":"ruang-a","site":"kupang-2","name":"Ruang A","seats":5},{"code":"aula","site":"soe","name":"Aula","seats":30}],
 "sittings":[{"code":"s1","site":"kupang-2","room":"ruang-a","title":"Sesi 1","start":"2026-11-22T08:00"},
  {"code":"s2","site":"kupang-2","room":"ruang-a","title":"Sesi 2","start":"2026-11-22T10:30"},
  {"code":"s3","site":"soe","room":"aula","title":"Sesi 1","start":"2026-11-22T08:00"}],
 "policy":{"separate_identity":false}}`

const s1 = "skd-2026.s1"

// world is a small exam on a real journal: four people in sitting s1, one in s2, one
// without a sitting.
type world struct {
	*testing.T
	ctx      context.Context
	db       *sqlitejournal.DB
	store    engine.Store
	hall     *engine.Hall
	people   *People
	accounts *Accounts
	station  *Station
	desk     *Desk
	door     *Door
	def      *engine.Definition
	log      *Log
}

var (
	sup   = Account{User: "ratna", Name: "Ratna Dewi", Grants: Everywhere(Supervisor)}
	sup2  = Account{User: "bagus", Name: "Bagus Prakoso", Grants: Everywhere(Supervisor)}
	chief = Account{User: "kepala", Name: "Kepala", Grants: Everywhere(Admin)}
	oper  = Account{User: "oki", Name: "Oki", Grants: Everywhere(Operator)}
	veri  = Account{User: "vera", Name: "Vera", Grants: Everywhere(Verifier)}
)

func newWorld(t *testing.T, change func(*engine.Definition)) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "terang.db")
	if err := os.WriteFile(path, founded(t, change), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sqlitejournal.Open(path, sqlitejournal.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, ctx: t.Context(), db: db, store: memstore.New()}
	w.people = NewPeople(db)
	w.ok(w.people.LoadAll(w.ctx))
	w.def = w.people.Exam("skd-2026")
	w.log = NewLog(db, Direct(db))
	w.station = NewStation(w.people)
	w.hall = engine.NewHall("node-1", db, w.store, engine.NewClock(), engine.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler), w.station)
	w.accounts = NewAccounts(db, w.store, NewLog(db, w.hall.Writer()), testSealer{})
	keys := Keys{Secret: []byte("a secret of thirty-two bytes ...")}
	w.desk = NewDesk(w.hall, w.people, w.accounts, w.station, db, keys)
	w.door = NewDoor(w.hall, w.people, w.station, w.store, keys)
	w.admit()
	if _, err := w.hall.Recover(w.ctx); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.hall.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, db.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

var foundations founding.Files

// founded is the file of a journal that nobody has used yet.
func founded(t *testing.T, change func(*engine.Definition)) []byte {
	t.Helper()
	file := []byte(exam)
	if change != nil {
		def, err := engine.ParseDefinition(file)
		if err == nil {
			change(def)
			file, err = json.Marshal(def)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	journal, err := foundations.Of(string(file), func(ctx context.Context, db *sqlitejournal.DB) error {
		people := NewPeople(db)
		def, err := people.SaveExam(ctx, file)
		if err != nil {
			return err
		}
		return importRoster(ctx, people, db, def)
	})
	if err != nil {
		t.Fatal(err)
	}
	return journal
}

func importRoster(ctx context.Context, people *People, db *sqlitejournal.DB, def *engine.Definition) error {
	roster, err := os.Open(filepath.Join(folder, "roster.csv"))
	if err != nil {
		return err
	}
	defer func() { _ = roster.Close() }()
	all, faults := expected(roster, def, nil)
	if len(faults) > 0 {
		return fmt.Errorf("%v", faults)
	}
	return people.Import(ctx, NewLog(db, Direct(db)), "setup", 1, def.Code, all, nil)
}

// expected reads the whole roster of an exam that has none yet.
func expected(r io.Reader, def *engine.Definition, formations []Formation) ([]Person, []Fault) {
	people, _, faults := parseRoster(r, def, formations, nil, true)
	return people, faults
}

func (w *world) admit() {
	form := storetest.Form("form", nil, engine.Place{
		Item: &engine.Item{ID: "TWK-1", Options: []engine.Option{{ID: "a"}, {ID: "b"}}}, Order: []uint8{0, 1},
	})
	for _, p := range w.people.All(w.def.Code) {
		id := p.SittingID()
		w.hall.Admit(p.Attempt, &engine.Terms{Policy: w.def.Policy, Length: 100 * time.Minute, Number: p.Number, Form: form, Expected: id})
		if id != "" {
			w.hall.Sitting(id).Seat(p.Attempt)
		}
	}
}

// settle waits until the hall has followed the journal to where it ends now.
func (w *world) settle() {
	w.Helper()
	last := engine.Pos(0)
	for {
		records, err := w.db.Tail(w.ctx, last, 1000)
		if err != nil {
			w.Fatal(err)
		}
		if len(records) == 0 {
			break
		}
		last = records[len(records)-1].Pos
	}
	tick := time.NewTicker(time.Millisecond) // what it waits for needs the processor, too
	defer tick.Stop()
	for w.hall.Pos() < last {
		<-tick.C
	}
}

func (w *world) live(number string) *engine.Live {
	w.Helper()
	found := w.people.Find(number, "")
	if len(found) != 1 {
		w.Fatalf("%d people have number %s", len(found), number)
	}
	return w.hall.Attempt(found[0].Attempt)
}

func (w *world) state(number string) (a engine.Attempt) {
	w.Helper()
	w.live(number).View(func(s *engine.Attempt, _ *engine.Terms) { a = *s })
	return a
}

// act does what must succeed at every seat.
func (w *world) act(by Account, r Request) Response {
	w.Helper()
	if r.Op == "" {
		r.Op = uuid.NewString()
	}
	answer, err := w.desk.Act(w.ctx, by, s1, r)
	if err != nil || len(answer.Failed) > 0 {
		w.Fatalf("%s: %v, failed %+v", r.Action, err, answer.Failed)
	}
	return answer
}

// refused does what must be refused as a whole.
func (w *world) refused(by Account, r Request, code engine.Code, field string) Response {
	w.Helper()
	if r.Op == "" {
		r.Op = uuid.NewString()
	}
	answer, err := w.desk.Act(w.ctx, by, s1, r)
	w.is(err, code, field)
	return answer
}

// failed does what must fail at its only seat.
func (w *world) failed(by Account, r Request, code engine.Code, field string) {
	w.Helper()
	r.Op = uuid.NewString()
	answer, err := w.desk.Act(w.ctx, by, s1, r)
	if err != nil || len(answer.Failed) != 1 || len(answer.Done) > 0 {
		w.Fatalf("%s: %v, %+v", r.Action, err, answer)
	}
	if f := answer.Failed[0]; f.Code != code || f.Field != field {
		w.Fatalf("%s failed with %s (%s), not %s (%s)", r.Action, f.Code, f.Field, code, field)
	}
}

func (w *world) is(err error, code engine.Code, field string) {
	w.Helper()
	var no *engine.Refusal
	if !errors.As(err, &no) || no.Code != code || no.Field != field {
		w.Fatalf("got %v, not %s (%s)", err, code, field)
	}
}

// checkin opens check-in if need be and returns the PIN.
func (w *world) checkin(number string) string {
	w.Helper()
	if w.hall.Sitting(s1).State().Phase == engine.Planned {
		w.act(sup, Request{Action: engine.ActOpenCheckin})
	}
	answer := w.act(veri, Request{Action: engine.ActCheckin, Numbers: []string{number}})
	if len(answer.PINs) != 1 {
		w.Fatalf("%d PINs", len(answer.PINs))
	}
	return answer.PINs[0].PIN
}

const pc1, pc2 = "0f3c1f6e-0000-4000-8000-000000000001", "0f3c1f6e-0000-4000-8000-000000000002"

func (w *world) enter(number, pin, device string, at Place) (Seated, error) {
	return w.door.SignIn(w.ctx, number, pin, device, "", at, w.hall.Now())
}

// working brings people to where their clock runs and their page is bound.
func (w *world) working(numbers ...string) {
	w.Helper()
	for _, n := range numbers {
		device := uuid.NewString()
		in, err := w.enter(n, w.checkin(n), device, Place{})
		if err != nil {
			w.Fatal(err)
		}
		w.ask(n, engine.Command{Act: engine.ActConfirm, By: "candidate", Device: device, Session: HashSecret(in.Secret)})
		w.ask(n, engine.Command{Act: engine.ActHello, By: "candidate", Device: device, Session: HashSecret(in.Secret), Node: w.hall.Node()})
	}
	now := w.hall.Now()
	if _, err := w.hall.Sitting(s1).Act(engine.Command{Act: engine.ActStart, By: sup.User, At: now, Since: now}); err != nil {
		w.Fatal(err)
	}
	for _, n := range numbers {
		w.ask(n, engine.Command{Act: engine.ActFollow, By: "engine"})
		if s := w.state(n).State; s != engine.Running {
			w.Fatalf("%s is %s", n, s)
		}
	}
}

func (w *world) ask(number string, c engine.Command) {
	w.Helper()
	c.At = w.hall.Now()
	if r := w.live(number).Ask(c, nil); r.Err != nil {
		w.Fatalf("%s of %s: %v", c.Act, number, r.Err)
	}
}

// testSealer turns bytes over, and remembers for what.
type testSealer struct{}

func (testSealer) Seal(use string, plain []byte) []byte {
	return append([]byte(use+"\x00"), flipped(plain)...)
}

func (testSealer) Open(use string, sealed []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(use+"\x00"))
	if !ok {
		return nil, errors.New("sealed for another use")
	}
	return flipped(rest), nil
}

func flipped(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = ^b[i]
	}
	return out
}
