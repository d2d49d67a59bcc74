package web

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/memstore"
	"terang/proctor"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0"

// fit is what a good computer measures.
func fit() body {
	pings := make([]float64, limits.Pings)
	for i := range pings {
		pings[i] = 1.5
	}
	return body{
		"screen": body{"width": 1366, "height": 768, "ratio": 1}, "storage": body{"local": true, "indexed": true, "quota": 1e9},
		"crypto": body{"secure": true, "subtle": true, "random": true}, "keys": limits.Keys,
		"clock": body{"difference": 120, "uncertainty": 3}, "pings": pings, "websocket": true, "cookies": true,
	}
}

// atSite makes the candidates' computers of the first site those of this machine.
func atSite(d *engine.Definition) { d.Sites[0].Networks = []string{"127.0.0.0/8"} }

func (b *browser) report(seat string, m body, more ...string) (int, body) {
	b.h.Helper()
	req := body{"site": "barat", "room": "ruang-1", "seat": seat, "measures": m}
	for i := 0; i+1 < len(more); i += 2 {
		req[more[i]] = more[i+1]
	}
	status, got, _ := b.call(http.MethodPost, "/api/v1/seats/report", req, "User-Agent", firefox)
	return status, got
}

// states is the line of each check as "check state why".
func states(got body) map[string]string {
	out := map[string]string{}
	for _, raw := range got.list("lines") {
		l := body(raw.(map[string]any))
		out[l.text("check")] = strings.TrimSpace(l.text("state") + " " + l.text("why"))
	}
	return out
}

func TestAComputerIsJudgedLineByLine(t *testing.T) {
	t.Parallel()
	h := build(t, built{more: atSite})
	b := h.browser()
	if status, got := b.report("", fit()); status != 200 || got["ready"] != true || got.text("seat") != "" {
		t.Fatalf("a good one: %d %v", status, got)
	}
	if b.cookie("seat") != "" {
		t.Error("a judgement without a seat set a token")
	}
	for _, test := range []struct {
		name, check, want string
		ready             bool
		change            func(body)
	}{
		{"a small screen", "screen", "bad small", false, func(m body) { m["screen"] = body{"width": 1023, "height": 768} }},
		{"a low screen", "screen", "bad small", false, func(m body) { m["screen"] = body{"width": 1366, "height": 600} }},
		{"the smallest screen", "screen", "ok", true, func(m body) { m["screen"] = body{"width": 1024, "height": 768} }},
		{"no IndexedDB", "storage", "bad indexed", false, func(m body) { m["storage"] = body{"local": true} }},
		{"no localStorage", "storage", "bad local", false, func(m body) { m["storage"] = body{"indexed": true} }},
		{"a full disk", "storage", "bad quota", false, func(m body) { m["storage"] = body{"local": true, "indexed": true, "quota": 1e6} }},
		{"an unknown quota", "storage", "ok", true, func(m body) { m["storage"] = body{"local": true, "indexed": true, "quota": nil} }},
		{"plain http", "crypto", "note insecure", true, func(m body) { m["crypto"] = body{"random": true} }},
		{"no WebCrypto over TLS", "crypto", "bad subtle", false, func(m body) { m["crypto"] = body{"secure": true, "random": true} }},
		{"a key that sticks", "keyboard", "bad unseen", false, func(m body) { m["keys"] = limits.Keys[1:] }},
		{"no answer", "server", "bad silent", false, func(m body) { m["pings"] = []float64{} }},
		{"a lost answer", "server", "bad lost", false, func(m body) { m["pings"] = m["pings"].([]float64)[1:] }},
		{"a slow way", "server", "bad slow", false, func(m body) { m["pings"] = append(m["pings"].([]float64)[1:], 5000) }},
		{"only polling", "websocket", "note polling", true, func(m body) { m["websocket"] = false }},
		{"no cookies", "cookies", "bad off", false, func(m body) { m["cookies"] = false }},
		{"a clock some seconds off", "clock", "note off", true, func(m body) { m["clock"] = body{"difference": -9000, "uncertainty": 10} }},
		{"a clock within what is uncertain", "clock", "ok", true, func(m body) { m["clock"] = body{"difference": 9000, "uncertainty": 5000} }},
		{"a clock of another day", "clock", "bad far", false, func(m body) { m["clock"] = body{"difference": 864e5, "uncertainty": 10} }},
		{"a clock that nobody told", "clock", "bad unmeasured", false, func(m body) { m["clock"] = nil }},
	} {
		m := fit()
		test.change(m)
		_, got := b.report("", m)
		if s := states(got); s[test.check] != test.want || got["ready"] != test.ready {
			t.Errorf("%s: %q ready %v, want %q ready %v", test.name, s[test.check], got["ready"], test.want, test.ready)
		}
	}
	for agent, want := range map[string]string{
		firefox: "ok", strings.ReplaceAll(firefox, "115", "114"): "bad old", "curl/8": "bad unknown",
		"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36":              "ok",
		"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0 Safari/537.36":              "bad old",
		"Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15":        "bad unknown",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537 Edg/141": "ok",
	} {
		_, got, _ := b.call(http.MethodPost, "/api/v1/seats/report", body{"measures": fit()}, "User-Agent", agent)
		if s := states(got)["browser"]; s != want {
			t.Errorf("%s: %s, want %s", agent, s, want)
		}
	}
}

