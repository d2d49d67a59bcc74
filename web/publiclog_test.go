package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	signing "golang.org/x/mod/sumdb/note"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/scoring"
)

const logName = "ujian.example.go.id/log"

func testLogKey() (signing.Signer, signing.Verifier, string) {
	skey, vkey, err := signing.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 32)), logName)
	if err != nil {
		panic(err)
	}
	signer, err := signing.NewSigner(skey)
	if err != nil {
		panic(err)
	}
	verifier, err := signing.NewVerifier(vkey)
	if err != nil {
		panic(err)
	}
	return signer, verifier, vkey
}

// keepLog gives the house a public log, which grows when the test says so.
func (h *house) keepLog(node string) {
	signer, _, vkey := testLogKey()
	h.log = keeper.New(keeper.Parts{
		Register: h.db, Salts: publiclog.NewSalts(testSecret), Marker: houseMarks{h}, Signers: []signing.Signer{signer}, Vkeys: []string{vkey},
		Version: "test", Node: node, Now: func() engine.Instant { return h.hall.Now().Add(h.logAhead) }, Log: slog.New(slog.DiscardHandler),
	})
}

// houseMarks counts points of the house's one exam, with what the test has annulled.
type houseMarks struct{ *house }

func (m houseMarks) Mark(s *keeper.Sheet, annulments int) ([]publiclog.Score, bool, error) {
	if annulments > len(m.annuls) {
		return nil, false, fmt.Errorf("%d annulments: %w", annulments, keeper.ErrNotOpen)
	}
	a, err := m.exam.Annulled(m.annuls[:annulments])
	if err != nil {
		return nil, false, err
	}
	return m.exam.Mark(s, a)
}

// grows signs all that is recorded.
func (h *house) grows() {
	h.Helper()
	h.until("everything is in the public log", func() bool {
		h.logAhead += keeper.SignEvery
		h.must(h.log.Step(h.Context()))
		h.followed()
		h.must(h.log.Step(h.Context()))
		leaves, due := h.log.Size()
		return leaves > 0 && due == 0 // nothing is due either before the keeper has heard of anything
	})
}

// takes is fetch with the browser's cookies.
func (b *browser) takes(path string) (int, http.Header, []byte) {
	b.h.Helper()
	res, err := b.client.Get(b.h.http.URL + path)
	b.h.must(err)
	body, err := io.ReadAll(res.Body)
	b.h.must(err)
	b.h.must(res.Body.Close())
	return res.StatusCode, res.Header, body
}

func (h *house) fetch(path string) (int, http.Header, []byte) {
	h.Helper()
	res, err := http.Get(h.http.URL + path)
	h.must(err)
	body, err := io.ReadAll(res.Body)
	h.must(err)
	h.must(res.Body.Close())
	return res.StatusCode, res.Header, body
}

// everyLeaf reads the whole log as a stranger does, and what bytes came.
func (h *house) everyLeaf() (leaves []string, all []byte) {
	h.Helper()
	_, key, _ := testLogKey()
	status, _, signed := h.fetch("/api/v1/log/checkpoint")
	c, _, err := publiclog.Open(signed, key)
	if err != nil {
		h.Fatalf("%v; the server answered %d: %q", err, status, signed)
	}
	all = append(all, signed...)
	for _, tile := range publiclog.Tiles(0, c.N) {
		status, _, body := h.fetch("/api/v1/log/" + tile.Path())
		if status != 200 {
			h.Fatalf("%s: %d", tile.Path(), status)
		}
		all = append(all, body...)
		if tile.Level != publiclog.Entries {
			continue
		}
		bundle, err := publiclog.ParseBundle(body, tile.W)
		h.must(err)
		for _, l := range bundle {
			leaves = append(leaves, string(l))
		}
	}
	return leaves, all
}

