package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

const resultsPath = "/api/v1/exams/" + examCode + "/results"

// committee are two people of it, each at a desk of their own.
func (h *house) committee() (ketua, wakil *browser) {
	h.Helper()
	return h.officer("ketua", proctor.Committee), h.officer("wakil", proctor.Committee)
}

// proposes asks for an act that takes two, and returns the proposal.
func (b *browser) proposes(path string, ask body) string {
	b.h.Helper()
	if ask["op"] == nil {
		ask["op"] = uuid.NewString()
	}
	status, got := b.post(path, ask)
	if status != 202 || got.text("proposal") == "" {
		b.h.Fatalf("%s: %d %v", path, status, got)
	}
	return got.text("proposal")
}

func (b *browser) approves(id string) (int, body) {
	b.h.Helper()
	return b.post("/api/v1/proposals/"+id, body{"op": uuid.NewString(), "decision": "approve"})
}

// over ends all sittings of the house.
func (h *house) over() {
	h.Helper()
	for _, room := range []string{room1, room2, room3} {
		if h.hall.Sitting(room).State().Phase == engine.Planned {
			h.actIn(room, proctor.Request{Action: engine.ActOpenCheckin})
			h.actIn(room, proctor.Request{Action: engine.ActCloseCheckin})
			h.start(room, 0)
		}
		h.actIn(room, proctor.Request{Action: engine.ActFinish, Reason: "mistake"})
	}
	h.followed()
	for _, room := range []string{room1, room2, room3} {
		h.signed(room)
	}
	h.folds.Tick(h.hall.Now())
	open, err := h.desk.Unsettled(h.Context(), examCode, "")
	h.must(err)
	if open.Any() {
		h.Fatalf("still open: %+v", open)
	}
}

// signed leaves the minutes of a sitting as two people who have signed them do.
func (h *house) signed(room string) {
	h.Helper()
	_, err := h.hall.Sitting(room).Append("", func(s *engine.Sitting) ([]engine.Event, error) {
		closed := engine.Event{Kind: engine.MinutesClosed, At: s.At, By: "ratna", MS: int64(len(s.Minutes) + 1), Text: engine.SHA256(room), Extra: h.server.minutes.Records(room)}
		return []engine.Event{closed, {Kind: engine.MinutesSigned, At: s.At, By: "ratna", Two: "bagus", MS: closed.MS, Text: closed.Text}}, nil
	})
	h.must(err)
}

func (h *house) phase(b *browser) body {
	h.Helper()
	status, got := b.get(resultsPath)
	if status != 200 {
		h.Fatalf("%d %v", status, got)
	}
	return got
}

// answered is a candidate who has sat in room 1 and answered some.
func (h *house) answered(n int) *page {
	h.Helper()
	p := h.working(number(1, 1))
	for q := range n {
		p.answered(q+1, "a")
	}
	h.followed()
	return p
}

// What a room knows at once, boards follow: a list is fixed, and published, by boards that have all
// that was committed, or not at all.
func TestNoListIsMadeOfBoardsThatAreBehind(t *testing.T) {
	t.Parallel()
	tail := new(unread)
	h := build(t, built{wrap: func(j engine.Journal) engine.Journal {
		tail.Journal = j
		return tail
	}})
	ketua, _ := h.committee()
	h.answered(5)
	h.over()
	second := body{"user": "wakil", "password": password}
	for _, act := range []string{"/freeze", "/release"} {
		ask := body{"op": uuid.NewString(), "reason": "rapat pleno", "second": second}
		tail.lost.Store(true)
		if status, got := ketua.post(resultsPath+act, ask); status != 503 || got.text("code") != string(engine.Busy) {
			t.Errorf("%s while the boards are behind: %d %v", act, status, got)
		}
		tail.lost.Store(false)
		if status, got := ketua.post(resultsPath+act, ask); status != 200 {
			t.Fatalf("%s: %d %v", act, status, got)
		}
	}
}

