package web

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/proctor"
)

var update = flag.Bool("update-roles", false, "write testdata/roles.txt anew")

// places are where the grants of the matrix hold, seen from the sitting room1, exam examCode.
var places = []struct {
	name  string
	grant proctor.Grant
}{
	{"all", proctor.Grant{}},
	{"exam", proctor.Grant{Exam: examCode}},
	{"site", proctor.Grant{Exam: examCode, Site: "barat"}},
	{"sitting", proctor.Grant{Exam: examCode, Sitting: "s1"}},
	{"other-exam", proctor.Grant{Exam: "skb-lain"}},
	{"other-site", proctor.Grant{Exam: examCode, Site: "timur"}},
	{"other-sitting", proctor.Grant{Exam: examCode, Sitting: "s2"}},
}

// visitor calls every route as somebody, without caring what becomes of it.
type visitor struct {
	h                    *house
	name, cookie, bearer string
}

// hasty goes away once it is answered: of a stream it counts that it begins.
type hasty struct {
	*httptest.ResponseRecorder
	leave func()
}

func (w *hasty) Write(b []byte) (int, error) {
	defer w.leave()
	return w.ResponseRecorder.Write(b)
}

var hole = regexp.MustCompile(`\{(\w+)(\.\.\.|\$)?\}`)

// address fills a pattern with room1, or what else exists.
func address(pattern string) (method, path string) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = http.MethodGet, pattern
	}
	path = hole.ReplaceAllStringFunc(path, func(h string) string {
		switch {
		case h == "{$}":
			return ""
		case h == "{id}" && strings.Contains(path, "/sittings/"), h == "{id}" && strings.HasPrefix(path, "/meja/"):
			return room1
		case h == "{exam}":
			return examCode
		case h == "{user}":
			return "nobody"
		}
		return "x"
	})
	return method, path
}

// calls answers whether the route let the visitor in, and its status.
func (v visitor) calls(handler http.Handler, route Route, body string) (in bool, status int) {
	method, path := address(route.Pattern)
	ctx, cancel := context.WithCancel(v.h.Context())
	defer cancel()
	var content io.Reader
	if method != http.MethodGet {
		content = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, path, content).WithContext(ctx)
	req.RemoteAddr = "127.0.0.1:9"
	if v.cookie != "" {
		req.AddCookie(&http.Cookie{Name: "staff", Value: v.cookie})
	}
	if v.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+v.bearer)
	}
	w := &hasty{httptest.NewRecorder(), cancel}
	handler.ServeHTTP(w, req)
	answer := w.Body.String()
	switch {
	case w.Code == http.StatusUnauthorized && strings.Contains(answer, `"sign_in"`),
		w.Code == http.StatusForbidden && strings.Contains(answer, `"not_allowed"`),
		w.Code == http.StatusForbidden && strings.Contains(answer, `"enrol_first"`),
		w.Code == http.StatusSeeOther,
		route.Page && w.Code == http.StatusNotFound:
		return false, w.Code
	}
	return true, w.Code
}

// expected is the decision, told apart from how the router carries it out: by the table of
// rights and by hand for each kind of place.
func expected(route Route, role proctor.Role, place string, token bool) bool {
	if route.For != ForStaff {
		return route.For == ForAll
	}
	if route.Scope == OfOneself {
		return !token
	}
	if a := (proctor.Account{Grants: proctor.Everywhere(role), Token: token}); !a.May(route.Act, "", "", "") {
		return false
	}
	switch route.Scope {
	case Anywhere:
		return true
	case OfServer:
		return place == "all"
	case OfExam:
		return place == "all" || place == "exam"
	case OfSitting:
		return !strings.HasPrefix(place, "other-")
	}
	return false
}