func TestAReportIsKeptAndTheStationCountsIt(t *testing.T) {
	t.Parallel()
	h := build(t, built{more: atSite})
	sup := h.officer("ratna", proctor.Supervisor)
	if status, got := sup.get("/api/v1/sittings/" + room1 + "/readiness"); status != 200 || got.in("room").in("count").int("unchecked") != 40 || got.text("verdict") != "0 of 40 ready; not checked: 40" {
		t.Fatalf("before: %d %v", status, got)
	}
	unfit := fit()
	unfit["storage"] = body{"local": true}
	if status, got := h.browser().report(" a-14 ", fit()); status != 200 || got.text("seat") != "A-14" || got["ready"] != true || got.text("at") == "" {
		t.Fatalf("%d %v", status, got)
	}
	if status, got := h.browser().report("A-3", unfit); status != 200 || got["ready"] != false {
		t.Fatalf("%d %v", status, got)
	}
	_, got := sup.get("/api/v1/sittings/" + room1 + "/readiness")
	if got.text("verdict") != "1 of 40 ready; not ready: A-3 storage; not checked: 38" {
		t.Errorf("verdict %q", got.text("verdict"))
	}
	shown := got.in("room").list("seats")
	if len(shown) != 2 {
		t.Fatalf("%v", shown)
	}
	worst, best := body(shown[0].(map[string]any)), body(shown[1].(map[string]any))
	if worst.text("seat") != "A-3" || worst.text("state") != SeatNotReady || body(worst.list("failed")[0].(map[string]any)).text("check") != "storage" {
		t.Errorf("the seat that fails: %v", worst)
	}
	if best.text("seat") != "A-14" || best.text("state") != SeatReady || best.text("at") == "" || best["failed"] != nil {
		t.Errorf("the seat that is ready: %v", best)
	}
	if status, _ := h.browser().get("/api/v1/sittings/" + room1 + "/readiness"); status != 401 {
		t.Errorf("without an account: %d", status)
	}
	// Checked again it is another thing; and after days nobody believes it any more.
	if status, _ := h.browser().report("A-3", fit()); status != 200 {
		t.Fatal(status)
	}
	later := h.hall.Now().Add(time.Duration(limits.ValidHours)*time.Hour + time.Minute)
	for now, want := range map[engine.Instant]string{h.hall.Now(): "2 of 40 ready; not checked: 38", later: "0 of 40 ready; not checked: 40"} {
		rooms, err := Readiness(t.Context(), h.db, h.def, nil, now)
		h.must(err)
		if got := Verdict(rooms[:1]); got != want {
			t.Errorf("at %s: %q, want %q", now, got, want)
		}
	}
}

