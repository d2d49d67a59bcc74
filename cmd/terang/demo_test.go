package main

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/proctor"
)

// Other programs read these lines.
func TestADemoSaysWhatCanBeUsed(t *testing.T) {
	const want = `candidate: http://127.0.0.1:8080/ujian number=26-1 pin=123456
candidate: http://127.0.0.1:8080/ujian number=26-2 pin=654321
station: http://127.0.0.1:8080/meja user=supervisor password=s
admin: http://127.0.0.1:8080/meja user=admin password=a
board: http://127.0.0.1:8080/papan/skd-contoh
committee: http://127.0.0.1:8080/meja user=committee password=c
`
	var out strings.Builder
	announce(&out, &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}, "skd-contoh",
		[]create.Credential{{Number: "26-1", PIN: "123456"}, {Number: "26-2", PIN: "654321"}},
		[]create.StaffCredential{{Role: proctor.Admin, User: "admin", Password: "a"}, {Role: proctor.Committee, User: "committee", Password: "c"}, {Role: proctor.Writer, User: "writer", Password: "w"}, {Role: proctor.Supervisor, User: "supervisor", Password: "s"}})
	if out.String() != want {
		t.Errorf("it says\n%s\nnot\n%s", &out, want)
	}
}

// A demo whose people cannot be let in ends and says why: nobody could tell that it only serves.
func TestADemoThatCannotBePlayedEnds(t *testing.T) {
	t.Parallel()
	c := &demoCmd{Candidates: 2, Seats: 1, Kind: "skd"}
	n, err := c.open(t.Context(), filepath.Join(t.TempDir(), "terang.db"), slog.New(slog.DiscardHandler))
	check(t, err)
	check(t, n.Stores.Close())
	l, err := node.ListenOn(t.Context(), "--addr", "127.0.0.1:0")
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.hold(ctx, n, l, &url.URL{Scheme: "http", Host: l.Addr().String()}); err == nil || ctx.Err() != nil {
		t.Errorf("it ended with %v, %v", err, ctx.Err())
	}
}
