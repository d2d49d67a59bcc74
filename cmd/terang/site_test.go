package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/storetest"
	"terang/proctor"
	"terang/web"
)

// The exam of these tests has two sittings: one that the centre holds, and one of an island.
const (
	centreSitting = stores.SampleCode + ".sesi-1"
	islandSitting = stores.SampleCode + ".sesi-p"

	centrePeople = 4
	islandPeople = 20

	sitePassword = "rahasia-sekali-1"
)

// twoSites is an authority and an island, each with a folder of its own.
type twoSites struct {
	centre, island *served
}

func newTwoSites(t *testing.T) *twoSites {
	t.Helper()
	w := &twoSites{centre: newPlace(t, builtBinary(t)), island: newPlace(t, builtBinary(t))}
	t.Cleanup(w.centre.Kill)
	t.Cleanup(w.island.Kill)
	return w
}

// try calls the program at a place, as people do, and returns what it said.
func (s *served) try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.Child.Binary, args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "TERANG_JOURNAL="+s.journal, "TERANG_KEYS="+s.keys, "TERANG_PASSWORD="+sitePassword, "TERANG_SECOND_PASSWORD="+sitePassword, "TERANG_NEW_PASSWORD="+sitePassword)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s *served) do(t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.try(t, args...)
	if err != nil {
		t.Fatalf("terang %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// refused calls the program, which must refuse and say why.
func (s *served) refused(t *testing.T, why string, args ...string) {
	t.Helper()
	if out, err := s.try(t, args...); err == nil || !strings.Contains(out, why) {
		t.Errorf("terang %s: %v, it should be refused with %q\n%s", strings.Join(args, " "), err, why, out)
	}
}

// prepare makes the exam at the centre, with its people and staff, and hands the island's
// sitting over.
func (w *twoSites) prepare(t *testing.T) {
	t.Helper()
	w.prepareUntil(t, true)
}

// handOver is done by two at once.
func (w *twoSites) handOver(t *testing.T) {
	t.Helper()
	w.centre.do(t, "site", "hand-over", islandSitting, "--reason", "network: no line to the island", "--second", "wakil", "--as", "kepala")
}

func (w *twoSites) prepareUntil(t *testing.T, handed bool) {
	t.Helper()
	s := w.centre
	s.do(t, "exam", "create", "--sample", "--write", "exam.json")
	path := filepath.Join(s.dir, "exam.json")
	body, err := os.ReadFile(path)
	check(t, err)
	def, err := engine.ParseDefinition(body)
	check(t, err)
	def.Sites = append(def.Sites, engine.SiteDef{Code: "pulau", Name: "UPT Pulau", Zone: "Asia/Jayapura"})
	def.Rooms = append(def.Rooms, engine.RoomDef{Code: "ruang-p", Site: "pulau", Name: "Ruang Pulau", Seats: 40})
	other := def.Sittings[0]
	other.Code, other.Site, other.Room, other.Title = "sesi-p", "pulau", "ruang-p", "Sesi Pulau"
	def.Sittings = append(def.Sittings, other)
	body, err = def.File()
	check(t, err)
	check(t, os.WriteFile(path, body, 0o600))
	var roster strings.Builder
	roster.WriteString("number,name,birth_date,formation,site,sitting\n")
	for i := range centrePeople + islandPeople {
		site, sitting := "pulau", "sesi-p"
		if i < centrePeople {
			site, sitting = "kota-lama", "sesi-1"
		}
		fmt.Fprintf(&roster, "%s,Peserta %c,1999-02-%02d,guru-sd,%s,%s\n", numberOf(i), 'A'+i, i+1, site, sitting)
	}
	for name, text := range map[string]string{"p.csv": roster.String(), "f.csv": "code,agency,post,education,placement,need,seats\nguru-sd,Kota,Guru,S-1,SD,general,3\n"} {
		check(t, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600))
	}
	for _, call := range [][]string{
		{"exam", "create", "--file", "exam.json"},
		{"exam", "formations", "--exam", stores.SampleCode, "f.csv"},
		{"exam", "roster", "--exam", stores.SampleCode, "p.csv"},
		{"staff", "add", "--role", "admin", "kepala"},
		{"staff", "add", "--role", "admin", "--person", "198501012010011001", "--as", "kepala", "wakil"},
		{"staff", "reset", "--as", "wakil", "wakil"},
		{"staff", "add", "--role", "supervisor", "--site", "pulau", "--exam", stores.SampleCode, "--as", "kepala", "ratna"},
		{"staff", "add", "--role", "supervisor", "--site", "pulau", "--exam", stores.SampleCode, "--as", "kepala", "bagus"},
		{"staff", "add", "--role", "supervisor", "--site", "kota-lama", "--exam", stores.SampleCode, "--as", "kepala", "sita"},
		{"staff", "add", "--role", "supervisor", "--site", "kota-lama", "--exam", stores.SampleCode, "--as", "kepala", "tono"},
		{"staff", "reset", "--as", "ratna", "ratna"},
		{"staff", "reset", "--as", "bagus", "bagus"},
		{"staff", "reset", "--as", "sita", "sita"},
		{"keys"},
	} {
		s.do(t, call...)
	}
	s.refused(t, "the centre holds it", "site", "pack", islandSitting, "--out", "early.site")
	if handed {
		w.handOver(t)
	}
}

// numberOf is the i-th candidate's; the island's come after the centre's.
func numberOf(i int) string { return fmt.Sprintf("2410-%04d", i+1) }

// opened packs the island's sitting and makes the island's journal of it.
func (w *twoSites) opened(t *testing.T) {
	t.Helper()
	pack := filepath.Join(w.island.dir, "pulau.site")
	w.centre.do(t, "site", "pack", islandSitting, "--out", pack)
	w.island.do(t, "site", "open", pack, "--vkey", w.vkey(t))
	w.island.refused(t, "exists already", "site", "open", pack)
	for line := range strings.Lines(w.island.do(t, "exam", "status")) {
		if strings.HasPrefix(line, "  "+stores.SampleCode+".") && !strings.Contains(line, " WI") {
			t.Errorf("an hour that is not of the place: %s", line)
		}
	}
}

// vkey is the key of the centre's public log, as an authority publishes it.
func (w *twoSites) vkey(t *testing.T) string {
	t.Helper()
	for _, word := range strings.Fields(w.centre.do(t, "keys")) {
		if strings.Count(word, "+") >= 2 {
			return word
		}
	}
	t.Fatal("terang keys names no public key")
	return ""
}

// room is somebody at work in a sitting.
type room struct {
	*crowd.Officer
	sitting string
}

func (s *served) enters(t *testing.T, user, sitting string) *room {
	t.Helper()
	o, err := crowd.SignInAs(t.Context(), s.Base(), user, sitePassword)
	check(t, err)
	return &room{o, sitting}
}

// asks does an act, and returns its answer; what the server refuses is the error.
func (r *room) asks(t *testing.T, q proctor.Request) (proctor.Response, error) {
	t.Helper()
	var answer proctor.Response
	q.Op = uuid.NewString()
	_, err := r.Call(t.Context(), http.MethodPost, "/api/v1/sittings/"+r.sitting+"/actions", q, &answer)
	return answer, err
}

func (r *room) act(t *testing.T, q proctor.Request) proctor.Response {
	t.Helper()
	answer, err := r.asks(t, q)
	if err != nil || len(answer.Failed) > 0 {
		t.Fatalf("%s at %s: %v %v", q.Action, r.sitting, err, answer.Failed)
	}
	return answer
}

// admits opens check-in and lets people in, who come to the place with their PINs.
func (r *room) admits(t *testing.T, p *place, from, to int) {
	t.Helper()
	r.act(t, proctor.Request{Action: engine.ActOpenCheckin})
	var numbers []string
	for i := from; i < to; i++ {
		numbers = append(numbers, numberOf(i))
	}
	for _, pin := range r.act(t, proctor.Request{Action: engine.ActCheckin, Numbers: numbers, Paper: "ktp"}).PINs {
		p.people = append(p.people, create.Credential{Number: pin.Number, PIN: pin.PIN})
	}
}

// closes ends the sitting, closes its minutes, and signs them with another.
func (r *room) closes(t *testing.T, second string) {
	t.Helper()
	if _, err := r.asks(t, proctor.Request{Action: engine.ActFinish}); err != nil && !strings.Contains(err.Error(), "ended") {
		t.Fatal(err)
	}
	path := "/api/v1/sittings/" + r.sitting + "/minutes"
	waitFor(t, patience, "minutes that are signed before anything else is recorded", func() bool {
		var closed struct{ Version int }
		_, err := r.Call(t.Context(), http.MethodPost, path, map[string]string{"op": uuid.NewString()}, &closed)
		check(t, err)
		_, err = r.Call(t.Context(), http.MethodPost, fmt.Sprintf("%s/%d/sign", path, closed.Version), proctor.SignRequest{
			Op: uuid.NewString(), Password: sitePassword, Second: &proctor.Second{User: second, Password: sitePassword},
		}, nil)
		if err != nil && !strings.Contains(err.Error(), "newer") {
			t.Fatal(err)
		}
		return err == nil
	})
}

// sits lets everybody answer until each has so many acknowledged.
func (s *served) sits(t *testing.T, log *crowd.Log) *running {
	t.Helper()
	return s.crowd(t, log, s.direct, func(_ int, c *crowd.Candidate) {
		hurried(1, c)
		c.Again = true
	})
}

// finished waits for all to have finished by themselves.
func (s *served) finished(t *testing.T, log *crowd.Log, run *running) {
	t.Helper()
	waitFor(t, patience, "all to answer", func() bool { return log.Figures().Acked > 5*len(s.people) })
	run.stop(t)
}

// streamOf are the hashes of a stream's records.
func (s *served) streams(t *testing.T) map[string][]engine.Hash {
	t.Helper()
	of := map[string][]engine.Hash{}
	for _, r := range s.records(t) {
		of[r.Stream] = append(of[r.Stream], r.Hash)
	}
	return of
}

// A province whose line is cut holds its sitting to the end: the site has what it needs,
// needs nobody, loses nothing when its server is killed, and comes home afterwards. What the
// centre then shows, exports and logs is of one exam, and an auditor's program agrees.
func TestASiteHoldsItsSittingWithoutTheCentre(t *testing.T) {
	t.Parallel()
	w := newTwoSites(t)
	w.prepare(t)
	w.opened(t)

	// The centre holds its own, and nothing else.
	w.centre.serve(t)
	if !strings.Contains(getBody(t, w.centre.Base()+"/ujian"), `href="/umpan-balik"`) {
		t.Error("the centre's page does not lead to feedback")
	}
	sita := w.centre.enters(t, "sita", centreSitting)
	sita.admits(t, &w.centre.place, 0, centrePeople)
	kepala := w.centre.enters(t, "kepala", islandSitting)
	for _, q := range []proctor.Request{
		{Action: engine.ActOpenCheckin}, {Action: engine.ActPostpone, To: "2031-01-02T03:04:05Z", Reason: "power"},
		{Action: engine.ActStart}, {Action: engine.ActPause},
	} {
		if _, err := kepala.asks(t, q); err == nil || !strings.Contains(err.Error(), string(engine.NotHome)) {
			t.Errorf("%s of a sitting that the island has, at the centre: %v", q.Action, err)
		}
	}
	for _, q := range []proctor.Request{
		{Action: engine.ActCheckin, Numbers: []string{numberOf(centrePeople)}, Paper: "ktp"}, {Action: engine.ActTurnAway, Numbers: []string{numberOf(centrePeople)}, Reason: "late"},
		{Action: engine.ActAdjust, Numbers: []string{numberOf(centrePeople)}, Adjust: "extra=30", Reason: "health"},
		{Action: engine.ActTransfer, Numbers: []string{numberOf(centrePeople)}, To: "sesi-1", Reason: "health"},
	} {
		if answer, err := kepala.asks(t, q); err == nil || !strings.Contains(err.Error(), string(engine.NotHome)) {
			t.Errorf("%s of somebody of the island, at the centre: %v %+v", q.Action, err, answer)
		}
	}
	log := crowd.NewLog()
	sita.act(t, proctor.Request{Action: engine.ActStart})
	run := w.centre.sits(t, log)
	w.centre.finished(t, log, run)
	sita.closes(t, "tono")
	w.centre.Kill() // the line is cut, and the centre is down with it

	// The island.
	w.island.serve(t)
	if strings.Contains(getBody(t, w.island.Base()+"/ujian"), `href="/umpan-balik"`) {
		t.Error("the island's page leads to feedback, which the centre takes")
	}
	ratna := w.island.enters(t, "ratna", islandSitting)
	ratna.admits(t, &w.island.place, centrePeople, centrePeople+islandPeople)
	check(t, os.WriteFile(filepath.Join(w.island.dir, peopleFile), nil, 0o600)) // which a copy has beside it
	early := w.island.backup(t, "early.db", freeAddr(t))                        // what somebody brings back later
	ratna.act(t, proctor.Request{Action: engine.ActStart})
	log = crowd.NewLog()
	run = w.island.sits(t, log)
	waitFor(t, patience, "the island to answer", func() bool { return log.Figures().Acked > 3*islandPeople })
	w.island.Kill()
	w.island.serve(t)
	again := log.Figures().Again
	waitFor(t, patience, "everybody to come back", func() bool { return log.Figures().Again >= again && log.Figures().Acked > 5*islandPeople })
	ratna = w.island.enters(t, "ratna", islandSitting)
	ratna.act(t, proctor.Request{Action: engine.ActPause, Reason: "power"})
	ratna.act(t, proctor.Request{Action: engine.ActResume})
	ratna.act(t, proctor.Request{
		Action: engine.ActCredit, Numbers: []string{numberOf(centrePeople)}, MS: (20 * time.Minute).Milliseconds(), Reason: "power",
		Second: &proctor.Second{User: "bagus", Password: sitePassword},
	})
	if _, err := ratna.asks(t, proctor.Request{Action: engine.ActTransfer, Numbers: []string{numberOf(centrePeople)}, To: "sesi-1", Reason: "health"}); err == nil {
		t.Error("the island sends somebody to a sitting of the centre's")
	}
	part := filepath.Join(w.centre.dir, "part.delivery")
	if out := w.island.do(t, "site", "deliver", "--out", part); !strings.Contains(out, "a part") {
		t.Errorf("delivered while it runs: %s", out)
	}
	if out := w.centre.do(t, "site", "collect", part, "--as", "kepala"); !strings.Contains(out, "it has not come home yet") {
		t.Errorf("collected while it runs: %s", out)
	}
	w.centre.refused(t, "not over", "export", "--exam", stores.SampleCode, "--out", "too-early")

	// Somebody serves an old copy of the island's journal: two truths, and an alarm.
	w.setBack(t, early)

	w.island.finished(t, log, run)
	report := w.island.check(t, log, w.island.Base())
	if report.Faults() > 0 {
		t.Errorf("the island's journal does not hold what was promised\n%s", report)
	}
	ratna.closes(t, "bagus")
	if _, err := ratna.asks(t, proctor.Request{Action: engine.ActOpenCheckin}); err == nil {
		t.Error("the island goes on after the sitting was closed")
	}
	whole := filepath.Join(w.centre.dir, "whole.delivery")
	if out := w.island.do(t, "site", "deliver", "--out", whole); !strings.Contains(out, "whole") {
		t.Errorf("delivered when it was closed: %s", out)
	}
	w.island.Kill()
	w.island.refused(t, "not_home", "staff", "add", "--role", "supervisor", "--as", "kepala", "baru")

	// Home.
	w.forged(t, whole)
	if out := w.centre.do(t, "site", "collect", whole, "--as", "kepala"); !strings.Contains(out, "it has come home, closed") {
		t.Errorf("collected when it was closed: %s", out)
	}
	w.same(t)
	before := w.centre.streams(t)
	for _, file := range []string{whole, part} {
		if out := w.centre.do(t, "site", "collect", file, "--as", "kepala"); !strings.Contains(out, "nothing new") {
			t.Errorf("collected again: %s", out)
		}
	}
	if after := w.centre.streams(t); !maps.EqualFunc(before, after, slices.Equal) {
		t.Error("collecting again has changed the journal")
	}
	folded, vkey := w.centre.folded(t), w.vkey(t)
	w.centre.serve(t)
	identical(t, "served with what came home", settledDocuments(t, w.centre.Base(), folded).pages(), folded)
	for i := range centrePeople + islandPeople {
		if !strings.Contains(folded[pagePath(stores.SampleCode, 0)], numberOf(i)) {
			t.Errorf("%s is not on the exam's board", numberOf(i))
		}
	}
	waitFor(t, patience, "the public log to hold everything", func() bool {
		_ = os.RemoveAll(filepath.Join(w.centre.dir, "bukti"))
		_, err := w.centre.try(t, "export", "--exam", stores.SampleCode, "--out", "bukti")
		return err == nil
	})
	if out, err := w.centre.try(t, "verify", "bukti", "--vkey", vkey); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if log := readAll(t, filepath.Join(w.centre.dir, "bukti", "log")); !strings.Contains(log, "handed_over") || !strings.Contains(log, "site_collect") {
		t.Error("the public log does not tell that the sitting was handed over, or that it was collected")
	}
	w.centre.Kill()
	audit := w.centre.do(t, "audit", "--as", "kepala")
	for _, act := range []string{engine.ActHandOver, "site_collect", "site_refuse"} {
		if !strings.Contains(audit, act) {
			t.Errorf("the audit does not tell of %s", act)
		}
	}
}

// readAll joins the files below a folder.
func readAll(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		all.Write(body)
		return err
	}))
	return all.String()
}

