package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"terang/proctor"
)

type plainPage string

func (p plainPage) WriteHTML(w io.Writer) error {
	_, err := io.WriteString(w, string(p))
	return err
}

// After sign-out nobody sees by going back what staff were shown, wherever it was.
func TestWhatStaffAreShownIsKeptNowhere(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	h.server.evaluations.make = func(context.Context, string) (*Evaluation, error) {
		return &Evaluation{Page: plainPage("<style></style>laporan")}, nil
	}
	rt := h.server.routes()
	handler := h.server.secured(rt.mux)
	for _, role := range proctor.Roles {
		user := "siapa-" + string(role)
		h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: user, Grants: proctor.Everywhere(role)}, password, h.hall.Now()))
		secret, _, err := h.staff.SignIn(h.Context(), proctor.Second{User: user, Password: password}, "", "", h.hall.Now())
		h.must(err)
		for _, route := range rt.table {
			method, path := address(route.Pattern)
			if route.For != ForStaff || method != http.MethodGet {
				continue
			}
			ctx, cancel := context.WithCancel(h.Context())
			req := httptest.NewRequest(method, path, nil).WithContext(ctx)
			req.RemoteAddr = "127.0.0.1:9"
			req.AddCookie(&http.Cookie{Name: "staff", Value: secret})
			w := &hasty{httptest.NewRecorder(), cancel}
			handler.ServeHTTP(w, req)
			cancel()
			if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "no-store") {
				t.Errorf("%s, %s (%d): Cache-Control is %q", route.Pattern, role, w.Code, got)
			}
			if path == "/laporan/"+examCode && role == proctor.Auditor && !strings.Contains(w.Body.String(), "laporan") {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	}
}
