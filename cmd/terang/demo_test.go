package main

import (
	"net/url"
	"strings"
	"testing"

	"terang/cmd/terang/create"
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