// setBack lets an old copy of the island's journal go another way, and brings that home.
func (w *twoSites) setBack(t *testing.T, early *served) {
	t.Helper()
	early.serve(t)
	early.enters(t, "ratna", islandSitting).act(t, proctor.Request{Action: engine.ActStart})
	other := filepath.Join(w.centre.dir, "other.delivery")
	early.do(t, "site", "deliver", "--out", other)
	early.Kill()
	was := w.centre.streams(t)
	out, err := w.centre.try(t, "site", "collect", other, "--as", "kepala")
	stream := engine.SittingStream + islandSitting
	if err == nil || !strings.Contains(out, "ALARM (differs): "+stream+" version ") {
		t.Errorf("another record at a known version: %v\n%s", err, out)
	}
	w.nothingTaken(t, was)
}

// nothingTaken says that an alarm is recorded and nothing else.
func (w *twoSites) nothingTaken(t *testing.T, was map[string][]engine.Hash) {
	t.Helper()
	now := w.centre.streams(t)
	exam := engine.ExamStream + stores.SampleCode
	if len(now[exam]) != len(was[exam])+1 {
		t.Errorf("%d records in the exam's stream, it had %d and an alarm came", len(now[exam]), len(was[exam]))
	}
	for stream, hashes := range now {
		if stream != exam && !strings.HasPrefix(stream, engine.AuditStream) && !slices.Equal(hashes, was[stream]) {
			t.Errorf("%s has changed with a file that was refused", stream)
		}
	}
}

