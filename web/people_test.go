package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"terang/engine"
	"terang/proctor"
)

// as sends a cookie that somebody has, whatever its own browser keeps.
func (h *house) as(cookie, method, path string, send any) (int, body) {
	h.Helper()
	status, got, _ := h.browser().call(method, path, send, "Cookie", "staff="+cookie)
	return status, got
}

func (h *house) opens(cookie string) bool {
	h.Helper()
	status, _ := h.as(cookie, http.MethodGet, "/api/v1/sittings", nil)
	return status == 200
}

func TestACookiePlantedBeforeTheSignInOpensNothing(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	h.officer("ratna", proctor.Supervisor)
	signIn := body{"user": "ratna", "password": password}
	planted := proctor.NewSecret()
	_, _, res := h.browser().call(http.MethodPost, "/api/v1/staff/signin", signIn, "Cookie", "staff="+planted)
	first := given(res)
	if first == "" || first == planted || h.opens(planted) || !h.opens(first) {
		t.Fatalf("planted %q, given %q", planted, first)
	}
	// Signing in with an open session takes a new one, and ends the old.
	_, _, res = h.browser().call(http.MethodPost, "/api/v1/staff/signin", signIn, "Cookie", "staff="+first)
	if second := given(res); second == first || h.opens(first) || !h.opens(second) {
		t.Error("the session from before the sign-in goes on")
	}
}

func given(res *http.Response) string {
	for _, c := range res.Cookies() {
		if c.Name == "staff" {
			return c.Value
		}
	}
	return ""
}

func TestAStolenCookieOpensNothingOnceItsSessionHasEnded(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	ctx, setup := h.Context(), proctor.Signers{By: proctor.SetupAccount()}
	h.officer("lain", proctor.Admin)
	for name, end := range map[string]func(b *browser, user, cookie string) int{
		"signout": func(b *browser, _, _ string) int { s, _ := b.post("/api/v1/staff/signout", nil); return s },
		"own revocation": func(b *browser, _, _ string) int {
			_, list := b.get("/api/v1/staff/me/sessions")
			id := body(list.list("sessions")[0].(map[string]any)).text("id")
			if _, got := b.post("/api/v1/staff/me/sessions", body{"id": id[:1]}); got.int("ended") != 0 {
				t.Error("the beginning of an id ends sessions")
			}
			s, _ := b.post("/api/v1/staff/me/sessions", body{"id": id})
			return s
		},
		"revocation of the others": func(_ *browser, user, _ string) int {
			b := h.browser()
			b.post("/api/v1/staff/signin", body{"user": user, "password": password})
			s, got := b.post("/api/v1/staff/me/sessions", body{})
			if !h.opens(b.cookie("staff")) || got.int("ended") != 1 {
				t.Errorf("ended %v, and the own one", got)
			}
			return s
		},
		"an administrator": func(_ *browser, user, _ string) int {
			b := h.browser()
			b.post("/api/v1/staff/signin", body{"user": "lain", "password": password})
			s, _ := b.post("/api/v1/staff/accounts/"+user+"/sessions", body{})
			return s
		},
		"a new password": func(b *browser, _, _ string) int {
			s, _ := b.post("/api/v1/staff/me/password", body{"old": password, "password": "kata sandi lain 8"})
			if !h.opens(b.cookie("staff")) {
				t.Error("whoever changes the password is signed out")
			}
			return s
		},
		"a reset": func(_ *browser, user, _ string) int {
			act, err := h.staff.Deed(proctor.AccountAct{Deed: proctor.DeedPassword, User: user}, "kata sandi lain 8")
			h.must(err)
			_, _, err = h.staff.Obey(ctx, setup, &act, h.hall.Now()+1)
			h.must(err)
			return 200
		},
		"a clearing": func(_ *browser, user, _ string) int {
			h.must(h.staff.ClearFactor(ctx, setup, user, h.hall.Now()+1))
			return 200
		},
		"disabling": func(_ *browser, user, _ string) int {
			h.must(h.staff.Disable(ctx, setup, user, h.hall.Now()+1))
			return 200
		},
	} {
		user := "u-" + strings.ReplaceAll(name, " ", "-")
		b := h.officer(user, proctor.Supervisor)
		stolen := b.cookie("staff")
		if !h.opens(stolen) {
			t.Fatalf("%s: the cookie opens nothing before", name)
		}
		if status := end(b, user, stolen); status >= 300 {
			t.Errorf("%s: %d", name, status)
		}
		if h.opens(stolen) {
			t.Errorf("after %s the cookie opens still", name)
		}
		if status, _ := h.as(stolen, http.MethodPost, "/api/v1/sittings/"+room1+"/actions", body{"op": uuid.NewString(), "action": "open_checkin"}); status != 401 {
			t.Errorf("after %s the cookie acts: %d", name, status)
		}
	}
}

