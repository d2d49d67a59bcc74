package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/publiclog/keeper"
	"terang/engine/sqlitejournal"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/shelf"
	"terang/scoring"
	"terang/testdata"
)

// house is one node over a journal, put together as the program does it, with a small
// exam: three sittings in the three times of the country, some people in each.
type house struct {
	log      *keeper.Keeper // stands still: the tests of the log step it
	annuls   []scoring.Annulment
	logAhead time.Duration // how far the log's clock is ahead
	*testing.T
	path    string
	db      *sqlitejournal.DB
	journal engine.Journal
	people  *proctor.People
	def     *engine.Definition
	exam    *Exam
	hall    *engine.Hall
	desk    *proctor.Desk
	staff   *proctor.Accounts
	office  *proctor.Office
	server  *Server
	folds   *Folds
	watch   *Watch
	found   engine.Recovery
	http    *httptest.Server
	stop    func()
}

// built says how a house differs from the usual one.
type built struct {
	policy  func(*engine.Policy)
	more    func(*engine.Definition)
	path    string // of a journal that is there already
	options sqlitejournal.Options
	shared  *sqlitejournal.DB // held by another node of this process
	wrap    func(engine.Journal) engine.Journal
	node    string
	store   engine.Store // nil: one of its own, in memory
	factor  bool         // a second factor is required
	before  func(*house) // after the people are known, before recovery
	logged  bool         // the exam's definition is recorded: it comes into the public log
	people  func([]proctor.Person, []proctor.Formation) ([]proctor.Person, []proctor.Formation)
	url     *url.URL // --url
	proxies []netip.Prefix
	paper   func(testing.TB) (*questionbank.Bank, *questionbank.Plan) // nil: the sample's
}

const (
	examCode = "skd-uji"
	room1    = examCode + ".s1" // WIB
	room2    = examCode + ".s2" // WITA
	room3    = examCode + ".s3" // WIT
	seats    = 8
)

var (
	testSecret = []byte("a secret of thirty-two bytes ...")
	testKeys   = proctor.Keys{Secret: testSecret}
	ratna      = proctor.Account{User: "ratna", Name: "Ratna Dewi", Grants: proctor.Everywhere(proctor.Supervisor)}
)

var sampleBank = sync.OnceValues(func() (*questionbank.Bank, error) {
	files, err := fs.Sub(testdata.Sample, "bank")
	if err != nil {
		return nil, err
	}
	bank, faults := questionbank.Parse(files, testdata.BankFiles...)
	if len(faults) > 0 {
		return nil, errors.New(faults[0].String())
	}
	return bank, nil
})

var samplePlan = sync.OnceValues(func() (*questionbank.Plan, error) {
	bank, err := sampleBank()
	if err != nil {
		return nil, err
	}
	text, err := testdata.Sample.ReadFile("exam/blueprint-skd.json")
	if err != nil {
		return nil, err
	}
	blueprint, err := questionbank.ParseBlueprint(text)
	if err != nil {
		return nil, err
	}
	return questionbank.Compile(bank, blueprint, questionbank.Knowledge{})
})

func definition(b built) *engine.Definition {
	d := &engine.Definition{
		Code: examCode, Title: "SKD Uji", RuleSet: "skd-2024", Bank: "sample", Blueprint: json.RawMessage("{}"), Policy: engine.DefaultPolicy(),
		Sites: []engine.SiteDef{{Code: "barat", Name: "Tilok Barat", Zone: "Asia/Jakarta"}, {Code: "tengah", Name: "Tilok Tengah", Zone: "Asia/Makassar"}, {Code: "timur", Name: "Tilok Timur", Zone: "Asia/Jayapura"}},
	}
	for i, s := range d.Sites {
		n := string(rune('1' + i))
		d.Rooms = append(d.Rooms, engine.RoomDef{Code: "ruang-" + n, Site: s.Code, Name: "Ruang " + n, Seats: 40})
		d.Sittings = append(d.Sittings, engine.SittingDef{Code: "s" + n, Site: s.Code, Room: "ruang-" + n, Title: "Sesi " + n, Start: "2031-11-22T08:00"})
	}
	d.Policy.SeparateIdentity = false // these rooms have one supervisor
	if b.policy != nil {
		b.policy(&d.Policy)
	}
	if b.more != nil {
		b.more(d)
	}
	return d
}

// number is the participant's number of the i-th candidate of a sitting, from 1.
func number(sitting, i int) string {
	return "26-" + string(rune('0'+sitting)) + "-" + string(rune('0'+i))
}