// Every route x role x place, through the real router: cookies, tokens, nobody, and an
// account that was disabled. The table itself stands in testdata/roles.txt, so that a new
// route is a decision that somebody reads.
func TestRoleMatrixOfEveryRoute(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	rt := h.server.routes()
	handler := h.server.secured(rt.mux)
	now := h.hall.Now()
	admin := proctor.Signers{By: proctor.SetupAccount()}

	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "mati", Grants: proctor.Everywhere(proctor.Admin)}, password, now))
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "kepala", Grants: proctor.Everywhere(proctor.Admin)}, password, now))
	gone, _, err := h.staff.SignIn(h.Context(), proctor.Second{User: "mati", Password: password}, "", "", now)
	h.must(err)
	h.must(h.staff.Disable(h.Context(), admin, "mati", now))
	nobodies := []visitor{{h: h, name: "nobody"}, {h: h, name: "disabled", cookie: gone}, {h: h, name: "invented", cookie: proctor.NewSecret()}, {h: h, name: "invented token", bearer: "terang_" + proctor.NewSecret()}}

	for _, route := range rt.table {
		for _, v := range nobodies {
			in, status := v.calls(handler, route, `{}`)
			if want := route.For == ForAll; route.For != ForCandidates && in != want {
				t.Errorf("%s: %s is let in: %v (%d), want %v", route.Pattern, v.name, in, status, want)
			}
			if route.For == ForCandidates && status < 400 && route.Pattern != "POST /api/v1/exam/signout" {
				t.Errorf("%s: %s is answered %d", route.Pattern, v.name, status)
			}
		}
	}
	// One person, who is given one grant after the other: each holds from the next request on.
	had := proctor.Grant{Role: proctor.Auditor}
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "siapa", Grants: []proctor.Grant{had}}, password, now))
	secret, _, err := h.staff.SignIn(h.Context(), proctor.Second{User: "siapa", Password: password}, "", "", now)
	h.must(err)
	for _, role := range proctor.Roles {
		for _, place := range places {
			g := place.grant
			g.Role = role
			user := string(role) + "-" + place.name
			h.must(h.staff.Revoke(h.Context(), admin, "siapa", had, now))
			h.must(h.staff.Grant(h.Context(), admin, "siapa", g, now))
			had = g
			visitors := []visitor{{h: h, name: user, cookie: secret}}
			if !g.Of(proctor.Privileged...) {
				bearer, err := h.staff.AddToken(h.Context(), admin, user, g, time.Hour, now)
				h.must(err)
				visitors = append(visitors, visitor{h: h, name: "token " + user, bearer: bearer})
			}
			for _, v := range visitors {
				for _, route := range rt.table {
					if route.For != ForStaff {
						continue
					}
					want := expected(route, role, place.name, v.bearer != "")
					if strings.HasSuffix(route.Pattern, "/actions") && want {
						continue // actsOf asks for each of them
					}
					if in, status := v.calls(handler, route, `{}`); in != want {
						t.Errorf("%s: %s is let in: %v (%d), want %v", route.Pattern, v.name, in, status, want)
					}
				}
				h.actsOf(handler, v, role, place.name)
			}
		}
	}
	h.tableStands(rt.table)
}

// actsOf asks for every act of the one route whose act stands in its body.
func (h *house) actsOf(handler http.Handler, v visitor, role proctor.Role, place string) {
	h.Helper()
	route := Route{Pattern: "POST /api/v1/sittings/{id}/actions", For: ForStaff}
	for _, act := range roomActs {
		a := proctor.Account{Grants: proctor.Everywhere(role), Token: v.bearer != ""}
		want := !strings.HasPrefix(place, "other-") && a.May(act, "", "", "")
		// Without an op the request is refused as soon as it has been allowed.
		if in, status := v.calls(handler, route, fmt.Sprintf(`{"action":%q}`, act)); in != want {
			h.Errorf("%s: %s is let in: %v (%d), want %v", act, v.name, in, status, want)
		}
	}
}

var roomActs = []string{
	"open_checkin", "close_checkin", "checkin", "turn_away", "unlock", "start", "pause", "resume", "credit", "reverse", "decide_credit", "move",
	"release", "message", "leave", "return", "doubt", "decide_doubt", "postpone", "lift_place", "keep_place", "finish", "disqualify", "reopen", "close",
	"adjust",
}

// tableStands compares the router's decisions with those that were read and agreed to.
func (h *house) tableStands(table []Route) {
	h.Helper()
	var lines []string
	for _, r := range table {
		line := fmt.Sprintf("%-46s %s", r.Pattern, r.For)
		if r.For == ForStaff {
			var roles []string
			for _, role := range proctor.Roles {
				if r.Scope == OfOneself || proctor.May(role, r.Act) {
					roles = append(roles, string(role))
				}
			}
			line += fmt.Sprintf(" %s %s: %s", r.Scope, r.Act, strings.Join(roles, " "))
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", "roles.txt")
	if *update {
		h.must(os.MkdirAll("testdata", 0o755))
		h.must(os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	h.must(err)
	if got != string(want) {
		h.Errorf("the router's decisions are not those of %s: read the difference, and if it is meant, go test ./web -run Role -update-roles\n%s", path, difference(string(want), got))
	}
}

func difference(want, got string) string {
	var out []string
	for _, l := range strings.Split(got, "\n") {
		if !strings.Contains("\n"+want, "\n"+l+"\n") {
			out = append(out, "+ "+l)
		}
	}
	for _, l := range strings.Split(want, "\n") {
		if !strings.Contains("\n"+got, "\n"+l+"\n") {
			out = append(out, "- "+l)
		}
	}
	return strings.Join(out, "\n")
}

// No file of this package reaches the router but through a decision.
func TestRoleDecisionsAreTheOnlyWayIntoTheRouter(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if file != "routes.go" && !strings.HasSuffix(file, "_test.go") && regexp.MustCompile(`\b(HandleFunc|NewServeMux)\(|\bmux\.Handle\(`).Match(text) {
			t.Errorf("%s adds a route without a decision: use routes.public, candidate, staff or staffPage", file)
		}
	}
}
