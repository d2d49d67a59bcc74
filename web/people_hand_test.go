package web

import (
	"net/http"
	"strings"
	"testing"

	"terang/proctor"
)

// Thirty supervisors the evening before come from a file, on the page: they are invited,
// take their accounts, and are people of their own once another administrator says so.
func TestAFileOfStaffIsInvitedTakenAndVouchedFor(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	chief, wakil, auditor := h.officer("kepala", proctor.Admin), h.officer("wakil", proctor.Admin), h.officer("audi", proctor.Auditor)
	status, got := chief.post("/api/v1/staff/import", body{"file": "user,role\nsinta,pengawas\nsinta,supervisor,x\n"})
	if status != 422 || got.text("code") != "staff_faults" || len(got.list("faults")) != 2 {
		t.Errorf("with faults: %d %v", status, got)
	}
	if fault := body(got.list("faults")[0].(map[string]any)); fault.int("row") != 2 || strings.Contains(fault.text("what"), "use one of") {
		t.Errorf("a fault, in Indonesian: %v", fault)
	}
	// Deciding roles come with the other person at the desk, or not at all.
	file := body{"file": "user,role,person\nsinta,supervisor,1980\nbima,supervisor,\nketua,committee,\n"}
	if status, got = chief.post("/api/v1/staff/import", file); status != 403 || got.text("code") != "second_person" {
		t.Errorf("a committee by one: %d %v", status, got)
	}
	file["second"] = body{"user": "wakil", "password": password}
	status, got = chief.post("/api/v1/staff/import", file)
	if status != 200 || got.int("added") != 3 || len(got.list("invitations")) != 3 {
		t.Fatalf("%d %v", status, got)
	}
	for i, user := range []string{"sinta", "bima", "ketua"} {
		code := strings.TrimPrefix(body(got.list("invitations")[i].(map[string]any)).text("path"), "/undangan#")
		_, looked := h.browser().post("/api/v1/staff/invitation", body{"code": code})
		if asked := looked["person"] == true; looked.text("user") != user || asked != (user == "sinta") {
			t.Errorf("%s: %v", user, looked)
		}
		send := body{"code": code, "password": password, "person": "1981"}
		if user == "sinta" {
			if status, got := h.browser().post("/api/v1/staff/invitation", send); status != 403 || got.text("code") != "person_differs" {
				t.Errorf("another's number: %d %v", status, got)
			}
			send["person"] = "1980"
		}
		if status, got := h.browser().post("/api/v1/staff/invitation", send); status != 200 {
			t.Errorf("%s takes it: %d %v", user, status, got)
		}
	}
	waits := func() (n int) {
		_, got := auditor.get("/api/v1/audit/accounts")
		for _, a := range got.list("accounts") {
			if a.(map[string]any)["waits"] == true {
				n++
			}
		}
		return n
	}
	if n := waits(); n != 3 {
		t.Errorf("%d accounts wait", n)
	}
	if status, got := chief.post("/api/v1/staff/vouch", body{"users": []string{"sinta"}}); status != 403 || got.text("field") != "hand" {
		t.Errorf("by their maker: %d %v", status, got)
	}
	if status, got := wakil.post("/api/v1/staff/vouch", body{"users": []string{"sinta", "bima", "ketua"}}); status != 204 {
		t.Errorf("%d %v", status, got)
	}
	if n := waits(); n != 0 {
		t.Errorf("%d accounts wait still", n)
	}
	if status, page := auditor.get("/audit/akun"); status != 200 || !strings.Contains(page.text("raw"), "ketua") {
		t.Errorf("the auditor's page: %d", status)
	}
	if status, _ := auditor.post("/api/v1/staff/vouch", body{"users": []string{"sinta"}}); status != 403 {
		t.Errorf("an auditor vouches: %d", status)
	}
}

// A password that somebody else knows is changed before any page opens, and signs nothing
// that takes two.
func TestAPasswordThatIsKnownIsChangedFirst(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	h.officer("kepala", proctor.Admin)
	kepala, err := h.staff.Get(h.Context(), "kepala")
	h.must(err)
	act, err := h.staff.Deed(proctor.AccountAct{Deed: proctor.DeedCreate, Account: &proctor.Account{User: "sari", Name: "Sari", Grants: proctor.Everywhere(proctor.Supervisor)}}, password)
	h.must(err)
	_, _, err = h.staff.Obey(h.Context(), proctor.Signers{By: kepala}, &act, h.hall.Now())
	h.must(err)
	b := h.browser()
	if status, got := b.post("/api/v1/staff/signin", body{"user": "sari", "password": password}); status != 200 || got["choose"] != true {
		t.Fatalf("%d %v", status, got)
	}
	goes := func(path string) string {
		_, _, res := b.call(http.MethodGet, path, nil, "Accept", "text/html")
		return res.Header.Get("Location")
	}
	for _, path := range []string{"/meja", "/meja/" + room1, "/persetujuan"} {
		if to := goes(path); to != "/akun" {
			t.Errorf("%s leads to %q", path, to)
		}
	}
	if status, page := b.get("/akun"); status != 200 || !strings.Contains(page.text("raw"), `id="own"`) {
		t.Errorf("the account's page does not ask: %d", status)
	}
	if status, got := b.post("/api/v1/staff/me/password", body{"old": password, "password": "kata sandi Sari 1"}); status != 204 {
		t.Fatalf("%d %v", status, got)
	}
	for _, path := range []string{"/meja", "/meja/" + room1} {
		if to := goes(path); to != "" {
			t.Errorf("afterwards %s leads to %q", path, to)
		}
	}
	if status, _ := b.post("/api/v1/staff/me/person", body{"person": "1980"}); status != 204 {
		t.Errorf("the own number: %d", status)
	}
	if status, got := b.post("/api/v1/staff/me/person", body{"person": "1981"}); status != 409 || got.text("field") != "person" {
		t.Errorf("another: %d %v", status, got)
	}
}
