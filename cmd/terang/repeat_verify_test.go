package main

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/export"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// Three may sit again: one does, one stays away, one is turned away at the door. Of each a
// stranger finds what became of it, in both exports: what was sat first has no points
// any more, and nobody is said to have changed anything. The list that was published before
// says what it said, and the one published after is that of the results.
func TestWhateverBecomesOfARepetitionIsVerified(t *testing.T) {
	dir := t.TempDir()
	flags := stores.Flags{Journal: "sqlite:" + filepath.Join(dir, "t.db"), Keys: filepath.Join(dir, "keys")}
	keys, err := stores.OpenKeys(flags.Keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("served", func(t *testing.T) { repetitions(t, &shared{T: t, dsn: flags.Journal, keys: keys}) })
	if t.Failed() {
		return
	}
	x := &livedExam{TB: t, flags: flags, dir: dir, keys: keys}
	if said, sound := periksa(t, builtPeriksa(t), x.write(true)); !sound || !strings.Contains(said, "results: 3 rows") {
		t.Error(said)
	}
	if r := verified(t, x.write(false)); !r.Sound() || !r.Whole() {
		t.Error(r)
	}
}

// livedExam is one whose server has ended.
type livedExam struct {
	testing.TB
	flags stores.Flags
	dir   string
	keys  *stores.KeyFile
}

// write signs what has happened and exports it.
func (x *livedExam) write(public bool) string {
	x.Helper()
	st, err := stores.Open(x.flags.Journal, true)
	if err != nil {
		x.Fatal(err)
	}
	sign := logSign{Flags: x.flags}
	_, err = sign.sign(x.Context(), st, x.keys)
	c := export.Cmd{Flags: x.flags, Exam: stores.SampleCode, Out: filepath.Join(x.dir, "export-"+uuid.NewString()), Public: public}
	if err = errors.Join(err, st.Close()); err == nil {
		err = c.Run(x.Context())
	}
	if err != nil {
		x.Fatal(err)
	}
	return c.Out
}

// repetitions holds the sample exam for three, all of whom may sit it again.
func repetitions(t *testing.T, s *shared) {
	st := s.command()
	s.must(create.Sample(t.Context(), st, s.keys, 3, time.Now(), true))
	s.must(st.Close())
	n := s.open(true)
	people, _, err := n.OpenSample(t.Context())
	s.must(err)
	ketua := s.committee(n, "ketua")
	s.committee(n, "wakil")
	wakil, err := n.Accounts.Get(t.Context(), "wakil")
	s.must(err)
	s.must(n.Accounts.Add(t.Context(), proctor.Setup, anySupervisor, committeePassword, stores.Now()))
	second := &proctor.Second{User: "wakil", Password: committeePassword}
	for _, p := range people {
		n.hasResult(p, 7)
	}
	n.act(proctor.Request{Action: engine.ActFinish})
	n.act(proctor.Request{Action: engine.ActClose})
	publish := func() {
		for _, act := range []string{"freeze", "release"} {
			ask := map[string]any{"op": uuid.NewString(), "reason": "pleno", "despite": act == "freeze", "second": second}
			if status := n.call(ketua, http.MethodPost, "/api/v1/exams/"+stores.SampleCode+"/results/"+act, ask, nil); status != http.StatusOK {
				t.Fatalf("%s: %d", act, status)
			}
		}
	}
	publish()

	again := stores.SampleCode + ".susulan-1"
	for i, p := range people {
		one, err := n.Office.FileObjection(t.Context(), n.People.Find(p.Number, stores.SampleCode)[0], proctor.Filing{Op: uuid.NewString(), Kind: engine.ObjectTime, Words: "Listrik padam."})
		s.must(err)
		s.must(n.Server.DecideObjection(t.Context(), wakil, stores.SampleCode, one.Seq, uuid.NewString(), proctor.ObjectionUpheld, "Benar."))
		ask := proctor.RedressRequest{Op: uuid.NewString(), Reason: "BA-12, peserta setuju", To: "susulan-1", Second: second}
		if i == 0 {
			ask.To, ask.New = "", &engine.SittingDef{Code: "susulan-1", Site: "kota-lama", Room: "ruang-1", Title: "Susulan", Start: time.Now().Add(time.Hour).Format(time.RFC3339)}
		}
		var answer proctor.Response
		if status := n.call(ketua, http.MethodPost, "/api/v1/exams/"+stores.SampleCode+"/objections/"+strconv.Itoa(one.Seq)+"/repeat", ask, &answer); status != http.StatusOK || len(answer.Done) != 1 {
			t.Fatalf("%d %+v", status, answer)
		}
		waitFor(t, patience, "the new sitting to expect who sits again", func() bool {
			return len(n.People.In(again)) == i+1 && n.board(stores.SampleCode+".sitting.susulan-1").Counts.Registered == i+1
		})
	}
	n.actAt(again, proctor.Request{Action: engine.ActOpenCheckin})
	pin := n.actAt(again, proctor.Request{Action: engine.ActCheckin, Numbers: []string{people[0].Number}}).PINs[0]
	n.actAt(again, proctor.Request{Action: engine.ActTurnAway, Numbers: []string{people[2].Number}, Reason: "papers: no identity card"})
	n.actAt(again, proctor.Request{Action: engine.ActStart})
	n.hasResult(create.Credential{Number: pin.Number, PIN: pin.PIN}, 11)
	n.actAt(again, proctor.Request{Action: engine.ActFinish})
	n.actAt(again, proctor.Request{Action: engine.ActClose})
	waitFor(t, patience, "who stayed away to be absent", func() bool {
		r, _ := n.Exams.Find(stores.SampleCode).Boards.Result(n.People.Find(people[1].Number, stores.SampleCode)[0].Attempt)
		return r.Status == scoring.StatusTH
	})
	unfreeze := map[string]any{"op": uuid.NewString(), "reason": "pleno", "second": second}
	if status := n.call(ketua, http.MethodPost, "/api/v1/exams/"+stores.SampleCode+"/results/unfreeze", unfreeze, nil); status != http.StatusOK {
		t.Fatal(status)
	}
	publish()
}

// hasResult lets a candidate sign in, sit the exam and finish it.
func (r *living) hasResult(p create.Credential, answers int) {
	r.Helper()
	x := &onPage{Credential: p, node: r, client: browser(r.T), device: uuid.NewString()}
	in := map[string]string{"number": x.Number, "pin": x.PIN, "device": x.device}
	for _, call := range []string{"signin", "confirm"} {
		if status := r.call(x.client, http.MethodPost, "/api/v1/exam/"+call, in, nil); status != http.StatusOK {
			r.Fatalf("%s: %s: %d", x.Number, call, status)
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), 90*time.Second)
	defer cancel()
	if _, err := x.result(ctx, answers); err != nil {
		r.Fatal(err)
	}
}
