package webhook

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/sqlitejournal"
	"terang/proctor"
)

// at is a node whose clock and neighbours a test sets.
type at struct {
	name   string
	others []string
	now    engine.Instant
}

func (n *at) Node() string        { return n.name }
func (n *at) Others() []string    { return n.others }
func (n *at) Now() engine.Instant { return n.now }

// turned is a sealer that only turns bytes over.
type turned struct{}

func (turned) Seal(_ string, plain []byte) []byte {
	out := slices.Clone(plain)
	slices.Reverse(out)
	return out
}

func (t turned) Open(use string, sealed []byte) ([]byte, error) { return t.Seal(use, sealed), nil }

// received is one delivery as it came.
type received struct {
	id, kind, body string
	position       int64
	signed         bool
}

// world is a journal, and another program that is told of it.
type world struct {
	*testing.T
	db     *sqlitejournal.DB
	log    *proctor.Log
	hooks  *proctor.Hooks
	node   *at
	sender *Sender
	secret string

	mu     sync.Mutex
	answer int // status
	got    []received
	url    string
}

var root = proctor.Account{User: "kepala", Grants: proctor.Everywhere(proctor.Admin)}

func build(t *testing.T) *world {
	w := &world{T: t, node: &at{name: "a", now: 1_800_000_000_000}, answer: http.StatusOK}
	db, err := sqlitejournal.Open(filepath.Join(t.TempDir(), "t.db"), sqlitejournal.Options{Log: slog.New(slog.DiscardHandler)})
	w.must(err)
	t.Cleanup(func() { w.must(db.Close()) })
	receiver := httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(receiver.Close)
	w.db, w.url, w.log = db, receiver.URL, proctor.NewLog(db, proctor.Direct(db))
	w.hooks = proctor.NewHooks(db, w.log, turned{})
	w.sender = w.open(w.node)
	return w
}

// open is a sender as a process has it: what it remembers is its own.
func (w *world) open(n *at) *Sender {
	hooks := proctor.NewHooks(w.db, proctor.NewLog(w.db, proctor.Direct(w.db)), turned{})
	return New(hooks, w.db, w.db, n, Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
}

func (w *world) must(err error) {
	if err != nil {
		w.Helper()
		w.Fatal(err)
	}
}

func (w *world) receive(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		w.Error(err)
	}
	var b body
	if err := json.Unmarshal(text, &b); err != nil {
		w.Error(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(w.secret, "whsec_"))
	if err != nil {
		w.Error(err)
	}
	seconds, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		w.Error(err)
	}
	w.got = append(w.got, received{
		id: r.Header.Get("webhook-id"), kind: b.Type, body: string(text), position: b.Data.Position,
		signed: r.Header.Get("webhook-signature") == Sign(key, r.Header.Get("webhook-id"), seconds, text),
	})
	if w.answer == http.StatusFound {
		out.Header().Set("Location", "/elsewhere")
	}
	out.WriteHeader(w.answer)
}

// came takes what was received since the last time.
func (w *world) came() []received {
	w.mu.Lock()
	defer w.mu.Unlock()
	got := w.got
	w.got = nil
	return got
}

func (w *world) answers(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = status
}

func (w *world) subscribe(types ...string) proctor.Hook {
	w.Helper()
	h, secret, err := w.hooks.Add(w.Context(), root, uuid.NewString(), proctor.Hook{URL: w.url, Types: types}, w.node.now)
	w.must(err)
	w.secret = secret
	return h
}

func (w *world) happens(stream string, kinds ...engine.Kind) {
	w.Helper()
	for _, kind := range kinds {
		w.must(w.log.Append(w.Context(), stream, engine.Event{Kind: kind, At: w.node.now, By: "ratna", Text: "abc", Number: "24-1", MS: 7, Act: "calendar"}))
	}
}

func (w *world) round(s *Sender) []received {
	w.Helper()
	w.must(s.Round(w.Context()))
	return w.came()
}

func kinds(got []received) string {
	names := make([]string, len(got))
	for i, r := range got {
		names[i] = r.kind
	}
	return strings.Join(names, " ")
}