func roster() []proctor.Person {
	var people []proctor.Person
	for s := 1; s <= 3; s++ {
		for i := 1; i <= seats; i++ {
			people = append(people, proctor.Person{
				Number: number(s, i), Name: "Peserta " + number(s, i), BirthDate: "2000-01-01", Formation: "arsiparis",
				Site: []string{"barat", "tengah", "timur"}[s-1], Sitting: "s" + string(rune('0'+s)),
			})
		}
	}
	people[seats-1].Accommodation, people[seats-1].ExtraMinutes = "low_vision", 30
	return people
}

// build makes a house and lets it run until the test ends.
func build(t *testing.T, b built) *house {
	t.Helper()
	h := &house{T: t, path: b.path, db: b.shared, folds: new(Folds)}
	if b.path == "" && b.shared == nil {
		h.path = filepath.Join(t.TempDir(), "terang.db")
		h.must(os.WriteFile(h.path, h.founded(b), 0o600))
	}
	if h.db == nil {
		b.options.Log = slog.New(slog.DiscardHandler)
		db, err := sqlitejournal.Open(h.path, b.options)
		h.must(err)
		h.db = db
	}
	h.journal = engine.Journal(h.db)
	if b.wrap != nil {
		h.journal = b.wrap(h.journal)
	}
	h.assemble(b)
	h.run()
	return h
}

func (h *house) assemble(b built) {
	h.Helper()
	quiet := slog.New(slog.DiscardHandler)
	registry := prometheus.NewRegistry()
	metrics := engine.NewMetrics(registry)
	store := b.store
	if store == nil {
		store = memstore.New()
	}
	h.people = proctor.NewPeople(h.db)
	h.must(h.people.LoadAll(h.Context()))
	h.def = h.people.Exam(examCode)
	station, audit, minutes := proctor.NewStation(h.people), proctor.NewAudit(h.journal, h.people), proctor.NewMinutes(h.journal, h.people)
	if b.node == "" {
		b.node = "node-" + uuid.NewString()[:8]
	}
	h.keepLog(b.node)
	h.watch = NewWatch(h.journal, h.folds)
	h.watch.rest = 0
	h.hall = engine.NewHall(b.node, h.journal, store, engine.NewClock(), metrics, quiet, station, h.folds, audit, minutes, h.log, h.watch)
	h.log.Writer = h.hall.Writer()
	log := proctor.NewLog(h.journal, h.hall.Writer())
	h.staff = proctor.NewAccounts(h.db, store, log, testSealer{})
	h.desk = proctor.NewDesk(h.hall, h.people, h.staff, station, h.db, testKeys)
	minutes.Serve(h.desk, h.db)
	h.office = proctor.NewOffice(h.db, h.staff, h.desk.Pairs())
	var err error
	h.server, err = NewServer(ServerParts{
		Hall: h.hall, Desk: h.desk, Accounts: h.staff, Office: h.office, Audit: audit, Minutes: minutes, Readings: proctor.NewReadings(h.db, log), Door: proctor.NewDoor(h.hall, h.people, station, store, testKeys),
		Limits: proctor.NewLimits(store), Register: h.db, Archive: h.db, People: h.people, Folds: h.folds, PublicLog: h.log, Watch: h.watch, Shelf: shelf.New(h.db, h.db, h.db, h.hall.Writer()), Keys: testSecret, Log: quiet, Metrics: metrics, Registry: registry, Authority: "Terang", SecondFactor: b.factor, URL: b.url, Proxies: b.proxies,
		Hooks: proctor.NewHooks(h.db, log, testSealer{}),
	})
	h.must(err)
	h.folds.Removed = h.server.Forget
	rules, err := scoring.ByName(h.def.RuleSet)
	h.must(err)
	bank, err := sampleBank()
	h.must(err)
	plan, err := samplePlan()
	h.must(err)
	if b.paper != nil {
		bank, plan = b.paper(h.T)
	}
	parts := ExamParts{Def: h.def, Rules: rules, Bank: bank, Plan: plan, Seed: []byte("a seed of two parts, 32 bytes .."), Formations: h.people.Formations(examCode)}
	for _, p := range h.people.All(examCode) {
		parts.People = append(parts.People, *p)
	}
	h.exam, err = NewExam(parts, h.hall.Now())
	h.must(err)
	h.must(h.exam.Admit(h.hall))
	h.folds.Add(h.exam.Boards)
	h.server.AddExam(h.exam)
	if b.before != nil {
		b.before(h)
	}
	h.found, err = h.hall.Recover(h.Context())
	h.must(err)
	h.folds.Tick(h.hall.Now())
}