// forged changes a delivery, in its bytes and in its manifest, and the centre takes neither.
func (w *twoSites) forged(t *testing.T, whole string) {
	t.Helper()
	for _, name := range []string{"register.jsonl", "manifest"} {
		file := filepath.Join(w.centre.dir, "forged-"+name)
		rewrite(t, whole, file, name)
		was := w.centre.streams(t)
		w.centre.refused(t, "ALARM (signature)", "site", "collect", file, "--as", "kepala")
		w.nothingTaken(t, was)
	}
}

// rewrite copies a file with one byte more at the end of a part.
func rewrite(t *testing.T, from, to, part string) {
	t.Helper()
	r, err := zip.OpenReader(from)
	check(t, err)
	defer func() { _ = r.Close() }()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		in, err := f.Open()
		check(t, err)
		body, err := io.ReadAll(in)
		check(t, err)
		if f.Name == part {
			body = append(body, '\n')
		}
		into, err := z.Create(f.Name)
		check(t, err)
		_, err = into.Write(body)
		check(t, err)
	}
	check(t, z.Close())
	check(t, os.WriteFile(to, out.Bytes(), 0o600))
}

// same holds what came home against the island: the same records, in the same order.
func (w *twoSites) same(t *testing.T) {
	t.Helper()
	centre, island := w.centre.streams(t), w.island.streams(t)
	came := 0
	for stream, hashes := range island {
		if strings.HasPrefix(stream, engine.ExamStream) || stream == proctor.StaffAccounts {
			continue
		}
		if came++; !slices.Equal(centre[stream], hashes) {
			t.Errorf("%s: %d records at the centre, %d at the island", stream, len(centre[stream]), len(hashes))
		}
	}
	if came < islandPeople+2 {
		t.Errorf("%d streams came home", came)
	}
	order := func(s *served) (of []engine.Hash) {
		for _, r := range s.records(t) {
			if r.Stream == engine.SittingStream+islandSitting && r.N > 2 || island[r.Stream] != nil && strings.HasPrefix(r.Stream, engine.AttemptStream) {
				of = append(of, r.Hash)
			}
		}
		return of
	}
	if !slices.Equal(order(w.centre), order(w.island)) {
		t.Error("the records came home in another order than they were made")
	}
}

