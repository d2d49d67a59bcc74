package main

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/analysis"
	"terang/cmd/terang/create"
	"terang/cmd/terang/export"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// An objection that is upheld after the sitting was closed has its effect: two people let
// the candidate sit again at a new sitting, on items that none of the first form has; what
// was sat counts no more, what is sat then does, everywhere; and a stranger finds all of it
// in the export.
func TestWhatWasUpheldIsSatAgain(t *testing.T) {
	dir := t.TempDir()
	flags := stores.Flags{Journal: "sqlite:" + filepath.Join(dir, "t.db"), Keys: filepath.Join(dir, "keys")}
	keys, err := stores.OpenKeys(flags.Keys)
	if err != nil {
		t.Fatal(err)
	}
	var who *proctor.Person
	var told resultTold
	t.Run("served", func(t *testing.T) { who, told = satAgain(t, &shared{T: t, dsn: flags.Journal, keys: keys}) })
	if t.Failed() {
		return
	}

	// From the journal alone it is the same, and for a stranger.
	s := &shared{T: t, dsn: flags.Journal, keys: keys}
	st := s.command()
	folded, err := stores.FoldExam(t.Context(), st, keys, stores.SampleCode, stores.LatestVersion)
	s.must(err)
	if r, _ := folded.Boards.Result(who.Attempt); !r.Finished || r.Points.Sum() != told.Total {
		t.Errorf("from the journal: %+v, the page said %+v", r, told)
	}
	sheets, err := analysis.Open(t.Context(), st, keys, stores.SampleCode, analysis.Grouping{})
	s.must(err)
	_, items, err := sheets.Judge(t.Context(), st.Journal)
	s.must(err)
	given := int64(0)
	for _, it := range items.Items {
		given += it.N
	}
	if c := items.Population; c.Finished != 2 || c.Strange != 0 || given != int64(2*folded.Rules.Items) {
		t.Errorf("the analysis counts %+v, and %d items that were given: of who sat again it counts another form than the last alone", c, given)
	}
	for _, sitting := range []string{"sesi-1", "susulan-1"} {
		c := resultsMinutes{printFlags: printFlags{examFlags: examFlags{Flags: flags, Exam: stores.SampleCode}}, Sitting: sitting, Output: filepath.Join(dir, sitting+".pdf")}
		s.must(c.Run(t.Context()))
	}
	sign := logSign{Flags: flags}
	_, err = sign.sign(t.Context(), st, keys)
	s.must(errors.Join(err, st.Close()))
	out := export.Cmd{Flags: flags, Exam: stores.SampleCode, Out: filepath.Join(dir, "export")}
	s.must(out.Run(t.Context()))
	if report := verified(t, out.Out); !report.Sound() {
		t.Error(report)
	}
	redressAtATerminal(t, flags)
}

// redressAtATerminal carries out the second objection: first refused with what to do, then
// proposed, then done with a second person.
func redressAtATerminal(t *testing.T, flags stores.Flags) {
	t.Setenv("TERANG_PASSWORD", committeePassword)
	t.Setenv("TERANG_SECOND_PASSWORD", committeePassword)
	redress := func(number string, change func(*objectionsRedress)) (string, error) {
		c := objectionsRedress{
			caseFlags: caseFlags{officeFlags: officeFlags{Flags: flags, As: "ketua"}, Exam: stores.SampleCode, Number: number},
			New:       "susulan-2", Site: "kota-lama", Room: "ruang-1", Title: "Susulan 2", Start: time.Now().Add(time.Hour).Format(time.RFC3339),
			Reason: "BA-13", Second: "wakil",
		}
		change(&c)
		var err error
		return printed(t, func() { err = c.Run(t.Context()) }), err
	}
	for _, refused := range []struct {
		number, want string
		change       func(*objectionsRedress)
	}{
		{"2", "--new CODE with --site", func(c *objectionsRedress) { c.To = "sesi-1" }},
		{"2", "give --site", func(c *objectionsRedress) { c.Site = "" }},
		{"2", "that the exam has", func(c *objectionsRedress) { c.To, c.New = "sesi-1", "" }},
		{"2", "a room that this exam has", func(c *objectionsRedress) { c.Room = "ruang-9" }},
		{"1", "has been carried out", func(*objectionsRedress) {}},
	} {
		if _, err := redress(refused.number, refused.change); err == nil || !strings.Contains(err.Error(), refused.want) {
			t.Errorf("%v, want %q", err, refused.want)
		}
	}
	said, err := redress("2", func(c *objectionsRedress) { c.Second = "" })
	if err != nil || !strings.Contains(said, "proposed: ") {
		t.Errorf("%q %v", said, err)
	}
	said, err = redress("2", func(*objectionsRedress) {})
	if err != nil || !strings.HasSuffix(said, " sits at susulan-2\n") {
		t.Errorf("%q %v", said, err)
	}
}

