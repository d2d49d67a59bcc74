package main

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// Beside servers on PostgreSQL a person at a terminal is the second: the command writes,
// the server that holds the candidate follows.
func TestASecondPersonApprovesBesideTheServers(t *testing.T) {
	s := newShared(t)
	path := filepath.Join(t.TempDir(), "same-keys")
	keys, err := openKeys(path)
	s.must(err)
	s.keys = keys
	d, err := sampleDefinition(2, time.Now(), true)
	s.must(err)
	st := s.command()
	s.must(makeSampleOf(s.Context(), st, keys, d, 2))
	const secret = "kata sandi yang panjang"
	r := s.open(true)
	for _, user := range []string{"ratna", "bagus"} {
		s.must(r.accounts.Add(s.Context(), proctor.Setup, proctor.Account{User: user, Role: proctor.Admin}, secret, now()))
	}
	_, _, err = r.openSampleOf(s.Context(), d.Code)
	s.must(err)
	number := r.people.All(d.Code)[0].Number
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
		c := approveCmd{officeFlags: officeFlags{storeFlags: storeFlags{Journal: s.dsn, Keys: path}, As: user}, Proposal: asked.Proposal}
		ctx, cancel := context.WithTimeout(s.Context(), 30*time.Second)
		defer cancel()
		return c.Run(ctx)
	}
	if err := approve("ratna"); err == nil {
		t.Fatal("who proposed it approved it")
	}
	s.must(approve("bagus"))
	live := r.hall.Attempt(r.people.All(d.Code)[0].Attempt)
	for state := engine.State(""); state != engine.DisqualifiedNow; {
		live.View(func(a *engine.Attempt, _ *engine.Terms) { state = a.State })
		s.must(rest(s.Context(), 10*time.Millisecond))
	}
	if p := r.hall.Sitting(theSitting).State().Pairs; len(p.Open)+len(p.Approved) > 0 {
		t.Errorf("the server still holds it as waiting: %+v", p)
	}
}
