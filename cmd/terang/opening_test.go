package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/storetest"
	"terang/proctor"
	"terang/web"
)

// shared is a PostgreSQL journal, with the keys of whoever serves it.
type shared struct {
	*testing.T
	dsn  string
	keys *stores.KeyFile
}

func newShared(t *testing.T) *shared {
	t.Helper()
	s := &shared{T: t, dsn: storetest.Postgres(t).Fresh(t, "exam")}
	var err error
	s.keys, err = stores.OpenKeys(filepath.Join(t.TempDir(), "keys"))
	s.must(err)
	return s
}

func (s *shared) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// command opens the journal as a command does that runs beside the servers.
func (s *shared) command() *stores.DB {
	s.Helper()
	st, err := stores.Open(s.dsn, true)
	s.must(err)
	s.Cleanup(func() { _ = st.Close() })
	return st
}

func (s *shared) importRoster(st *stores.DB, change func([]proctor.Person) []proctor.Person) error {
	s.Helper()
	people := proctor.NewPeople(st.Register)
	s.must(people.Load(s.Context(), stores.SampleCode))
	var all []proctor.Person
	for _, p := range people.All(stores.SampleCode) {
		all = append(all, *p)
	}
	log := proctor.NewLog(st.Journal, proctor.Direct(st.Journal))
	return people.Import(s.Context(), log, "setup", stores.Now(), stores.SampleCode, change(all), nil)
}

// living is a node that serves.
type living struct {
	*shared
	*node.Node
	http *httptest.Server
}

// open starts a node; follows says whether it takes in what is made while it runs.
func (s *shared) open(follows bool) *living {
	s.Helper()
	st := s.command()
	n, err := node.Open(s.Context(), node.Parts{Stores: st, Keys: s.keys, Evaluate: evaluations(st, s.keys), Log: slog.New(slog.DiscardHandler)})
	s.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		if follows {
			done <- n.Run(ctx)
		} else {
			done <- n.Hall.Run(ctx)
		}
	}()
	r := &living{shared: s, Node: n, http: httptest.NewServer(n.Server.Handler())}
	s.Cleanup(func() {
		n.Server.CloseStreams()
		r.http.Close()
		cancel()
		if err := <-done; err != nil {
			s.Error(err)
		}
	})
	return r
}

// call asks the node over HTTP and returns the status.
func (r *living) call(c *http.Client, method, path string, body, answer any) int {
	r.Helper()
	text, err := json.Marshal(body)
	r.must(err)
	req, err := http.NewRequestWithContext(r.Context(), method, r.http.URL+path, bytes.NewReader(text))
	r.must(err)
	resp, err := c.Do(req)
	r.must(err)
	defer func() { _ = resp.Body.Close() }()
	if answer != nil {
		r.must(json.NewDecoder(resp.Body).Decode(answer))
	}
	return resp.StatusCode
}

func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

type boardSeen struct {
	Epoch  engine.Pos
	Counts struct{ Registered, Working int }
}

func (r *living) board(id string) (b boardSeen) {
	r.Helper()
	if r.call(http.DefaultClient, http.MethodGet, "/api/v1/boards/"+id, nil, &b) != http.StatusOK {
		return boardSeen{}
	}
	return b
}

// serves waits until the node knows the sample exam's people: they come after its boards.
func (r *living) serves(people int) {
	r.Helper()
	waitFor(r.T, patience, fmt.Sprintf("%d people to be served", people), func() bool {
		return len(r.People.In(stores.SampleCode+".sesi-1")) == people && r.board(stores.SampleCode).Counts.Registered == people
	})
}

var anySupervisor = proctor.Account{User: "ratna", Name: "Ratna", Grants: proctor.Everywhere(proctor.Admin)}

func (r *living) act(req proctor.Request) proctor.Response {
	r.Helper()
	return r.actAt(stores.SampleCode+".sesi-1", req)
}

// actAt does an act at a sitting. One where nobody works any more may have ended by itself.
func (r *living) actAt(sitting string, req proctor.Request) proctor.Response {
	r.Helper()
	req.Op = uuid.NewString()
	answer, err := r.Desk.Act(r.Context(), anySupervisor, sitting, req)
	if s := r.Hall.Sitting(sitting).State(); req.Action == engine.ActFinish && len(req.Numbers) == 0 && err != nil && s.Phase == engine.Ended {
		return answer
	}
	if err != nil || len(answer.Failed) > 0 {
		r.Fatalf("%s: %v, failed %+v", req.Action, err, answer.Failed)
	}
	return answer
}

