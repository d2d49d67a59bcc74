package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/proctor"
)

// theSitting is the one that a sample exam of up to 480 candidates has.
const theSitting = sampleCode + ".sesi-1"

// officer is a member of staff who has signed in at one node.
type officer struct {
	base   string
	cookie string
}

// officer signs in with the account that exam create --sample wrote down for the role.
func (p *place) officer(tb testing.TB, role proctor.Role, base string) *officer {
	tb.Helper()
	file, err := os.ReadFile(filepath.Join(p.dir, peopleFile))
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		var user, password string
		if n, _ := fmt.Sscanf(line, "# "+string(role)+" user=%s password=%s", &user, &password); n != 2 {
			continue
		}
		o := &officer{base: base}
		resp := o.post(tb, "/api/v1/staff/signin", proctor.Second{User: user, Password: password})
		for _, k := range resp.Cookies() {
			o.cookie = k.Name + "=" + k.Value
		}
		return o
	}
	tb.Fatalf("no account of a %s in %s", role, peopleFile)
	return nil
}

// act does something in the sitting, and returns when the server said that it is done.
func (o *officer) act(tb testing.TB, r proctor.Request) time.Time {
	tb.Helper()
	r.Op = uuid.NewString()
	o.post(tb, "/api/v1/sittings/"+theSitting+"/actions", r)
	return time.Now()
}

func (o *officer) post(tb testing.TB, path string, body any) *http.Response {
	tb.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		tb.Fatal(err)
	}
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, o.base+path, bytes.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if o.cookie != "" {
		req.Header.Set("Cookie", o.cookie)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || bytes.Contains(answer, []byte(`"failed"`)) {
		tb.Fatalf("%s %s: %s, %v\n%s", path, data, resp.Status, err, answer)
	}
	return resp
}