const committeePassword = "kata sandi yang panjang"

// committee adds a member of the committee, who signs in.
func (s *shared) committee(n *living, user string) *http.Client {
	s.Helper()
	s.must(n.Accounts.Add(s.Context(), proctor.Setup, proctor.Account{User: user, Grants: proctor.Everywhere(proctor.Committee)}, committeePassword, stores.Now()))
	c := browser(s.T)
	if status := n.call(c, http.MethodPost, "/api/v1/staff/signin", map[string]string{"user": user, "password": committeePassword}, nil); status != http.StatusOK {
		s.Fatalf("%s signs in: %d", user, status)
	}
	return c
}

// items are those on the form that a number has now.
func (r *living) items(number string) (items []string) {
	r.Helper()
	r.Hall.Attempt(r.People.Find(number, stores.SampleCode)[0].Attempt).View(func(_ *engine.Attempt, t *engine.Terms) {
		for _, place := range t.Form.Places() {
			items = append(items, place.Item.ID)
		}
	})
	return items
}

// satAgain holds the sample exam for two, of whom the first sits again.
func satAgain(t *testing.T, s *shared) (*proctor.Person, resultTold) {
	st := s.command()
	s.must(create.Sample(t.Context(), st, s.keys, 2, time.Now(), true))
	s.must(st.Close())
	n := s.open(true)
	people, _, err := n.OpenSample(t.Context())
	s.must(err)
	ketua := s.committee(n, "ketua")
	s.committee(n, "wakil")
	s.must(n.Accounts.Add(t.Context(), proctor.Setup, anySupervisor, committeePassword, stores.Now()))
	sits := func(p create.Credential, answers int) resultTold {
		x := &onPage{Credential: p, node: n, client: browser(t), device: uuid.NewString()}
		in := map[string]string{"number": x.Number, "pin": x.PIN, "device": x.device}
		for _, call := range []string{"signin", "confirm"} {
			if status := n.call(x.client, http.MethodPost, "/api/v1/exam/"+call, in, nil); status != http.StatusOK {
				t.Fatalf("%s: %s: %d", x.Number, call, status)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		r, err := x.result(ctx, answers)
		if err != nil {
			n.Hall.Attempt(n.People.Find(p.Number, stores.SampleCode)[0].Attempt).View(func(a *engine.Attempt, terms *engine.Terms) {
				t.Fatalf("%v: %s at %s, leaves out %.8s, its terms %.8s; sitting %+v", err, a.State, a.Sitting, a.Leaves, terms.Seen, terms.Sitting.Phase)
			})
		}
		return r
	}
	for _, p := range people {
		sits(p, 7)
	}
	first, now := n.items(people[0].Number), n.attempt(people[0].Number)
	n.act(proctor.Request{Action: engine.ActFinish})
	n.act(proctor.Request{Action: engine.ActClose})

	who := n.People.Find(people[0].Number, stores.SampleCode)[0]
	one, err := n.Office.FileObjection(t.Context(), who, proctor.Filing{Op: uuid.NewString(), Kind: engine.ObjectTime, Words: "Listrik padam."})
	s.must(err)
	ask := proctor.RedressRequest{
		Op: uuid.NewString(), Reason: "BA-12, peserta setuju",
		New:    &engine.SittingDef{Code: "susulan-1", Site: "kota-lama", Room: "ruang-1", Title: "Susulan", Start: time.Now().Add(time.Hour).Format(time.RFC3339)},
		Second: &proctor.Second{User: "wakil", Password: committeePassword},
	}
	path := "/api/v1/exams/" + stores.SampleCode + "/objections/1/repeat"
	if status := n.call(ketua, http.MethodPost, path, ask, nil); status != http.StatusConflict {
		t.Errorf("before it was upheld: %d", status)
	}
	wakil, err := n.Accounts.Get(t.Context(), "wakil")
	s.must(err)
	s.must(n.Server.DecideObjection(t.Context(), wakil, stores.SampleCode, one.Seq, uuid.NewString(), proctor.ObjectionUpheld, "Benar."))
	alone := ask
	alone.Second = &proctor.Second{User: "ketua", Password: committeePassword}
	if status := n.call(ketua, http.MethodPost, path, alone, nil); status != http.StatusForbidden {
		t.Errorf("by one person: %d", status)
	}
	for _, wrong := range []func(*engine.SittingDef){
		func(d *engine.SittingDef) { d.Code = "sesi-1" }, func(d *engine.SittingDef) { d.Code = "Susulan 1" },
		func(d *engine.SittingDef) { d.Room = "ruang-9" }, func(d *engine.SittingDef) { d.Start = "besok" },
		func(d *engine.SittingDef) { d.Start = "2020-01-01T08:00" }, func(d *engine.SittingDef) { d.Minutes = 601 },
	} {
		bad, made := ask, *ask.New
		wrong(&made)
		bad.Op, bad.New = uuid.NewString(), &made
		if status := n.call(ketua, http.MethodPost, path, bad, nil); status != http.StatusBadRequest {
			t.Errorf("%+v: %d", made, status)
		}
	}
	for range 2 { // sent again it is the same
		var answer proctor.Response
		if status := n.call(ketua, http.MethodPost, path, ask, &answer); status != http.StatusOK || len(answer.Done) != 1 {
			t.Fatalf("%d %+v", status, answer)
		}
	}
	again := ask
	again.Op = uuid.NewString()
	if status := n.call(ketua, http.MethodPost, path, again, nil); status != http.StatusConflict {
		t.Errorf("carried out twice: %d", status)
	}

	id := stores.SampleCode + ".susulan-1"
	waitFor(t, patience, "the new sitting on the roster and the boards, with its one candidate", func() bool {
		return len(n.People.In(id)) == 1 && n.board(stores.SampleCode+".sitting.susulan-1").Counts.Registered == 1 && n.board(stores.SampleCode+".sitting.sesi-1").Counts.Registered == 1
	})
	if r, ok := n.Exams.Find(stores.SampleCode).Boards.Result(who.Attempt); !ok || r.Finished || r.Status != "" || r.Points.Sum() != 0 {
		t.Errorf("what was sat still counts: %+v", r)
	}
	a := n.attempt(people[0].Number)
	if a.State != engine.Assigned || a.Answers != 0 || a.Fingerprint != now.Fingerprint {
		t.Errorf("%+v", a)
	}
	there := func(req proctor.Request) proctor.Response { return n.actAt(id, req) }
	there(proctor.Request{Action: engine.ActOpenCheckin})
	pin := there(proctor.Request{Action: engine.ActCheckin, Numbers: []string{people[0].Number}}).PINs[0]
	there(proctor.Request{Action: engine.ActStart})
	told := sits(create.Credential{Number: pin.Number, PIN: pin.PIN}, 11)

	second := n.items(people[0].Number)
	if len(second) != len(first) || slices.ContainsFunc(second, func(item string) bool { return slices.Contains(first, item) }) {
		t.Errorf("the second form has items of the first: %v, %v", first, second)
	}
	a = n.attempt(people[0].Number)
	if a.Fingerprint == now.Fingerprint || a.Answers != 11 {
		t.Errorf("%d answers, receipt %s", a.Answers, a.Fingerprint.Receipt())
	}
	waitFor(t, patience, "the board to show the second finish", func() bool {
		r, _ := n.Exams.Find(stores.SampleCode).Boards.Result(who.Attempt)
		return r.Finished && r.Points.Sum() == told.Total
	})
	there(proctor.Request{Action: engine.ActFinish})
	there(proctor.Request{Action: engine.ActClose})

	// The other one's is carried out at a terminal, when no server runs.
	two, err := n.Office.FileObjection(t.Context(), n.People.Find(people[1].Number, stores.SampleCode)[0], proctor.Filing{Op: uuid.NewString(), Kind: engine.ObjectTime, Words: "Listrik padam."})
	s.must(err)
	s.must(n.Server.DecideObjection(t.Context(), wakil, stores.SampleCode, two.Seq, uuid.NewString(), proctor.ObjectionUpheld, "Benar."))
	return n.People.Find(who.Number, stores.SampleCode)[0], told
}