// enters checks a candidate in at one node and signs in at another, up to "this is me".
func (r *living) enters(number string, at *living) {
	r.Helper()
	pins := r.act(proctor.Request{Action: engine.ActCheckin, Numbers: []string{number}}).PINs
	c := browser(r.T)
	in := map[string]string{"number": number, "pin": pins[0].PIN, "device": uuid.NewString()}
	waitFor(r, patience, number+" to sign in", func() bool {
		return at.call(c, http.MethodPost, "/api/v1/exam/signin", in, nil) == http.StatusOK
	})
	if status := at.call(c, http.MethodPost, "/api/v1/exam/confirm", in, nil); status != http.StatusOK {
		r.Fatalf("%s confirms: %d", number, status)
	}
}

func (r *living) attempt(number string) (a engine.Attempt) {
	r.Helper()
	found := r.People.Find(number, stores.SampleCode)
	if len(found) != 1 {
		r.Fatalf("%d people have number %s", len(found), number)
	}
	r.Hall.Attempt(found[0].Attempt).View(func(s *engine.Attempt, _ *engine.Terms) { a = *s })
	return a
}

const (
	first = "26401-110-000001"
	other = "26401-110-000002"
	third = "26401-110-000003"
	added = "26401-110-000099"
)

// An exam, its people and a correction of them are made by commands beside two nodes that
// run: both serve them, without a restart.
func TestWhatIsMadeWhileNodesRunIsServed(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	one, two := s.open(true), s.open(true)
	st := s.command()
	s.must(create.Sample(t.Context(), st, s.keys, 3, time.Now().Add(time.Hour), false))
	one.serves(3)
	two.serves(3)
	one.act(proctor.Request{Action: engine.ActOpenCheckin})
	one.enters(first, two)
	before := two.board(stores.SampleCode)

	s.must(s.importRoster(st, func(all []proctor.Person) []proctor.Person {
		for i := range all {
			if all[i].Number == other {
				all[i].ExtraMinutes, all[i].Accommodation = 30, "low_vision"
			}
		}
		more := all[0]
		more.Attempt, more.Number, more.Name, more.Seat = "", added, "Dewi Lestari", ""
		return append(all, more)
	}))
	one.serves(4)
	two.serves(4)
	if x, y := one.board(stores.SampleCode).Epoch, two.board(stores.SampleCode).Epoch; x != y || x <= before.Epoch {
		t.Errorf("epochs %d and %d after %d: readers could not go from one node to the other", x, y, before.Epoch)
	}
	one.enters(other, two)
	one.enters(added, two)
	waitFor(t, patience, "the station to show all four", func() bool {
		seats, counts, err := two.Desk.Seats(stores.SampleCode + ".sesi-1")
		return err == nil && len(seats) == 4 && counts.Ready == 3
	})
	two.act(proctor.Request{Action: engine.ActStart})
	waitFor(t, patience, "all to start", func() bool {
		return one.board(stores.SampleCode).Counts.Working == 3 && two.board(stores.SampleCode).Counts.Working == 3
	})
	for number, extra := range map[string]time.Duration{first: 0, other: 30 * time.Minute, added: 0} {
		if a := two.attempt(number); a.Ledger.Extra != extra {
			t.Errorf("%s started with %v extra, want %v", number, a.Ledger.Extra, extra)
		}
	}

	// Who has come keeps what was given; nothing of such a roster is taken.
	err := s.importRoster(st, func(all []proctor.Person) []proctor.Person {
		for i := range all {
			all[i].ExtraMinutes = 60
		}
		return all
	})
	if err == nil || !strings.Contains(err.Error(), first) || strings.Contains(err.Error(), third) {
		t.Errorf("a roster that changes the time of who has come: %v", err)
	}
}