// What a site is given is of its own people and staff: nobody else's name, number or account
// is in the file, and the secrets that it shares with the centre are those of its room.
func TestASiteIsGivenNothingOfOthers(t *testing.T) {
	t.Parallel()
	w := newTwoSites(t)
	w.prepare(t)
	w.opened(t)
	r, err := zip.OpenReader(filepath.Join(w.island.dir, "pulau.site"))
	check(t, err)
	defer func() { _ = r.Close() }()
	for _, f := range r.File {
		if f.Name != "register.jsonl" {
			continue
		}
		in, err := f.Open()
		check(t, err)
		for dec := json.NewDecoder(in); dec.More(); {
			var one struct {
				Kind, ID string
				Body     []byte
			}
			check(t, dec.Decode(&one))
			for i := range centrePeople {
				if bytes.Contains(one.Body, []byte(numberOf(i))) {
					t.Errorf("%s %s names %s, who is expected at the centre", one.Kind, one.ID, numberOf(i))
				}
			}
			if bytes.Contains(one.Body, []byte(`"sita"`)) || one.ID == "sita" {
				t.Errorf("%s %s is of sita, who works at the centre", one.Kind, one.ID)
			}
		}
	}
	secrets := func(s *served) (k proctor.Keys) {
		s.reading(t, func(db *stores.DB, keys *stores.KeyFile) error {
			k, err = db.Proctor(t.Context(), keys)
			return err
		})
		return k
	}
	centre, island := secrets(w.centre), secrets(w.island)
	if !bytes.Equal(centre.SeatSecret(islandSitting), island.SeatSecret(islandSitting)) {
		t.Error("seats of the island's sitting are drawn by another secret there: no auditor can draw them again")
	}
	if bytes.Equal(centre.SeatSecret(centreSitting), island.SeatSecret(centreSitting)) {
		t.Error("the island can draw the seats of another sitting")
	}
	here, other := numberOf(centrePeople), numberOf(0)
	if !centre.CheckResultsCode(island.ResultsCode(stores.SampleCode, here, 0), stores.SampleCode, here, 0) {
		t.Error("a results code of the island's opens nothing at the centre")
	}
	if centre.CheckResultsCode(island.ResultsCode(stores.SampleCode, other, 0), stores.SampleCode, other, 0) {
		t.Error("the island knows results codes of others")
	}
	info, err := os.Stat(filepath.Join(w.island.dir, "pulau.site"))
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the pack has mode %o", info.Mode().Perm())
	}
}