// enrols sets a second factor up, and returns what its device shows some steps ahead.
func (b *browser) enrols() func(ahead int) string {
	b.h.Helper()
	status, got := b.post("/api/v1/staff/me/factor", body{"password": password})
	if status != 200 {
		b.h.Fatalf("%d %v", status, got)
	}
	began := b.h.hall.Now().Time() // steps count from here, however slow the test is
	show := func(ahead int) string {
		code, err := totp.GenerateCode(strings.ReplaceAll(got.text("secret"), " ", ""), began.Add(time.Duration(ahead)*30*time.Second))
		b.h.must(err)
		return code
	}
	if status, picture := b.get("/api/v1/staff/me/factor.svg"); status != 200 || !strings.HasPrefix(picture.text("raw"), "<svg") {
		b.h.Fatalf("the QR: %d %v", status, picture)
	}
	// One step back, so that now and the next are left; it is two if one has just begun.
	status, done := b.post("/api/v1/staff/me/factor/confirm", body{"code": show(-1)})
	if status != 200 {
		began = b.h.hall.Now().Time()
		status, done = b.post("/api/v1/staff/me/factor/confirm", body{"code": show(-1)})
	}
	if status != 200 || len(done.list("recovery")) != proctor.RecoveryCodes {
		b.h.Fatalf("%d %v", status, done)
	}
	return show
}

func TestWhoHasAndWhoNeedsASecondFactor(t *testing.T) {
	t.Parallel()
	h := build(t, built{factor: true})
	chief := h.officer("kepala", proctor.Admin)
	other := h.browser()
	other.post("/api/v1/staff/signin", body{"user": "kepala", "password": password})
	for _, path := range []string{"/api/v1/sittings", "/api/v1/staff/accounts", "/api/v1/sittings/" + room1} {
		if status, got := chief.get(path); status != 403 || got.text("code") != "enrol_first" {
			t.Errorf("%s before the second factor: %d %v", path, status, got)
		}
	}
	if status, got := chief.post("/api/v1/staff/me/factor", body{"password": "salah"}); status != 401 {
		t.Errorf("a session alone makes a second factor: %d %v", status, got)
	}
	show := chief.enrols()
	if status, got := chief.get("/api/v1/staff/accounts"); status != 200 {
		t.Errorf("with the second factor: %d %v", status, got)
	}
	if h.opens(other.cookie("staff")) {
		t.Error("a session from before the second factor goes on")
	}
	sup := h.officer("ratna", proctor.Supervisor) // decides about a room only
	if status, _ := sup.get("/api/v1/sittings"); status != 200 {
		t.Errorf("a supervisor without one: %d", status)
	}
	for _, c := range []struct {
		code, want string
		status     int
	}{{"", "second_factor", 401}, {"000000", "wrong_code", 401}, {show(-1), "wrong_code", 401}, {show(0), "", 200}, {show(0), "wrong_code", 401}} {
		if status, got := h.browser().post("/api/v1/staff/signin", body{"user": "kepala", "password": password, "code": c.code}); status != c.status || got.text("code") != c.want {
			t.Errorf("code %q: %d %v", c.code, status, got)
		}
	}
	// The second person at a desk gives the code, too.
	p := h.working(number(1, 1))
	ask := body{"action": "disqualify", "numbers": []string{p.number}, "reason": "phone", "op": uuid.NewString(), "second": body{"user": "kepala", "password": password}}
	if status, got := sup.post("/api/v1/sittings/"+room1+"/actions", ask); status != 401 || got.text("code") != "second_factor" {
		t.Errorf("second person without a code: %d %v", status, got)
	}
	ask["second"] = body{"user": "kepala", "password": password, "code": show(1)}
	sup.action(200, ask)
}