// Another node was faster: what it wrote before this one knew the exam is there.
func TestANodeThatOpensAnExamLateKnowsWhatHasHappened(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	quick, slow := s.open(true), s.open(false)
	st := s.command()
	s.must(create.Sample(t.Context(), st, s.keys, 3, time.Now().Add(time.Hour), false))
	quick.serves(3)
	quick.act(proctor.Request{Action: engine.ActOpenCheckin})
	quick.enters(first, quick)
	waitFor(t, patience, "the tail", func() bool { return slow.Hall.Pos() >= quick.Hall.Pos() })
	recorded, err := st.ExamRecord(t.Context(), stores.SampleCode)
	s.must(err)
	s.must(slow.Change(t.Context(), stores.SampleCode, recorded))
	seen, ok := slow.Hall.Attempt(slow.People.Find(first, stores.SampleCode)[0].Attempt).Presence()
	if !ok || seen.State != engine.Ready || seen.Seat == "" {
		t.Errorf("%+v", seen)
	}
	quick.act(proctor.Request{Action: engine.ActStart})
	waitFor(t, patience, "the start", func() bool { return slow.attempt(first).State == engine.Running })
	if a := slow.attempt(other); a.N != 0 || a.State != engine.Assigned {
		t.Errorf("%+v", a)
	}
	waitFor(t, patience, "the board to show the start", func() bool {
		slow.Folds.Tick(slow.Hall.Now())
		b := slow.board(stores.SampleCode)
		return b.Counts.Registered == 3 && b.Counts.Working == 1
	})
}

// Accounts that a command makes or closes are those of every node at once.
func TestAccountsMadeBesideANodeAreItsOwn(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	n := s.open(true)
	st := s.command()
	office := proctor.NewAccounts(st.Register, nil, proctor.NewLog(st.Journal, proctor.Direct(st.Journal)), nil)
	s.must(office.Add(t.Context(), "setup", proctor.Account{User: "ratna", Name: "Ratna", Grants: proctor.Everywhere(proctor.Supervisor)}, "a long password 1", stores.Now()))
	c := browser(t)
	in := map[string]string{"user": "ratna", "password": "a long password 1"}
	if status := n.call(c, http.MethodPost, "/api/v1/staff/signin", in, nil); status != http.StatusOK {
		t.Fatalf("sign-in: %d", status)
	}
	if status := n.call(c, http.MethodGet, "/api/v1/sittings", nil, nil); status != http.StatusOK {
		t.Errorf("sittings: %d", status)
	}
	s.must(office.Disable(t.Context(), proctor.Signers{By: proctor.SetupAccount()}, "ratna", stores.Now()))
	if status := n.call(c, http.MethodGet, "/api/v1/sittings", nil, nil); status != http.StatusUnauthorized {
		t.Errorf("with a closed account: %d", status)
	}
}

// The program itself: a server on an empty journal, and the command beside it.
func TestAServerOnAnEmptyJournalServesWhatIsMadeBesideIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	journal := []string{"--journal", storetest.Postgres(t).Fresh(t, "exam"), "--keys", filepath.Join(dir, "keys")}
	c := process.Child{Addr: freeAddr(t), Binary: builtBinary(t)}
	t.Cleanup(c.Kill)
	var said bytes.Buffer
	if err := c.Start(t.Context(), &said, append([]string{"serve"}, journal...)...); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	file := filepath.Join(dir, "people.csv")
	made := append([]string{"exam", "create", "--sample", "--candidates", "5", "--start", "now", "--credentials", file}, journal...)
	if err := process.Run(t.Context(), c.Binary, made...); err != nil {
		t.Fatal(err)
	}
	people, _, err := create.ReadCredentials(file)
	if err != nil || len(people) != 5 {
		t.Fatalf("%d credentials: %v", len(people), err)
	}
	n := &living{shared: &shared{T: t}, http: &httptest.Server{URL: c.Base()}}
	in := map[string]string{"number": people[0].Number, "pin": people[0].PIN, "device": uuid.NewString()}
	b := browser(t)
	waitFor(t, patience, "a candidate to sign in", func() bool {
		return n.call(b, http.MethodPost, "/api/v1/exam/signin", in, nil) == http.StatusOK
	})
	var me struct{ State string }
	if status := n.call(b, http.MethodPost, "/api/v1/exam/confirm", in, &me); status != http.StatusOK || me.State != "running" && me.State != "ready" {
		t.Errorf("confirm: %d, %q", status, me.State)
	}
	if seen := n.board(stores.SampleCode); seen.Counts.Registered != 5 {
		t.Errorf("the board: %+v", seen)
	}
}