func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	const want = "v1,Q5nZ7DiOGwijBBqvBVAK6c0zDr2JLkXI7TaV4f+Q2vY="
	if got := Sign([]byte("secret"), "msg_1", 1700000000, []byte(`{"a":1}`)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWhatIsRecordedIsToldInOrderSignedAndWithoutAPerson(t *testing.T) {
	w := build(t)
	w.happens("exam/skd", engine.RosterLoaded) // before anybody subscribed: From is where it stands
	records, err := w.db.Tail(w.Context(), 0, 10)
	w.must(err)
	h, secret, err := w.hooks.Add(w.Context(), root, uuid.NewString(), proctor.Hook{URL: w.url, Exam: "skd", Types: proctor.HookTypes, From: records[0].Pos}, w.node.now)
	w.must(err)
	w.secret = secret
	w.happens("exam/skd", engine.PlacesChanged, engine.CriteriaPublished, engine.Proposed)
	w.happens("attempt/x", engine.Answered, engine.Finished)
	w.happens("sitting/skd.s1", engine.CheckinOpened, engine.SittingStarted, engine.SettledTo, engine.SittingEnded)
	w.happens("sitting/lain.s1", engine.CheckinOpened)
	w.happens("exam/skd", engine.ResultsFrozen, engine.ResultsReleased, engine.ItemAnnulled)
	got := w.round(w.sender)
	if all := kinds(got); all != "places.changed criteria.published sitting.opened sitting.started sitting.ended results.frozen results.released results.rescored" {
		t.Errorf("told: %s", all)
	}
	for i, r := range got {
		if !r.signed || !strings.HasPrefix(r.id, "msg_") || i > 0 && r.position <= got[i-1].position {
			t.Errorf("%+v", r)
		}
		for _, secret := range []string{"ratna", "24-1"} {
			if strings.Contains(r.body, secret) {
				t.Errorf("%s tells of a person: %s", r.kind, r.body)
			}
		}
	}
	if again := w.round(w.sender); len(again) > 0 {
		t.Errorf("told twice: %v", again)
	}
	state, err := StateOf(w.Context(), w.db, &h)
	w.must(err)
	if len(state.History) != 8 || state.History[0].Status != 200 || state.Done != engine.Pos(got[7].position) {
		t.Errorf("%+v", state)
	}
}

func TestARestartGoesOnWhereTheLastProcessWas(t *testing.T) {
	w := build(t)
	w.subscribe(proctor.HookRoster)
	w.happens("exam/skd", engine.RosterLoaded, engine.RosterLoaded)
	if got := w.round(w.sender); len(got) != 2 {
		t.Fatal(got)
	}
	w.answers(http.StatusServiceUnavailable)
	w.happens("exam/skd", engine.RosterLoaded, engine.RosterLoaded)
	first := w.round(w.sender)
	if len(first) != 1 {
		t.Fatalf("after a failure something later was sent: %v", first)
	}
	// The process dies; the next one waits for its turn, too, and then sends the same again.
	next := w.open(&at{name: "b", now: w.node.now})
	if got := w.round(next); len(got) != 0 {
		t.Fatalf("sent before its time: %v", got)
	}
	w.answers(http.StatusNoContent)
	later := w.open(&at{name: "c", now: w.node.now.Add(backoffFirst)})
	got := w.round(later)
	if len(got) != 2 || got[0].id != first[0].id || got[1].id == got[0].id {
		t.Errorf("%v after %v", got, first)
	}
}

func TestEveryFailureWaitsLongerAndInTheEndItIsTurnedOff(t *testing.T) {
	w := build(t)
	h := w.subscribe(proctor.HookRoster)
	w.happens("exam/skd", engine.RosterLoaded)
	w.answers(http.StatusInternalServerError)
	tries, began := 0, w.node.now
	for tries < 1000 && w.node.now.Sub(began) < proctor.HookGiveUp+2*backoffMost {
		tries += len(w.round(w.sender))
		state, err := StateOf(w.Context(), w.db, &h)
		w.must(err)
		w.node.now = max(w.node.now+1, state.Next)
		all, err := w.hooks.List(w.Context())
		w.must(err)
		if all[0].Off != "" {
			break
		}
	}
	all, err := w.hooks.List(w.Context())
	w.must(err)
	if all[0].Off != proctor.HookFailed || tries < 100 || tries > 200 {
		t.Fatalf("%+v after %d tries", all[0], tries)
	}
	if got := w.round(w.sender); len(got) > 0 {
		t.Error("it is sent to all the same")
	}
	// Turned on again it begins anew, with what waits.
	w.answers(http.StatusOK)
	w.must(w.hooks.Act(w.Context(), root, proctor.HookRequest{Op: uuid.NewString(), ID: h.ID, Action: proctor.HookEnable}, w.node.now))
	if got := w.round(w.sender); len(got) != 1 {
		t.Errorf("%v", got)
	}
	var acts []string
	w.must(w.db.Read(w.Context(), proctor.HookStream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		acts = append(acts, e.By+" "+e.Act+" "+e.Why)
		return err
	}))
	if got := strings.Join(acts, ", "); got != "kepala add , engine disable failed, kepala enable " {
		t.Errorf("the journal holds %q", got)
	}
}