// Where the exam was sealed its items stay sealed on the way: the pack has neither bank nor
// seed in the clear, the site serves nothing of it before its sealed pack is opened, and then
// the forms are those that the centre committed to.
func TestASealedExamStaysSealedOnTheWayToItsSite(t *testing.T) {
	t.Parallel()
	w := newTwoSites(t)
	w.prepare(t)
	s := w.centre
	check(t, os.Mkdir(filepath.Join(s.dir, "kunci"), 0o700))
	for _, name := range []string{"pulau", "a", "b", "c"} {
		s.do(t, "bank", "keys", "new", "--out", "kunci", name)
	}
	s.do(t, "bank", "keys", "new", "--publisher", "--out", "kunci", "panitia")
	join := func(to string, names ...string) {
		var all []byte
		for _, name := range names {
			body, err := os.ReadFile(filepath.Join(s.dir, "kunci", name+".pub"))
			check(t, err)
			all = append(all, body...)
		}
		check(t, os.WriteFile(filepath.Join(s.dir, to), all, 0o600))
	}
	join("pemegang", "a", "b", "c")
	join("lokasi", "pulau")
	s.do(t, "bank", "seal", "--as", "kepala", "--exam", stores.SampleCode, "--release", "pemegang", "--recipients", "lokasi", "--sign", "kunci/panitia.sign", "--opens", "now", "--spare", "seed", "--out", ".")

	file := filepath.Join(w.island.dir, "pulau.site")
	if out := s.do(t, "site", "pack", islandSitting, "--out", file); !strings.Contains(out, "stay in the sealed pack") || strings.Contains(out, "bank seal") {
		t.Errorf("packed: %s", out)
	}
	var seed []byte
	s.reading(t, func(db *stores.DB, keys *stores.KeyFile) error {
		recorded, parts := examOf(t, db, keys)
		seed = parts.Seed
		r, err := zip.OpenReader(file)
		check(t, err)
		defer func() { _ = r.Close() }()
		for _, f := range r.File {
			in, err := f.Open()
			check(t, err)
			body, err := io.ReadAll(in)
			check(t, err)
			if strings.Contains(string(body), fmt.Sprintf("%x", seed)) || f.Name == "archive/"+recorded.Bank || f.Name == "archive/"+recorded.Plan {
				t.Errorf("%s is in the clear", f.Name)
			}
		}
		return nil
	})
	if out := w.island.do(t, "site", "open", file); !strings.Contains(out, "--pack") {
		t.Errorf("opened: %s", out)
	}
	w.island.refused(t, "unknown_sitting", "act", islandSitting, engine.ActOpenCheckin, "--as", "kepala")
	err := w.island.Start(t.Context(), said(t), "serve", "--journal", w.island.journal, "--keys", w.island.keys,
		"--pack", strings.TrimPrefix(w.island.journal, "sqlite:")+".pack", "--publisher", filepath.Join(s.dir, "kunci/panitia.verify"), "--identity", filepath.Join(s.dir, "kunci/pulau.key"))
	check(t, err)
	ratna := w.island.enters(t, "ratna", islandSitting)
	waitFor(t, patience, "the sealed pack to be opened", func() bool {
		_, err := ratna.asks(t, proctor.Request{Action: engine.ActOpenCheckin})
		return err == nil
	})
	w.island.Kill()
	w.island.reading(t, func(db *stores.DB, keys *stores.KeyFile) error {
		_, parts := examOf(t, db, keys)
		if !bytes.Equal(parts.Seed, seed) {
			t.Error("the site draws forms by another seed")
		}
		return nil
	})
	opened := 0
	for _, r := range w.island.records(t) {
		if e, err := engine.Decode(r.Body); err == nil && e.Kind == engine.PackOpened && strings.HasPrefix(r.Stream, engine.SiteStream) {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("%d openings in the site's own stream", opened)
	}
	w.island.serve(t) // as after a failure, without the pack
	w.island.enters(t, "ratna", islandSitting).act(t, proctor.Request{Action: engine.ActCheckin, Numbers: []string{numberOf(centrePeople)}, Paper: "ktp"})
}

// A centre that serves from PostgreSQL goes on while commands beside it hand over and collect:
// its pages hear of it, and it neither ends nor continues what is only a copy.
func TestACentreThatServesHearsWhatIsCollected(t *testing.T) {
	t.Parallel()
	w := newTwoSites(t)
	w.centre.journal, w.centre.keys = storetest.Postgres(t).Fresh(t, "exam"), filepath.Join(w.centre.dir, "keys")
	w.prepareUntil(t, false)
	w.centre.serve(t)
	kepala := w.centre.enters(t, "kepala", islandSitting)
	shown := func() (v proctor.Overview) {
		all, err := kepala.Sittings(t.Context())
		check(t, err)
		for _, one := range all {
			if one.ID == islandSitting {
				v = one
			}
		}
		return v
	}
	if v := shown(); v.Home != "" || !slices.Contains(v.May, engine.ActOpenCheckin) {
		t.Errorf("before it is handed over: %+v", v)
	}
	w.handOver(t)
	waitFor(t, patience, "the server to hear that it was handed over", func() bool { v := shown(); return v.Home == "pulau" && !slices.Contains(v.May, engine.ActOpenCheckin) })
	w.opened(t)
	act := func(args ...string) {
		t.Helper()
		w.island.do(t, append([]string{"act", islandSitting}, append(args, "--as", "kepala")...)...)
	}
	act(engine.ActOpenCheckin)
	act(engine.ActCheckin, "--number", numberOf(centrePeople), "--number", numberOf(centrePeople+1))
	act(engine.ActStart)
	file := filepath.Join(w.centre.dir, "part.delivery")
	w.island.do(t, "site", "deliver", "--out", file)
	w.centre.do(t, "site", "collect", file, "--as", "kepala")
	waitFor(t, patience, "the server to show what was collected", func() bool { return shown().Phase == engine.InProgress })
	was := w.centre.streams(t)
	work(t, 3*time.Second) // in which a server looks at everything once
	w.centre.Kill()
	w.centre.serve(t)
	work(t, 3*time.Second)
	for stream, hashes := range w.centre.streams(t) {
		if (stream == engine.SittingStream+islandSitting || strings.HasPrefix(stream, engine.AttemptStream)) && !slices.Equal(hashes, was[stream]) {
			t.Errorf("%s: the centre has written to a copy", stream)
		}
	}
}

// examOf is the sample exam as a journal has it, and what its forms are drawn from.
func examOf(t *testing.T, db *stores.DB, keys *stores.KeyFile) (stores.ExamRecord, *web.ExamParts) {
	t.Helper()
	recorded, err := db.ExamRecord(t.Context(), stores.SampleCode)
	check(t, err)
	listed, err := proctor.NewPeople(db.Register).Read(t.Context(), stores.SampleCode)
	check(t, err)
	parts, err := db.ExamParts(t.Context(), listed.Def, recorded, keys)
	check(t, err)
	return recorded, parts
}