func TestOnlyTheSiteOrTheRoomsCodeMayReport(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	b := h.browser()
	refused := func(why string, more ...string) {
		t.Helper()
		if status, got := b.report("A-1", fit(), more...); status != 403 || got.text("code") != "seat_code" || b.cookie("seat") != "" {
			t.Errorf("%s: %d %v", why, status, got)
		}
	}
	refused("no code was ever made")
	refused("one is made up", "code", "AAAA-AAAA")
	sup := h.officer("ratna", proctor.Supervisor)
	status, made := sup.post("/api/v1/sittings/"+room1+"/seat-code", body{})
	if status != 200 || len(made.text("code")) != 9 || made.text("room") != "ruang-1" {
		t.Fatalf("%d %v", status, made)
	}
	refused("no code is given")
	refused("a wrong one", "code", "AAAA-AAAA")
	refused("another room's", "code", made.text("code"), "site", "tengah", "room", "ruang-2")
	typed := " " + strings.ToLower(strings.ReplaceAll(made.text("code"), "-", " "))
	if status, got := b.report("A-1", fit(), "code", typed); status != 200 {
		t.Errorf("the code as somebody types it: %d %v", status, got)
	}
	if status, got := h.browser().report("A-2", fit(), "code", made.text("code")); status != 200 {
		t.Errorf("the next seat: %d %v", status, got)
	}
	b = h.browser()
	_, again := sup.post("/api/v1/sittings/"+room1+"/seat-code", body{})
	refused("the code before", "code", made.text("code"))
	if hash, until, err := h.server.seatCode(t.Context(), "barat/ruang-1"); err != nil || strings.Contains(hash, again.text("code")) || until <= h.hall.Now() {
		t.Errorf("kept: %s until %s, %v", hash, until, err)
	}
	if status, _ := h.officer("aud", proctor.Auditor).post("/api/v1/sittings/"+room1+"/seat-code", body{}); status != 403 {
		t.Errorf("an auditor makes codes: %d", status)
	}
	for field, more := range map[string][]string{"room": {"room", "ruang-9"}, "seat": nil} {
		seat := "A-1"
		if field == "seat" {
			seat = "../A-1"
		}
		if status, got := b.report(seat, fit(), more...); status != 404 || got.text("field") != field {
			t.Errorf("%s: %d %v", field, status, got)
		}
	}
	if status, _, _ := b.call(http.MethodPost, "/api/v1/seats/report", body{}, "Origin", "https://jahat.example"); status != 403 {
		t.Errorf("from another origin: %d", status)
	}
}

func TestReportsAreLimitedByAddress(t *testing.T) {
	// Two nodes over one session store.
	store, ctx, now := memstore.New(), t.Context(), engine.Instant(1_000_000)
	nodes := []reportLimit{{proctor.NewLimits(store)}, {proctor.NewLimits(store)}}
	for i := range reports.Burst {
		if retry := nodes[i%2].take(ctx, "a", now); retry != 0 {
			t.Fatalf("report %d waits %v", i, retry)
		}
	}
	for _, l := range nodes {
		if retry := l.take(ctx, "a", now); retry != reports.Every {
			t.Errorf("the next waits %v", retry)
		}
	}
	l := nodes[0]
	if l.take(ctx, "b", now) != 0 || l.take(ctx, "a", now.Add(reports.Every)) != 0 {
		t.Error("another address or another time waits")
	}
	wrong := 0
	for ; l.take(ctx, "c", now) == 0; wrong++ {
		l.cost(ctx, "c", now)
	}
	if most := reports.Burst / wrongCode; wrong > most {
		t.Errorf("%d codes can be guessed at once, not %d", wrong, most)
	}
}

func TestASeatsTokenIsGivenOnceAndStaysWithItsBrowser(t *testing.T) {
	t.Parallel()
	h := build(t, built{more: atSite})
	b, other := h.browser(), h.browser()
	_, _, res := b.call(http.MethodPost, "/api/v1/seats/report", body{"site": "barat", "room": "ruang-1", "seat": "A-1", "measures": fit()}, "User-Agent", firefox)
	if c := res.Cookies(); len(c) != 1 || c[0].Name != "seat" || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || c[0].Path != "/" {
		t.Fatalf("cookies %v", c)
	}
	first := b.cookie("seat")
	if id, err := seatOfToken(t.Context(), h.db, first); err != nil || id != "barat/ruang-1/A-1" || len(first) < 40 {
		t.Fatalf("token %q is of %q, %v", first, id, err)
	}
	if b.report("A-1", fit()); b.cookie("seat") != first {
		t.Error("a check in between changed the token")
	}
	// Another computer takes the seat: what the first holds is void.
	if other.report("A-1", fit()); other.cookie("seat") == first || other.cookie("seat") == "" {
		t.Error("the seat's next computer has the same token, or none")
	}
	if id, _ := seatOfToken(t.Context(), h.db, first); id != "" {
		t.Error("the first computer still counts as the seat")
	}
	if b.report("A-2", fit()); b.cookie("seat") == first {
		t.Error("at another seat the token is the same")
	}
	if _, page := get(t, h.http.URL+"/kesiapan", "Cookie", "seat="+other.cookie("seat")); !strings.Contains(page, `value="A-1"`) {
		t.Error("the page does not know its seat")
	}
}