// The program on a database that an older one has replaced: it sends its candidates away,
// says what happened and what to do, and stands until it is ended, with 1. If it ended by
// itself, whatever started it would start it again on what is left.
func TestAServerWhoseJournalWasSetBackStands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pg := storetest.Postgres(t)
	journal := []string{"--journal", pg.Fresh(t, "exam"), "--keys", filepath.Join(dir, "keys")}
	c := process.Child{Addr: freeAddr(t), Binary: builtBinary(t)}
	t.Cleanup(c.Kill)
	file := filepath.Join(dir, "people.csv")
	made := append([]string{"exam", "create", "--sample", "--candidates", "2", "--start", "now", "--credentials", file}, journal...)
	if err := process.Run(t.Context(), c.Binary, made...); err != nil {
		t.Fatal(err)
	}
	people, _, err := create.ReadCredentials(file)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if err := c.Start(t.Context(), &said, append([]string{"serve"}, journal...)...); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	page := (&living{shared: &shared{T: t}, http: &httptest.Server{URL: c.Base()}}).sits(people[0])
	pg.Tool(t, "psql", "-X", "-q", "-d", pg.Database("exam"), "-c", "update terang.head set last = last - 1")
	ask := func(path string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Base()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	var ready string
	waitFor(t, 20*time.Second, "the server to say that it stands", func() bool {
		_, ready = ask("/readyz")
		return strings.Contains(ready, "set back")
	})
	for _, what := range []string{"this node has stopped", "which backup was restored"} {
		if !strings.Contains(ready, what) {
			t.Errorf("it does not say %q: %s", what, ready)
		}
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/ujian": 503, "/papan": 503, "/meja": 503, "/api/v1/boards": 503} {
		if status, body := ask(path); status != want || want == 503 && path != "/readyz" && !strings.Contains(body, `"stopped"`) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	var closed *websocket.CloseError
	if f, err := page.until("bye"); err != nil || f.Code != "server_moving" || f.Retry == nil {
		t.Errorf("the page heard %+v, %v", f, err)
	} else if _, err := page.until("nothing"); !errors.As(err, &closed) || closed.Code != 4006 {
		t.Errorf("its socket ended with %v", err)
	}
	if err := c.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err = c.Cmd.Wait()
	c.Cmd = nil
	var code *exec.ExitError
	if !errors.As(err, &code) || code.ExitCode() != 1 || !strings.Contains(said.String(), "terang: this node has stopped") {
		t.Errorf("it ended with %v:\n%s", err, said.String())
	}
}

// line is a page's socket.
type line struct{ *websocket.Conn }

type frameSeen struct {
	T, Code, State string
	Retry          any // a window, or milliseconds in a bye
}

// until reads up to the first frame of a type.
func (l line) until(t string) (f frameSeen, err error) {
	for f.T != t && err == nil {
		f = frameSeen{}
		err = l.ReadJSON(&f)
	}
	return f, err
}

// sits signs a candidate in and says hello.
func (r *living) sits(p create.Credential) line {
	r.Helper()
	c := browser(r.T)
	in := map[string]string{"number": p.Number, "pin": p.PIN, "device": uuid.NewString()}
	for _, step := range []string{"signin", "confirm"} {
		if status := r.call(c, http.MethodPost, "/api/v1/exam/"+step, in, nil); status != http.StatusOK {
			r.Fatalf("%s: %d", step, status)
		}
	}
	dialer := websocket.Dialer{Subprotocols: []string{web.Subprotocol}, Jar: c.Jar}
	conn, resp, err := dialer.DialContext(r.Context(), "ws"+strings.TrimPrefix(r.http.URL, "http")+"/exam/ws", http.Header{"Origin": {r.http.URL}})
	r.must(err)
	_ = resp.Body.Close()
	r.Cleanup(func() { _ = conn.Close() })
	r.must(conn.SetReadDeadline(time.Now().Add(30 * time.Second)))
	l := line{conn}
	r.must(conn.WriteJSON(map[string]any{"t": "hello", "device": in["device"], "have": 0}))
	if f, err := l.until("welcome"); err != nil || f.State != "running" {
		r.Fatalf("%+v, %v", f, err)
	}
	return l
}