func TestTheLogIsServedAsCachesAndStrangersNeedIt(t *testing.T) {
	t.Parallel()
	h := build(t, built{logged: true})
	if status, header, _ := h.fetch("/api/v1/log/checkpoint"); status != 404 || header.Get("Cache-Control") != "no-store" {
		t.Errorf("before the first checkpoint: %d %v", status, header)
	}
	h.grows()
	leaves, _ := h.everyLeaf()
	if len(leaves) < 5 || !strings.HasPrefix(leaves[0], `{"v":1,"kind":"exam",`) {
		t.Fatalf("%q", leaves)
	}
	for path, want := range map[string][2]string{
		"checkpoint": {"text/plain; charset=utf-8", "public, max-age=1, s-maxage=1"},
		fmt.Sprintf("tile/entries/000.p/%d", len(leaves)): {"application/octet-stream", "public, max-age=3600"},
		fmt.Sprintf("tile/0/000.p/%d", len(leaves)-1):     {"application/octet-stream", "public, max-age=3600"},
	} {
		status, header, _ := h.fetch("/api/v1/log/" + path)
		if status != 200 || header.Get("Content-Type") != want[0] || header.Get("Cache-Control") != want[1] || header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, status, header)
		}
	}
	for _, path := range []string{
		"tile/0/000", "tile/entries/001", fmt.Sprintf("tile/0/000.p/%d", len(leaves)+1), "tile/8/0/000", "receipt/" + fmt.Sprint(len(leaves)), "receipt/-1", "checkpoint/cosigned",
	} {
		if status, header, _ := h.fetch("/api/v1/log/" + path); status != 404 || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, status, header)
		}
	}
	_, key, vkey := testLogKey()
	for i, leaf := range leaves {
		_, _, body := h.fetch(fmt.Sprintf("/api/v1/log/receipt/%d", i))
		r, err := publiclog.ParseReceipt(body)
		h.must(err)
		if _, _, err := r.Check(key); err != nil || r.Leaf != leaf || len(r.Opens) > 0 {
			t.Errorf("receipt of leaf %d: %v, opens %v", i, err, r.Opens)
		}
	}
	if _, _, body := h.fetch("/api/v1/log/keys"); !strings.Contains(string(body), vkey) {
		t.Errorf("keys: %s", body)
	}
}

// Everything that the log hands to strangers is searched for what is never public: each
// value is marked, and stands in journal, register or bank.
func TestNothingPrivateIsInTheLog(t *testing.T) {
	t.Parallel()
	h := build(t, built{logged: true, policy: func(p *engine.Policy) { p.ShowScores, p.TwoPerson = true, nil }})
	p := h.working(number(1, seats)) // with an accommodation
	for q := 1; q <= 3; q++ {
		p.answered(q, "b")
	}
	h.act(proctor.Request{Action: engine.ActCredit, Numbers: []string{p.number}, MS: 60_000, Reason: "network: kabel TERTANDA-ALASAN"})
	p.say(body{"t": "finish", "op": uuid.NewString()})
	p.later("result")
	h.act(proctor.Request{Action: engine.ActDisqualify, Numbers: []string{p.number}, Reason: "misconduct: TERTANDA-KASUS"})
	h.followed()
	h.grows()
	leaves, all := h.everyLeaf()
	kinds := strings.Join(leaves, "\n")
	for _, must := range []string{`"kind":"attempt"`, `"act":"credit"`, `"status":"disqualified"`, `"replaces"`} {
		if !strings.Contains(kinds, must) {
			t.Errorf("the log has no %s: this test shows nothing", must)
		}
	}
	for i := range leaves {
		_, _, body := h.fetch(fmt.Sprintf("/api/v1/log/receipt/%d", i))
		all = append(all, body...)
	}
	_, _, keys := h.fetch("/api/v1/log/keys")
	all = append(all, keys...)
	marked := []string{p.number, strings.ReplaceAll(p.number, "-", ""), "Peserta", "2000-01-01", "low_vision", "arsiparis", "ratna", "Ratna", "TERTANDA", "kabel", engine.SHA256("kabel TERTANDA-ALASAN")}
	for _, e := range h.events(p.number) {
		for _, secret := range []string{e.Item, e.Pin, e.Session, e.Device, e.Text} {
			switch {
			case len(secret) >= 6:
				marked = append(marked, secret)
			case secret != "": // a few digits are in some hash by chance
				marked = append(marked, `"`+secret+`"`)
			}
		}
		if e.Kind == engine.Answered {
			marked = append(marked, fmt.Sprintf(`"o":"%s"`, e.Option))
		}
	}
	if len(marked) < 18 {
		t.Fatalf("only %d values are marked: %v", len(marked), marked)
	}
	for _, secret := range marked {
		if bytes.Contains(all, []byte(secret)) {
			t.Errorf("%q is in the public log", secret)
		}
	}
}

