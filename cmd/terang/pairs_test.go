package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// Beside servers on PostgreSQL a person at a terminal is the second: the command writes,
// the server that holds the candidate follows.
func TestASecondPersonApprovesBesideTheServers(t *testing.T) {
	s := newShared(t)
	path := filepath.Join(t.TempDir(), "same-keys")
	keys, err := stores.OpenKeys(path)
	s.must(err)
	s.keys = keys
	d, err := create.SampleDefinition(2, time.Now(), true)
	s.must(err)
	st := s.command()
	s.must(create.SampleOf(s.Context(), st, keys, proctor.Setup, d, 2))
	const secret = "kata sandi yang panjang"
	r := s.open(true)
	for _, user := range []string{"ratna", "bagus"} {
		s.must(r.Accounts.Add(s.Context(), proctor.Setup, proctor.Account{User: user, Grants: proctor.Everywhere(proctor.Admin)}, secret, stores.Now()))
	}
	_, _, err = r.OpenSampleOf(s.Context(), d.Code)
	s.must(err)
	number := r.People.All(d.Code)[0].Number
	ratna := browser(t)
	if status := r.call(ratna, http.MethodPost, "/api/v1/staff/signin", map[string]string{"user": "ratna", "password": secret}, nil); status != http.StatusOK {
		t.Fatal(status)
	}
	var asked struct{ Proposal string }
	request := proctor.Request{Op: uuid.NewString(), Action: engine.ActDisqualify, Numbers: []string{number}, Reason: "phone"}
	if status := r.call(ratna, http.MethodPost, "/api/v1/sittings/"+theSitting+"/actions", request, &asked); status != http.StatusAccepted {
		t.Fatal(status)
	}
	approve := func(user string) error {
		t.Setenv("TERANG_PASSWORD", secret)
		c := approveCmd{officeFlags: officeFlags{Flags: stores.Flags{Journal: s.dsn, Keys: path}, As: user}, Proposal: asked.Proposal}
		ctx, cancel := context.WithTimeout(s.Context(), 30*time.Second)
		defer cancel()
		return c.Run(ctx)
	}
	if err := approve("ratna"); err == nil {
		t.Fatal("who proposed it approved it")
	}
	s.must(approve("bagus"))
	live := r.Hall.Attempt(r.People.All(d.Code)[0].Attempt)
	for state := engine.State(""); state != engine.DisqualifiedNow; {
		live.View(func(a *engine.Attempt, _ *engine.Terms) { state = a.State })
		s.must(process.Rest(s.Context(), 10*time.Millisecond))
	}
	s.proposesARoster(r, ratna, secret)
	if p := r.Hall.Sitting(theSitting).State().Pairs; len(p.Open)+len(p.Approved) > 0 {
		t.Errorf("the server still holds it as waiting: %+v", p)
	}
}

// proposesARoster lets two people add a candidate while the exam runs, each at a browser.
func (s *shared) proposesARoster(r *living, proposer *http.Client, secret string) {
	s.Helper()
	var file strings.Builder
	file.WriteString("number,name,birth_date,formation,site,sitting\n")
	known := r.People.All(stores.SampleCode)
	row := func(number, name string, p *proctor.Person) {
		fmt.Fprintf(&file, "%s,%s,%s,%s,%s,%s\n", number, name, p.BirthDate, p.Formation, p.Site, p.Sitting)
	}
	for _, p := range known {
		row(p.Number, p.Name, p)
	}
	row("26401-110-000099", "Orang Baru", known[0])
	var answer struct{ Proposal string }
	request := proctor.RosterRequest{Op: uuid.NewString(), File: file.String(), Reason: "request"}
	if status := r.call(proposer, http.MethodPost, "/api/v1/exams/"+stores.SampleCode+"/roster", request, &answer); status != http.StatusAccepted {
		s.Fatal(status)
	}
	bagus := browser(s.T)
	if status := r.call(bagus, http.MethodPost, "/api/v1/staff/signin", map[string]string{"user": "bagus", "password": secret}, nil); status != http.StatusOK {
		s.Fatal(status)
	}
	if len(r.People.Find("26401-110-000099", "")) > 0 {
		s.Fatal("a roster that waits is served")
	}
	if status := r.call(bagus, http.MethodPost, "/api/v1/proposals/"+answer.Proposal, map[string]string{"op": uuid.NewString(), "decision": "approve"}, nil); status != http.StatusOK {
		s.Fatal(status)
	}
	for {
		if found := r.People.Find("26401-110-000099", ""); len(found) == 1 && r.Hall.Attempt(found[0].Attempt) != nil {
			return
		}
		s.must(process.Rest(s.Context(), 10*time.Millisecond))
	}
}

