package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/stores"
	"terang/proctor"
)

// theSitting is the one that a sample exam of up to 480 candidates has.
const theSitting = stores.SampleCode + ".sesi-1"

// officer signs in with the account that exam create --sample wrote down for the role.
func (p *place) officer(tb testing.TB, role proctor.Role, base string) *acting {
	tb.Helper()
	_, staff, err := create.ReadCredentials(filepath.Join(p.dir, peopleFile))
	if err != nil {
		tb.Fatal(err)
	}
	i := slices.IndexFunc(staff, func(s create.StaffCredential) bool { return s.Role == role })
	if i < 0 {
		tb.Fatalf("no account of a %s in %s", role, peopleFile)
	}
	o, err := crowd.SignInAs(tb.Context(), base, staff[i].User, staff[i].Password)
	if err != nil {
		tb.Fatal(err)
	}
	return &acting{o}
}

// acting is an officer in a test: what the server refuses ends it.
type acting struct{ *crowd.Officer }

// act does something in the sitting, and returns when the server said that it is done.
func (o *acting) act(tb testing.TB, r proctor.Request) time.Time {
	tb.Helper()
	r.Op = uuid.NewString()
	var answer struct {
		Failed json.RawMessage `json:"failed"`
	}
	if _, err := o.Call(tb.Context(), http.MethodPost, "/api/v1/sittings/"+theSitting+"/actions", r, &answer); err != nil || answer.Failed != nil {
		tb.Fatalf("%s: %v %s", r.Action, err, answer.Failed)
	}
	return time.Now()
}