// With the token the same seat takes over an attempt that is silent, another does not,
// although all of them come by one address.
func TestC9ASilentAttemptIsTakenOverFromItsRegisteredSeatOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		from   string // whose token comes with the second sign-in
		silent time.Duration
		gives  bool
	}{
		{"the same seat", "barat/ruang-1/A-1", 20 * time.Second, true},
		{"the same seat, too early", "barat/ruang-1/A-1", time.Second, false},
		{"another seat", "barat/ruang-1/A-2", 20 * time.Second, false},
		{"a made-up token", "made up", 20 * time.Second, false},
		{"no token, but the same address", "", 20 * time.Second, false},
	} {
		tokens := map[string]string{"made up": proctor.NewSecret()}
		old := past{number: number(1, 1), bound: 5 * time.Minute, alive: test.silent}
		h := build(t, built{before: func(h *house) {
			for _, seat := range []string{"barat/ruang-1/A-1", "barat/ruang-1/A-2"} {
				token, _, err := keepReport(h.Context(), h.db, seat, "", seatReport{At: h.hall.Now(), Ready: true}, registration{})
				h.must(err)
				tokens[seat] = token
			}
			old.place = proctor.HashSecret(tokens["barat/ruang-1/A-1"])
			old.write(h)
		}})
		q := old.page(h).elsewhere()
		var header []string
		if token := tokens[test.from]; token != "" {
			header = []string{"Cookie", "seat=" + token}
		}
		status, got, _ := q.call("POST", "/api/v1/exam/signin", body{"number": q.number, "pin": q.pin, "device": q.device}, header...)
		if gave := status == 200; gave != test.gives || !gave && got.text("code") != "in_use" {
			t.Errorf("%s: %d %v", test.name, status, got)
		}
	}
}

func TestASignInFromARegisteredSeatSaysSoByTheTokensHash(t *testing.T) {
	t.Parallel()
	h := build(t, built{more: atSite})
	p := h.person(number(1, 1))
	if status, got := p.report("A-1", fit()); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	p.enter()
	for _, e := range h.events(p.number) {
		if e.Kind == engine.SignedIn && e.Seat != proctor.HashSecret(p.cookie("seat")) {
			t.Errorf("the sign-in came from %q", e.Seat)
		}
	}
}

func TestTheReadinessPageNamesNobodyAndNoItem(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	for _, lang := range []string{"id", "en"} {
		res, page := get(t, h.http.URL+"/kesiapan?site=timur&room=ruang-3&seat=a-7&lang="+lang)
		if res.StatusCode != 200 || strings.Contains(page, "Peserta 26") || strings.Contains(page, "26-1-1") || strings.Contains(page, "ready.") && strings.Contains(page, `>ready.`) {
			t.Errorf("%s: %d", lang, res.StatusCode)
		}
		for _, want := range []string{`value="A-7"`, `<option value="timur/ruang-3" selected>`, `data-key="ArrowUp"`, `data-check="clock"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %s", lang, want)
			}
		}
	}
	if _, page := get(t, h.http.URL+"/kesiapan?seat=%3Cb%3E"); strings.Contains(page, "<b>\"") || strings.Contains(page, "&lt;B&gt;") {
		t.Error("a seat that is none was taken over")
	}
	h.server.mu.Lock()
	h.server.networks = append(h.server.networks, siteNetwork{examCode, "tengah", netip.MustParsePrefix("127.0.0.1/32")})
	h.server.mu.Unlock()
	if _, page := get(t, h.http.URL+"/kesiapan"); !strings.Contains(page, `data-code="false"`) || !strings.Contains(page, `<option value="tengah/ruang-2" selected>`) {
		t.Error("a computer of a site is asked for a code, or for its site")
	}
}