// Who died between the approval and the act left both names in the journal: the next
// server does the act as it starts, once, and a third finds nothing to do.
func TestAServerDoesWhatWasAgreedBeforeTheLastOneDied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "terang.db")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	keys, err := stores.OpenKeys(path + ".keys")
	must(err)
	// served runs a node over the file until the visit is over.
	served := func(whole bool, visit func(n *node.Node)) {
		t.Helper()
		st, err := stores.Open("sqlite:"+path, true)
		must(err)
		n, err := node.Open(t.Context(), node.Parts{Stores: st, Keys: keys, Log: slog.New(slog.DiscardHandler)})
		must(err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			if whole {
				done <- n.Run(ctx)
			} else {
				done <- n.Hall.Run(ctx) // so far it lives as long as a process that is killed
			}
		}()
		visit(n)
		cancel()
		must(errors.Join(<-done, st.Close()))
	}
	d, err := create.SampleDefinition(2, time.Now(), true)
	must(err)
	st, err := stores.Open("sqlite:"+path, true)
	must(err)
	must(errors.Join(create.SampleOf(t.Context(), st, keys, proctor.Setup, d, 2), st.Close()))
	var attempt string
	served(false, func(n *node.Node) {
		_, _, err := n.OpenSampleOf(t.Context(), d.Code)
		must(err)
		p := n.People.All(d.Code)[0]
		attempt = p.Attempt
		_, err = n.Desk.Act(t.Context(), proctor.Account{User: "ratna", Grants: proctor.Everywhere(proctor.Supervisor)}, theSitting,
			proctor.Request{Op: uuid.NewString(), Action: engine.ActDisqualify, Numbers: []string{p.Number}, Reason: "phone"})
		must(err)
		room := n.Hall.Sitting(theSitting)
		_, err = room.Append("", func(s *engine.Sitting) (events []engine.Event, err error) {
			for ref, e := range s.Pairs.Open {
				events = append(events, engine.Event{Kind: engine.Approved, At: e.At, By: "bagus", Act: e.Act, Op: uuid.NewString(), Ref: ref})
			}
			return events, nil
		})
		must(err)
	})
	state := func(n *node.Node) (s engine.State) {
		n.Hall.Attempt(attempt).View(func(a *engine.Attempt, _ *engine.Terms) { s = a.State })
		return s
	}
	for start := range 2 {
		served(true, func(n *node.Node) {
			if start == 0 && state(n) == engine.DisqualifiedNow {
				t.Fatal("it was done before anybody came")
			}
			for state(n) != engine.DisqualifiedNow || len(n.Hall.Sitting(theSitting).State().Pairs.Approved) > 0 {
				must(process.Rest(t.Context(), 10*time.Millisecond))
			}
		})
	}
	served(false, func(n *node.Node) {
		var did []string
		for _, stream := range []string{engine.AttemptStream + attempt, engine.SittingStream + theSitting} {
			must(n.Stores.Journal.Read(t.Context(), stream, 0, func(r engine.Record) error {
				e, err := engine.Decode(r.Body)
				if e.Kind == engine.Disqualified || engine.IsStep(e.Kind) {
					did = append(did, fmt.Sprint(e.Kind, " ", e.By, " ", e.Two))
				}
				return err
			}))
		}
		if got := strings.Join(did, ", "); got != "Disqualified ratna bagus, Proposed ratna , Approved bagus , Performed engine " {
			t.Error(got)
		}
	})
}