// What was opened elsewhere a moment before the second signature is counted, though the list is the same.
func TestAFreezeCountsWhatWasOpenedElsewhere(t *testing.T) {
	t.Parallel()
	tail := new(unread)
	h := build(t, built{wrap: func(j engine.Journal) engine.Journal {
		tail.Journal = j
		return tail
	}})
	ketua, wakil := h.committee()
	h.answered(5)
	h.over()
	id := ketua.proposes(resultsPath+"/freeze", body{"reason": "rapat pleno"})
	tail.lost.Store(true)
	elsewhere := proctor.NewLog(h.db, proctor.Direct(h.db))
	h.must(elsewhere.Append(t.Context(), engine.AttemptStream+h.live(number(1, 2)).ID, engine.Event{Kind: engine.DoubtRaised, At: h.hall.Now(), By: "s", Why: "identity"}))
	time.AfterFunc(200*time.Millisecond, func() { tail.lost.Store(false) })
	if status, got := wakil.approves(id); status != 409 || got.text("field") != "open" {
		t.Errorf("a freeze while a doubt stands: %d %v", status, got)
	}
}

// unread is a journal that can be written while its tail cannot be read.
type unread struct {
	engine.Journal
	lost atomic.Bool
}

func (u *unread) Tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	if u.lost.Load() {
		return nil, errors.New("the line to the database hangs")
	}
	return u.Journal.Tail(ctx, after, limit)
}

// Results become final by two people twice: freeze and release. What is published is the
// list that was frozen, byte for byte; one person alone does nothing, and that is recorded.
func TestResultsAreFrozenAndReleasedByTwo(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	ketua, wakil := h.committee()
	h.answered(5)

	// While somebody writes a freeze is refused, unless it says that this is known.
	status, got := ketua.post(resultsPath+"/freeze", body{"op": uuid.NewString(), "reason": "selesai"})
	if status != 409 || got.text("field") != "open" {
		t.Fatalf("a freeze while people write: %d %v", status, got)
	}
	if open := h.phase(ketua)["open"].(map[string]any); open["sittings"] != 3.0 || open["working"] != 1.0 {
		t.Errorf("open: %v", open)
	}
	id := ketua.proposes(resultsPath+"/freeze", body{"reason": "darurat", "despite": true})
	if _, list := wakil.get("/api/v1/proposals"); !strings.Contains(string(mustJSON(list)), `"open.working"`) {
		t.Errorf("whoever approves is not shown what is open: %v", list)
	}
	if status, _ := wakil.post("/api/v1/proposals/"+id, body{"op": uuid.NewString(), "decision": "refuse", "reason": "tunggu"}); status != 200 {
		t.Fatal(status)
	}

	h.over()
	freeze := body{"op": uuid.NewString(), "reason": "semua selesai"}
	if status, got := ketua.post(resultsPath+"/freeze", body{"op": uuid.NewString()}); status != 422 || got.text("code") != string(engine.NeedsReason) {
		t.Errorf("without a reason: %d %v", status, got)
	}
	if status, got := ketua.post(resultsPath+"/freeze", body{"op": uuid.NewString(), "reason": "x", "second": body{"user": "ketua", "password": password}}); status != 403 {
		t.Errorf("one's own second: %d %v", status, got)
	}
	id = ketua.proposes(resultsPath+"/freeze", freeze)
	if again := ketua.proposes(resultsPath+"/freeze", freeze); again != id {
		t.Errorf("the same operation is another proposal: %s, %s", again, id)
	}
	if status, got := ketua.approves(id); status != 403 || got.text("code") != string(engine.SecondPerson) {
		t.Errorf("who proposed it approved it: %d %v", status, got)
	}
	if n := count(h.stream(engine.ExamStream+examCode), engine.Denied); n != 2 {
		t.Errorf("%d refusals are recorded, not 2", n)
	}
	if status, got := ketua.post(resultsPath+"/release", body{"op": uuid.NewString(), "reason": "x"}); status != 409 || got.text("field") != "not_frozen" {
		t.Errorf("released before it was frozen: %d %v", status, got)
	}
	if status, got := wakil.approves(id); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	state := h.phase(ketua)
	if state.text("phase") != proctor.ResultsFrozen {
		t.Fatalf("%v", state)
	}
	anyone := h.browser()
	if status, _ := anyone.get("/api/v1/results/" + examCode); status != 404 {
		t.Errorf("a list is public before its release: %d", status)
	}
	if _, html := anyone.page("/hasil/" + examCode); strings.Contains(html, number(1, 1)) {
		t.Error("the page shows people before the release")
	}

	status, got = ketua.post(resultsPath+"/release", body{"op": uuid.NewString(), "reason": "rapat pleno", "second": body{"user": "wakil", "password": password}})
	if status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	if phase := h.phase(wakil).text("phase"); phase != proctor.ResultsFinal {
		t.Fatal(phase)
	}
	events := h.stream(engine.ExamStream + examCode)
	last := events[len(events)-1]
	if last.Kind != engine.ResultsReleased || last.By != "ketua" || last.Two != "wakil" {
		t.Errorf("%+v", last)
	}
	hash, err := engine.ParseHash(last.Text)
	h.must(err)
	kept, err := h.db.Fetch(h.Context(), hash)
	h.must(err)
	if sum := sha256.Sum256(kept); hex.EncodeToString(sum[:]) != last.Text {
		t.Error("the archive holds other bytes than were signed")
	}
	status, got = anyone.get("/api/v1/results/" + examCode + "?formation=arsiparis")
	if status != 200 || got.text("list") != last.Text || len(got.list("rows")) != 3*seats || got.text("state") != proctor.ResultsFinal {
		t.Errorf("%d %v", status, got)
	}
	h.publicSays(anyone, kept)
}