// A candidate's receipt: not before a checkpoint covers it, then with what opens the number;
// on the page of the session, and later with the results code.
func TestACandidateTakesAReceiptHome(t *testing.T) {
	t.Parallel()
	h := build(t, built{logged: true, policy: func(p *engine.Policy) { p.ShowScores = true }})
	h.grows()
	p := h.working(number(1, 1))
	p.answered(1, "b")
	if status, _, _ := p.takes("/api/v1/exam/receipt"); status != 404 {
		t.Errorf("a receipt of an exam that is not over: %d", status)
	}
	p.say(body{"t": "finish", "op": uuid.NewString()})
	result := p.later("result")
	status, header, answer := p.takes("/api/v1/exam/receipt")
	if status != 404 || !strings.Contains(string(answer), "receipt_waits") || header.Get("Retry-After") == "" {
		t.Errorf("before its checkpoint: %d %s", status, answer)
	}
	if status, header, page := p.takes("/ujian/tanda-terima"); status != 200 || header.Get("Refresh") != "5" || strings.Contains(string(page), "<svg xmlns") {
		t.Errorf("its page before: %d %v", status, header)
	}
	h.grows()
	status, header, answer = p.takes("/api/v1/exam/receipt")
	if status != 200 || !strings.Contains(header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d %s", status, answer)
	}
	r, err := publiclog.ParseReceipt(answer)
	h.must(err)
	_, key, _ := testLogKey()
	leaf, _, err := r.Check(key)
	h.must(err)
	if leaf.Fingerprint.String() != result.text("fingerprint") || r.Opens[publiclog.FieldNumber].Value != p.number {
		t.Errorf("%+v opens %v", leaf, r.Opens)
	}
	for i, s := range result.list("sections") {
		one := body(s.(map[string]any))
		if leaf.Scores[i].Section != one.text("id") || leaf.Scores[i].Points != int(one.int("score")) {
			t.Errorf("the log says %+v, the page says %v", leaf.Scores[i], s)
		}
	}
	status, _, page := p.takes("/ujian/tanda-terima")
	for _, must := range []string{leaf.Fingerprint.String(), leaf.Attempt, logName, "<svg xmlns", r.Opens[publiclog.FieldNumber].Salt.String()} {
		if status != 200 || !strings.Contains(string(page), must) {
			t.Errorf("the page has no %s: %d", must, status)
		}
	}
	ask := map[string]string{"number": p.number, "birth": "2000-01-01", "code": result.text("results_code")}
	home := h.browser()
	if status, html := home.sends("/hasil-saya", ask); status != 200 || !strings.Contains(html, leaf.Fingerprint.String()) || !strings.Contains(html, "tanda-terima") {
		t.Errorf("the result page has no receipt: %d", status)
	}
	if status, file := home.form("/hasil-saya/tanda-terima", nil); status != 200 || file != string(answer) {
		t.Errorf("the receipt of later is another: %d %s", status, file)
	}
	if status, _ := h.browser().form("/hasil-saya/tanda-terima", ask); status != 403 {
		t.Errorf("a receipt of whoever has not signed in: %d", status)
	}
	if status, _, _ := h.fetch("/api/v1/exam/receipt"); status != 401 {
		t.Errorf("a receipt without a session: %d", status)
	}
}

// An annulment makes a leaf, and another one of who had the item: with the points that the
// boards come to by a way of their own.
func TestAnAnnulmentIsInTheLogWithItsEffect(t *testing.T) {
	t.Parallel()
	h := build(t, built{logged: true, policy: func(p *engine.Policy) { p.ShowScores = true }})
	p := h.answered(3)
	p.say(body{"t": "finish", "op": uuid.NewString()})
	p.later("result")
	h.followed()
	h.grows()
	place, ok := h.form(p.number).Place(10) // left blank
	if !ok {
		t.Fatal("the form has no tenth item")
	}
	list := []scoring.Annulment{{Item: place.Item.ID, Section: place.Item.Section, Policy: scoring.CreditAll}}
	log := proctor.NewLog(h.journal, h.hall.Writer())
	h.must(log.Append(h.Context(), engine.ExamStream+examCode, engine.Event{
		Kind: engine.ItemAnnulled, At: h.hall.Now(), By: "ketua", Two: "wakil", Item: place.Item.ID, Act: scoring.CreditAll, Text: engine.SHA256("decision"),
	}))
	h.followed()
	h.logAhead += keeper.SignEvery
	if err := h.log.Step(h.Context()); !errors.Is(err, keeper.ErrNotOpen) {
		t.Errorf("before the node knows of the annulment: %v", err)
	}
	h.annuls = list
	h.grows()
	r, err := h.exam.Rescoring(Annulments{List: list, Rescored: scoring.Rescored{Version: 1}}, h.hall.Pos(), nil)
	h.must(err)
	h.folds.Again(h.exam.Boards, r, nil)
	attempt := h.live(p.number).ID
	want, ok := h.folds.Result(h.exam.Boards, attempt)
	leaves, _ := h.everyLeaf()
	last, err := publiclog.ParseLeaf([]byte(leaves[len(leaves)-1]))
	h.must(err)
	if !ok || last.Kind != publiclog.RescoredLeaf || last.Attempt != attempt || last.Version != 1 {
		t.Fatalf("the newest leaf is %s", leaves[len(leaves)-1])
	}
	for i, s := range last.Scores {
		if s.Points != int(want.Points[i]) {
			t.Errorf("%s: the log says %d, the boards %d", s.Section, s.Points, want.Points[i])
		}
	}
	if strings.Contains(strings.Join(leaves, "\n"), place.Item.ID) {
		t.Error("the log names the item")
	}
}