func TestOnlyOneNodeDeliversAndAnotherTakesOver(t *testing.T) {
	w := build(t)
	w.subscribe(proctor.HookRoster)
	w.happens("exam/skd", engine.RosterLoaded)
	if got := w.round(w.sender); len(got) != 1 {
		t.Fatal(got)
	}
	other := &at{name: "b", others: []string{"a"}, now: w.node.now}
	second := w.open(other)
	w.happens("exam/skd", engine.RosterLoaded)
	if got := w.round(second); len(got) != 0 {
		t.Errorf("both deliver: %v", got)
	}
	other.others = nil // the first is gone
	if got := w.round(second); len(got) != 1 {
		t.Errorf("nobody took over: %v", got)
	}
	// It was not gone, only silent: it hears that another delivers, and lets go.
	w.node.others = []string{"b"}
	w.happens("exam/skd", engine.RosterLoaded)
	if got := w.round(w.sender); len(got) != 0 {
		t.Errorf("both deliver: %v", got)
	}
	if got := w.round(second); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

func TestADeliveryIsSentAgainWhenSomebodyAsks(t *testing.T) {
	w := build(t)
	h := w.subscribe(proctor.HookRoster)
	w.happens("exam/skd", engine.RosterLoaded, engine.RosterLoaded)
	got := w.round(w.sender)
	op := uuid.NewString()
	for range 2 { // the same operation is one
		w.must(w.hooks.Act(w.Context(), root, proctor.HookRequest{Op: op, ID: h.ID, Action: proctor.HookResend, Position: engine.Pos(got[0].position)}, w.node.now))
	}
	w.must(w.hooks.Act(w.Context(), root, proctor.HookRequest{Op: uuid.NewString(), ID: h.ID, Action: proctor.HookTry}, w.node.now))
	again := w.round(w.sender)
	if len(again) != 2 || again[0].kind != proctor.HookTest || again[1].id != got[0].id || !again[0].signed {
		t.Errorf("%v, want a test and %s", again, got[0].id)
	}
	if more := w.round(w.sender); len(more) != 0 {
		t.Errorf("%v", more)
	}
}

func TestNothingGoesToPlacesThatWereNotMeant(t *testing.T) {
	w := build(t)
	for _, url := range []string{"http://sistem.example.go.id/", "ftp://127.0.0.1/", "https://user:pass@example.go.id/", "https://", "//example.go.id", "http://10.0.0.1/"} {
		if _, _, err := w.hooks.Add(w.Context(), root, uuid.NewString(), proctor.Hook{URL: url, Types: []string{proctor.HookRoster}}, 1); err == nil {
			t.Errorf("%s was taken", url)
		}
	}
	g := guard{[]netip.Prefix{netip.MustParsePrefix("10.20.0.0/16")}}
	for ip, want := range map[string]bool{
		"10.20.3.4": true, "10.21.3.4": false, "127.0.0.1": false, "::1": false, "169.254.169.254": false, "192.168.1.1": false, "172.16.0.1": false,
		"100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "fe80::1": false, "fd00::1": false, "::ffff:10.0.0.1": false, "::ffff:10.20.0.1": true,
		"64:ff9b::a00:1": false, "2002:a00:1::1": false, "255.255.255.255": false, "103.18.1.1": true, "2400:9800::1": true,
	} {
		if got := g.admits(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
	// The receiver of this test is on this machine: without the leave of an operator nothing reaches it.
	h := w.subscribe(proctor.HookRoster)
	w.happens("exam/skd", engine.RosterLoaded)
	strict := New(w.hooks, w.db, w.db, w.node, Options{Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
	if got := w.round(strict); len(got) != 0 {
		t.Errorf("%v", got)
	}
	state, err := StateOf(w.Context(), w.db, &h)
	w.must(err)
	if last := state.History[0].Error; !strings.Contains(last, "--webhook-allow") {
		t.Errorf("%q does not say what to do", last)
	}
	// No answer leads elsewhere.
	w.answers(http.StatusFound)
	w.node.now = state.Next
	if got := w.round(w.sender); len(got) != 1 {
		t.Errorf("a redirect was followed: %v", got)
	}
	w.answers(http.StatusGone)
	w.node.now = w.node.now.Add(time.Hour)
	w.round(w.sender)
	if all, err := w.hooks.List(w.Context()); err != nil || all[0].Off != proctor.HookGone {
		t.Errorf("%v %v", all, err)
	}
}

func TestOnlyAnAdministratorOfThePlaceSubscribes(t *testing.T) {
	w := build(t)
	some := func(g proctor.Grant, exam string) error {
		_, _, err := w.hooks.Add(w.Context(), proctor.Account{User: "x", Grants: []proctor.Grant{g}}, uuid.NewString(), proctor.Hook{URL: w.url, Exam: exam, Types: []string{proctor.HookRoster}}, 1)
		return err
	}
	w.must(some(proctor.Grant{Role: proctor.Admin, Exam: "skd"}, "skd"))
	if some(proctor.Grant{Role: proctor.Admin, Exam: "skd"}, "") == nil || some(proctor.Grant{Role: proctor.Auditor}, "skd") == nil {
		t.Error("somebody else subscribed")
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	w := build(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.sender.Run(ctx) }()
	cancel()
	w.must(<-done)
}