// publicSays compares the public page with the list, and looks for what is never public.
func (h *house) publicSays(anyone *browser, kept []byte) {
	h.Helper()
	var l List
	h.must(json.Unmarshal(kept, &l))
	status, html := anyone.page("/hasil/" + examCode + "?formasi=arsiparis")
	if status != 200 {
		h.Fatal(status)
	}
	for _, want := range []string{"P/L", "TH", "KepmenPANRB 321/2024", "≥ 166", number(1, 1), number(3, 8)} {
		if !strings.Contains(html, want) && slices.ContainsFunc(l.Rows, func(r ListRow) bool { return r.Status == want || r.Number == want }) {
			h.Errorf("the page of the formation lacks %s", want)
		}
	}
	for _, never := range []string{"2000-01-01", "low_vision", "barat", "Tilok"} {
		if strings.Contains(html, never) || strings.Contains(string(kept), never) {
			h.Errorf("%s is public", never)
		}
	}
	results := make(map[string]scoring.Result)
	for _, r := range h.folds.Results(h.exam.Boards) {
		results[r.Number] = r
	}
	for _, row := range l.Rows {
		r := results[row.Number]
		if row.Total != nil && *row.Total != r.Points.Sum() || row.Total == nil && r.Visible {
			h.Errorf("%s: the list says %v, the board %d", row.Number, row.Total, r.Points.Sum())
		}
	}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// The search finds whole numbers only, and whoever guesses has to wait: an address, or of IPv6
// all of a network's.
func TestThePublicSearchIsByWholeNumberAndLimited(t *testing.T) {
	t.Parallel()
	h := build(t, built{proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	ketua, _ := h.committee()
	h.answered(3)
	h.over()
	for _, act := range []string{"freeze", "release"} {
		status, got := ketua.post(resultsPath+"/"+act, body{"op": uuid.NewString(), "reason": "pleno", "second": body{"user": "wakil", "password": password}})
		if status != 200 {
			t.Fatalf("%s: %d %v", act, status, got)
		}
	}
	ask := func(q string) (int, body) {
		return h.browser().get("/api/v1/results/" + examCode + "?number=" + url.QueryEscape(q))
	}
	if status, got := ask(strings.ToLower(strings.ReplaceAll(number(1, 1), "-", ""))); status != 200 || len(got.list("rows")) != 1 {
		t.Errorf("%d %v", status, got)
	}
	for _, q := range []string{"1", number(1, 1)[1:], "Peserta", "99-9-9"} {
		if status, got := ask(q); status != 200 || len(got.list("rows")) != 0 {
			t.Errorf("%q finds %v (%d)", q, got["rows"], status)
		}
	}
	if _, html := h.browser().page("/hasil/" + examCode + "?cari=" + number(2, 2)); !strings.Contains(html, number(2, 2)) || !strings.Contains(html, "tidak hadir") {
		t.Error("the page does not show the row of the number")
	}
	from := func(address, q string) (int, body) {
		status, got, _ := h.browser().call(http.MethodGet, "/api/v1/results/"+examCode+"?number="+url.QueryEscape(q), nil, "X-Forwarded-For", address)
		return status, got
	}
	for i := range searches.Burst {
		ask("x")
		from(fmt.Sprintf("2001:db8::%x", i+1), "x")
	}
	if status, got := ask(number(1, 1)); status != http.StatusTooManyRequests || got.text("code") != string(engine.RateLimited) {
		t.Errorf("guessing goes on: %d %v", status, got)
	}
	if status, _ := from("2001:db8::ffff:9", number(1, 1)); status != http.StatusTooManyRequests {
		t.Errorf("guessing goes on from the next address of a network: %d", status)
	}
	if status, _ := from("2001:db8:0:1::9", number(1, 1)); status != http.StatusOK {
		t.Errorf("another network has to wait: %d", status)
	}
}

// A result that changed after the freeze is not published: it is unfrozen by two, and
// frozen anew. What was released stays public meanwhile, and says that it is under review.
func TestWhatChangedSinceTheFreezeIsNotReleased(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	ketua, wakil := h.committee()
	p := h.answered(4)
	h.over()
	signed := body{"user": "wakil", "password": password}
	act := func(what string, want int) body {
		t.Helper()
		status, got := ketua.post(resultsPath+"/"+what, body{"op": uuid.NewString(), "reason": "pleno", "second": signed})
		if status != want {
			t.Fatalf("%s: %d %v", what, status, got)
		}
		return got
	}
	act("freeze", 200)
	waits := ketua.proposes(resultsPath+"/release", body{"reason": "pleno"})
	h.must(h.live(p.number).Ask(engine.Command{Act: engine.ActDisqualify, By: "ratna", Two: "bagus", At: h.hall.Now(), Why: "phone"}, nil).Err)
	h.followed()
	h.folds.Tick(h.hall.Now())
	if got := act("release", 409); got.text("field") != "changed" {
		t.Errorf("%v", got)
	}
	act("unfreeze", 200)
	if status, list := wakil.get("/api/v1/proposals"); status != 200 || !strings.Contains(string(mustJSON(list)), "Tidak ada daftar beku yang sesuai. / No such frozen list stands.") {
		t.Errorf("of a release whose list is gone whoever decides is told %d %s", status, mustJSON(list))
	}
	if status, got := wakil.post("/api/v1/proposals/"+waits, body{"op": uuid.NewString(), "decision": "refuse", "reason": "list"}); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	if got := act("freeze", 409); got.text("field") != "open" { // the minutes do not say it yet
		t.Errorf("%v", got)
	}
	h.signed(room1)
	act("freeze", 200)
	act("release", 200)
	for _, again := range []string{"release", "freeze"} { // of which the answer was lost: nobody is led to open it
		if got := act(again, 409); got.text("field") != "released" {
			t.Errorf("%s once more: %v", again, got)
		}
	}
	if status, got := h.browser().get("/api/v1/results/" + examCode + "?number=" + p.number); status != 200 || !strings.Contains(string(mustJSON(got)), `"status":"DIS"`) || strings.Contains(string(mustJSON(got["rows"])), "total") {
		t.Errorf("%d %v", status, got)
	}
	act("unfreeze", 200)
	if _, got := h.browser().get("/api/v1/results/" + examCode); got.text("state") != stateRevised {
		t.Errorf("%v", got["state"])
	}
}

// Whoever has no part in results reaches none of it; an auditor reads and does nothing.
func TestResultsAreTheCommittees(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	auditor, admin := h.officer("audi", proctor.Auditor), h.officer("kepala", proctor.Admin)
	if status, html := auditor.page("/hasil-ujian/" + examCode); status != 200 || strings.Contains(html, `id="act"`) || strings.Contains(html, `id="annul"`) {
		t.Errorf("the auditor's page: %d", status)
	}
	for _, b := range []*browser{auditor, admin} {
		for _, path := range []string{resultsPath + "/freeze", resultsPath + "/release", resultsPath + "/unfreeze", "/api/v1/exams/" + examCode + "/annulments", "/api/v1/exams/" + examCode + "/annulments/preview"} {
			if status, got := b.post(path, body{"op": uuid.NewString(), "reason": "x"}); status != 403 {
				t.Errorf("%s: %d %v", path, status, got)
			}
		}
	}
	w := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hasil-ujian/"+examCode, nil))
	if w.Code != http.StatusSeeOther {
		t.Errorf("nobody: %d", w.Code)
	}
}

// An annulment is looked at, proposed, shown with its figures to another person, and done
// with both names; one person alone, a fault, or a repetition does nothing.
func TestAnItemIsAnnulledByTwo(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	ketua, wakil := h.committee()
	p := h.answered(6)
	path := "/api/v1/exams/" + examCode + "/annulments"
	place, _ := h.form(p.number).Place(1)
	ask := func(more body) body {
		b := body{"op": uuid.NewString(), "items": []string{place.Item.ID}, "policy": scoring.CreditAll, "why": "unusable", "reason": "gambar rusak", "minute": "BA-7"}
		for k, v := range more {
			b[k] = v
		}
		return b
	}
	for name, wrong := range map[string]body{
		"items": ask(body{"items": []string{"TIDAK-ADA"}}), "policy": ask(body{"policy": "SESUKANYA"}), "why": ask(body{"why": "bosan"}), "key": ask(body{"policy": scoring.KeyFix}),
	} {
		if status, got := ketua.post(path, wrong); status != 422 || len(got.list("faults")) == 0 {
			t.Errorf("a wrong %s: %d %v", name, status, got)
		}
	}
	if status, got := ketua.post(path, ask(body{"minute": ""})); status != 422 || got.text("field") != "minute" {
		t.Errorf("without minutes: %d %v", status, got)
	}
	status, got := ketua.post(path+"/preview", ask(nil))
	if effect := got.in("effect"); status != 200 || effect.int("had") < 1 || effect.int("of") != 3*seats || effect.int("fall") != 0 {
		t.Fatalf("%d %v", status, got)
	}
	if n := len(h.views("ketua")); n != 1 {
		t.Errorf("%d readings of results are recorded", n)
	}
	request := ask(nil)
	id := ketua.proposes(path, request)
	if status, _ := ketua.approves(id); status != 403 {
		t.Errorf("who proposed it approved it: %d", status)
	}
	_, list := wakil.get("/api/v1/proposals")
	for _, want := range []string{place.Item.ID, scoring.CreditAll, "BA-7", `"had"`, `"now_meet"`, `"fall"`} {
		if !strings.Contains(string(mustJSON(list)), want) {
			t.Errorf("whoever approves is not shown %s: %v", want, list)
		}
	}
	if n := count(h.stream(engine.ExamStream+examCode), engine.ItemAnnulled); n != 0 {
		t.Fatal("annulled by one person")
	}
	if status, got := wakil.approves(id); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	ketua.post(path, request) // once more
	events := h.stream(engine.ExamStream + examCode)
	if count(events, engine.ItemAnnulled) != 1 || count(events, engine.Performed) != 1 {
		t.Errorf("%d annulments, %d performed", count(events, engine.ItemAnnulled), count(events, engine.Performed))
	}
	for _, e := range events {
		if e.Kind == engine.ItemAnnulled && (e.By != "ketua" || e.Two != "wakil" || e.Item != place.Item.ID || e.Why != "unusable") {
			t.Errorf("%+v", e)
		}
	}
	// Until the boards have taken it over nothing is decided on what they show.
	if status, got := ketua.post(resultsPath+"/freeze", body{"op": uuid.NewString(), "reason": "x", "despite": true}); status != 503 || got.text("field") != "results" {
		t.Errorf("%d %v", status, got)
	}
}