func TestAnExamAsksForTheSecondFactorOfThoseWhoDecideInIt(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.SecondFactor = engine.FactorRequired }})
	for exam, want := range map[string]int{"": 403, examCode: 403, "skb-lain": 200} {
		user := "admin-" + exam
		h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: user, Grants: []proctor.Grant{{Role: proctor.Admin, Exam: exam}}}, password, h.hall.Now()))
		b := h.browser()
		if status, got := b.post("/api/v1/staff/signin", body{"user": user, "password": password}); status != 200 || got["enrol"] != nil == (want == 200) {
			t.Errorf("%q: %d %v", exam, status, got)
		}
		if status, _ := b.get("/api/v1/staff/accounts"); status != want {
			t.Errorf("%q: %d, want %d", exam, status, want)
		}
	}
}

// Who has to set up a second factor before anything else agrees to nothing at somebody else's desk either.
func TestTheSecondPersonHasTheirSecondFactor(t *testing.T) {
	t.Parallel()
	h := build(t, built{factor: true})
	sup := h.officer("ratna", proctor.Supervisor)
	chief := h.officer("kepala", proctor.Admin)
	p := h.working(number(1, 1))
	ask := body{"action": "disqualify", "numbers": []string{p.number}, "reason": "phone", "op": uuid.NewString(), "second": body{"user": "kepala", "password": password}}
	status, got := sup.post("/api/v1/sittings/"+room1+"/actions", ask)
	if status != 403 || got.text("code") != "enrol_first" || got.text("field") != "second" {
		t.Errorf("%d %v", status, got)
	}
	if s := h.state(p.number).State; s.Over() {
		t.Fatalf("the attempt is %s", s)
	}
	show := chief.enrols()
	ask["second"] = body{"user": "kepala", "password": password, "code": show(1)}
	sup.action(200, ask)
}

func TestGuessingAtTheDoorIsSlow(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	h.officer("ratna", proctor.Supervisor)
	locked := 0
	for range 15 {
		status, got, res := h.browser().call(http.MethodPost, "/api/v1/staff/signin", body{"user": "ratna", "password": "tebak"})
		if status == 429 && got.text("code") == "locked" && res.Header.Get("Retry-After") != "" {
			locked++
		}
	}
	if locked < 5 {
		t.Errorf("%d of 15 guesses were slowed", locked)
	}
}