func TestAWitnessLeavesItsCosignature(t *testing.T) {
	t.Parallel()
	h := build(t, built{logged: true})
	h.grows()
	skey, _, err := signing.GenerateKey(nil, "saksi.example.ac.id")
	h.must(err)
	witness, err := publiclog.NewCosigner(skey)
	h.must(err)
	post := func(signed []byte) (int, string) {
		res, err := http.Post(h.http.URL+"/api/v1/log/cosignatures", "text/plain", bytes.NewReader(signed))
		h.must(err)
		answer, err := io.ReadAll(res.Body)
		h.must(err)
		h.must(res.Body.Close())
		return res.StatusCode, string(answer)
	}
	_, _, signed := h.fetch("/api/v1/log/checkpoint")
	text, _, err := publiclog.Lines(signed)
	h.must(err)
	line := witness.Line(text, time.Now())
	cosigned := append(bytes.Clone(signed), line...)
	if status, answer := post(cosigned); status != 403 || !strings.Contains(answer, "witness") {
		t.Errorf("a witness whom nobody knows: %d %s", status, answer)
	}
	h.must(keeper.AddWitness(h.Context(), h.db, witness.Vkey(), h.hall.Now()))
	for what, wrong := range map[string][]byte{
		"no note":             []byte("hello"),
		"another root":        bytes.Replace(cosigned, []byte("\n"+strings.Split(text, "\n")[2]), []byte("\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE="), 1),
		"the log's part lost": publiclog.Join(text, line),
	} {
		if status, answer := post(wrong); status != 422 {
			t.Errorf("%s: %d %s", what, status, answer)
		}
	}
	broken := []byte(strings.Replace(string(cosigned), line, witness.Line("another text\n1\n\n", time.Now()), 1))
	if status, _ := post(broken); status != 403 {
		t.Errorf("a cosignature of something else: %d", status)
	}
	if status, answer := post(cosigned); status != 200 || answer != line {
		t.Fatalf("%d %s", status, answer)
	}
	if _, _, now := h.fetch("/api/v1/log/checkpoint"); !bytes.Equal(now, cosigned) {
		t.Errorf("the checkpoint is served as\n%s", now)
	}
	// The log grows; the cosigned checkpoint stays at its own address.
	h.act(proctor.Request{Action: engine.ActOpenCheckin})
	h.followed()
	h.grows()
	if _, _, now := h.fetch("/api/v1/log/checkpoint"); bytes.Contains(now, []byte("saksi")) {
		t.Error("a cosignature is shown with a checkpoint that it is not of")
	}
	if _, _, now := h.fetch("/api/v1/log/checkpoint/cosigned"); !bytes.Equal(now, cosigned) {
		t.Errorf("the cosigned checkpoint is\n%s", now)
	}
	if status, _, _ := h.fetch("/api/v1/log/checkpoint/cosigned?witnesses=2"); status != 404 {
		t.Errorf("with two witnesses: %d", status)
	}
	if status, answer := post(cosigned); status != 200 || answer != line { // sent again
		t.Errorf("%d %s", status, answer)
	}
	var keys struct{ Witnesses []struct{ Vkey string } }
	_, _, body := h.fetch("/api/v1/log/keys")
	if err := json.Unmarshal(body, &keys); err != nil || len(keys.Witnesses) != 1 || keys.Witnesses[0].Vkey != witness.Vkey() {
		t.Errorf("keys: %s, %v", body, err)
	}
}