func (h *house) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		watching := make(chan error, 1)
		go func() { watching <- h.watch.Run(ctx) }()
		err := h.hall.Run(ctx)
		done <- errors.Join(err, <-watching)
	}()
	h.server.SetReady(true)
	h.http = httptest.NewServer(h.server.Handler())
	var once sync.Once
	h.stop = func() {
		once.Do(func() {
			h.server.CloseStreams()
			h.http.CloseClientConnections()
			h.http.Close()
			cancel()
			if err := <-done; err != nil {
				h.Error(err)
			}
		})
	}
	h.Cleanup(func() {
		h.stop()
		if err := h.db.Close(); err != nil {
			h.Error(err)
		}
	})
}

// kill ends the node as a power cut does: nothing is written after it, nobody is told.
func (h *house) kill() {
	h.Helper()
	h.must(h.db.Close())
	h.stop()
}

// again opens the journal of a house that was killed.
func (h *house) again(b built) *house {
	h.Helper()
	b.path = h.path
	return build(h.T, b)
}

func (h *house) must(err error) {
	if err != nil {
		h.Helper()
		h.Fatal(err)
	}
}

// act does what must succeed at every seat, as a supervisor would.
func (h *house) act(r proctor.Request) proctor.Response {
	h.Helper()
	return h.actIn(room1, r)
}

func (h *house) actIn(room string, r proctor.Request) proctor.Response {
	h.Helper()
	if r.Op == "" {
		r.Op = uuid.NewString()
	}
	answer, err := h.desk.Act(h.Context(), ratna, room, r)
	if err != nil || len(answer.Failed) > 0 {
		h.Fatalf("%s: %v, failed %+v", r.Action, err, answer.Failed)
	}
	return answer
}

// start starts a sitting as of some time ago; 0 is now, without the two seconds ahead.
func (h *house) start(room string, ago time.Duration) {
	h.Helper()
	now := h.hall.Now()
	_, err := h.hall.Sitting(room).Act(engine.Command{Act: engine.ActStart, By: ratna.User, At: now, Since: now.Add(-ago)})
	h.must(err)
	for _, l := range h.hall.Sitting(room).Members() {
		h.until("who is ready has started", func() bool {
			seen, ok := l.Presence()
			return !ok || seen.State != engine.Ready
		})
	}
}

func (h *house) live(number string) *engine.Live {
	h.Helper()
	found := h.people.Find(number, examCode)
	if len(found) != 1 {
		h.Fatalf("%d people have number %s", len(found), number)
	}
	return h.hall.Attempt(found[0].Attempt)
}

// state is the attempt as it stands; what it points to is the hall's.
func (h *house) state(number string) (a engine.Attempt) {
	h.Helper()
	h.live(number).View(func(s *engine.Attempt, _ *engine.Terms) { a = *s })
	return a
}

func (h *house) form(number string) (f *engine.Form) {
	h.Helper()
	h.live(number).View(func(_ *engine.Attempt, t *engine.Terms) { f = t.Form })
	return f
}

// events reads an attempt's stream from the journal.
func (h *house) events(number string) []engine.Event {
	h.Helper()
	return h.stream(engine.AttemptStream + h.live(number).ID)
}

func (h *house) stream(name string) []engine.Event {
	h.Helper()
	var events []engine.Event
	hash := engine.FirstHash(name)
	h.must(h.db.Read(h.Context(), name, 0, func(r engine.Record) error {
		if hash = hash.Chain(r.Body); hash != r.Hash || r.N != len(events)+1 {
			h.Errorf("%s: version %d does not follow", name, r.N)
		}
		e, err := engine.Decode(r.Body)
		events = append(events, e)
		return err
	}))
	return events
}

// views is what somebody is recorded to have looked at today, or before a midnight that has just passed.
func (h *house) views(user string) (views []engine.Event) {
	h.Helper()
	now := h.hall.Now().Time().UTC()
	for _, day := range []time.Time{now.AddDate(0, 0, -1), now} {
		for _, e := range h.stream(engine.AuditStream + user + "/" + day.Format(time.DateOnly)) {
			if e.Kind == engine.Viewed {
				views = append(views, e)
			}
		}
	}
	return views
}

func count(events []engine.Event, kind engine.Kind) int {
	n := 0
	for i := range events {
		if events[i].Kind == kind {
			n++
		}
	}
	return n
}

// followed waits until the hall has followed the journal to where it ends now.
func (h *house) followed() {
	h.Helper()
	last := h.hall.Pos()
	for {
		records, err := h.db.Tail(h.Context(), last, 4096)
		h.must(err)
		if len(records) == 0 {
			break
		}
		last = records[len(records)-1].Pos
	}
	h.until("the tail is followed", func() bool { return h.hall.Pos() >= last })
}

// until waits until something holds. It looks now and then, and not all the time: what it
// waits for needs the processor, too.
func (h *house) until(what string, holds func() bool) {
	h.Helper()
	eventually(h.T, what, holds)
}

func encode(t *testing.T, v any) *bytes.Reader {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(body)
}