func TestProgramsComeWithATokenAndStayWithinIt(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	chief := h.officer("kepala", proctor.Admin)
	status, made := chief.post("/api/v1/staff/tokens", body{"name": "simpeg", "days": 1, "grant": body{"role": "operator", "exam": examCode, "site": "barat"}})
	if status != 201 || !strings.HasPrefix(made.text("token"), "terang_") {
		t.Fatalf("%d %v", status, made)
	}
	program := func(method, path string, send any) (int, body) {
		status, got, _ := h.browser().call(method, path, send, "Authorization", "Bearer "+made.text("token"))
		return status, got
	}
	act := func(room, action string) int {
		status, _ := program(http.MethodPost, "/api/v1/sittings/"+room+"/actions", body{"op": uuid.NewString(), "action": action})
		return status
	}
	if status, got := program(http.MethodGet, "/api/v1/sittings", nil); status != 200 || len(got.list("sittings")) != 1 {
		t.Errorf("it sees %d %v", status, got)
	}
	for _, c := range []struct {
		room, action string
		want         int
	}{{room1, "open_checkin", 200}, {room2, "open_checkin", 403}, {room1, "start", 403}, {room1, "close", 403}} {
		if status := act(c.room, c.action); status != c.want {
			t.Errorf("%s of %s: %d, want %d", c.action, c.room, status, c.want)
		}
	}
	for _, path := range []string{"/api/v1/staff/accounts", "/api/v1/staff/tokens", "/api/v1/staff/me/sessions", "/akun"} {
		if status, _ := program(http.MethodGet, path, nil); status != 403 && status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if e := h.stream(engine.SittingStream + room1); e[len(e)-1].By != "token:simpeg" {
		t.Errorf("the journal names %s", e[len(e)-1].By)
	}
	if status, _ := chief.post("/api/v1/staff/tokens/simpeg/revoke", body{}); status != 204 {
		t.Errorf("revoking: %d", status)
	}
	if status := act(room1, "close_checkin"); status != 401 {
		t.Errorf("after it was revoked: %d", status)
	}
}

func TestAnAdministratorInvitesAndTwoGiveTheDecidingRoles(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	chief := h.officer("kepala", proctor.Admin)
	h.officer("wakil", proctor.Admin)
	status, got := chief.post("/api/v1/staff/accounts", body{"user": "sinta", "name": "Sinta", "grants": []body{{"role": "supervisor", "exam": examCode, "site": "barat"}}})
	if status != 201 {
		t.Fatalf("%d %v", status, got)
	}
	code := got.in("invitation").text("code")
	if status, got := h.browser().post("/api/v1/staff/invitation", body{"code": code}); status != 200 || got.text("user") != "sinta" {
		t.Errorf("looking at it: %d %v", status, got)
	}
	if status, got := h.browser().post("/api/v1/staff/invitation", body{"code": code, "password": password}); status != 200 {
		t.Errorf("accepting: %d %v", status, got)
	}
	if status, got := h.browser().post("/api/v1/staff/invitation", body{"code": code, "password": "kata sandi curian"}); status != 410 || got.text("code") != "invite_void" {
		t.Errorf("a second time: %d %v", status, got)
	}
	sinta := h.browser()
	sinta.post("/api/v1/staff/signin", body{"user": "sinta", "password": password})
	if _, got := sinta.get("/api/v1/sittings"); len(got.list("sittings")) != 1 {
		t.Errorf("she sees %v", got)
	}
	give := body{"action": "give", "grant": body{"role": "committee"}, "propose": false}
	for _, second := range []body{nil, {"user": "kepala", "password": password}, {"user": "wakil", "password": "salah"}} {
		give["second"] = second
		if status, got := chief.post("/api/v1/staff/accounts/sinta/grants", give); status != 403 || got.text("code") != "second_person" {
			t.Errorf("second %v: %d %v", second, status, got)
		}
	}
	delete(give, "propose")
	delete(give, "second")
	if status, got := chief.post("/api/v1/staff/accounts/sinta/grants", give); status != 202 || got.text("proposal") == "" {
		t.Errorf("proposed: %d %v", status, got)
	}
	give["second"] = body{"user": "wakil", "password": password}
	if status, got := chief.post("/api/v1/staff/accounts/sinta/grants", give); status != 204 {
		t.Errorf("by two: %d %v", status, got)
	}
	for _, c := range []struct {
		path string
		send body
		code string
	}{
		{"sinta/access", body{"action": "invite", "propose": false}, "second_person"},
		{"sinta/access", body{"action": "clear_factor", "propose": false}, "second_person"},
		{"sinta/access", body{"action": "melt"}, "bad_frame"},
		{"sinta/grants", body{"action": "give", "grant": body{"role": "verifier"}}, "roles_apart"},
		{"sinta/grants", body{"action": "give", "grant": body{"role": "raja"}}, "bad_data"},
		{"nobody/access", body{"action": "disable"}, "not_found"},
	} {
		if status, got := chief.post("/api/v1/staff/accounts/"+c.path, c.send); status < 400 || got.text("code") != c.code {
			t.Errorf("%s %v: %d %v", c.path, c.send, status, got)
		}
	}
	// What is taken holds from the next request on.
	if status, _ := chief.post("/api/v1/staff/accounts/sinta/grants", body{"action": "take", "grant": body{"role": "supervisor", "exam": examCode, "site": "barat"}}); status != 204 {
		t.Errorf("taking: %d", status)
	}
	if status, _ := sinta.get("/api/v1/sittings/" + room1); status != 403 {
		t.Errorf("without the grant: %d", status)
	}
	if status, got := chief.get("/staf"); status != 200 || !strings.Contains(got.text("raw"), "Sinta") {
		t.Errorf("the page: %d", status)
	}
}
