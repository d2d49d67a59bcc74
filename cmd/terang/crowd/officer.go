package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"terang/proctor"
)

// Sittings are those that the account sees.
func (o *Officer) Sittings(ctx context.Context) ([]proctor.Overview, error) {
	var list struct {
		Sittings []proctor.Overview `json:"sittings"`
	}
	_, err := o.Call(ctx, http.MethodGet, "/api/v1/sittings", nil, &list)
	return list.Sittings, err
}

// Do does something at a sitting, under an operation of its own; answer may be nil.
func (o *Officer) Do(ctx context.Context, sitting string, act map[string]any, answer any) error {
	act["op"] = uuid.NewString()
	var waits struct {
		Proposal string `json:"proposal"`
	}
	if answer == nil {
		answer = &waits
	}
	_, err := o.Call(ctx, http.MethodPost, "/api/v1/sittings/"+sitting+"/actions", act, answer)
	if err == nil && waits.Proposal != "" {
		err = fmt.Errorf("%v at %s waits for a second person: the rehearsal's policy lets nobody do it alone", act["action"], sitting)
	}
	return err
}

// Officer acts on sittings by the staff API, as a station does.
type Officer struct {
	Base   string
	Client *http.Client
	Cookie *http.Cookie
}

// ActWithin bounds one act of staff.
const ActWithin = 30 * time.Second

// SignInAs signs somebody in with a password at the server whose address is base. A refusal is
// a *Refusal.
func SignInAs(ctx context.Context, base, user, password string) (*Officer, error) {
	o := &Officer{Base: base, Client: &http.Client{Timeout: ActWithin}}
	cookies, err := o.Call(ctx, http.MethodPost, "/api/v1/staff/signin", map[string]string{"user": user, "password": password}, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range cookies { // beside it stands the desk's, which this has no use for
		if strings.TrimPrefix(c.Name, "__Host-") == "staff" {
			o.Cookie = c
		}
	}
	return o, nil
}

// Call asks the staff API; answer may be nil.
func (o *Officer) Call(ctx context.Context, method, path string, body, answer any) ([]*http.Cookie, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, o.Base+path, content)
	if err != nil {
		return nil, err
	}
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if o.Cookie != nil {
		req.AddCookie(o.Cookie)
	}
	resp, err := o.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, said)
	}
	if answer != nil {
		if err := json.Unmarshal(said, answer); err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	return resp.Cookies(), nil
}

// Board is the exam's own: the largest frames go there.
func (o *Officer) Board(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, ActWithin)
	defer cancel()
	var list struct {
		Boards []struct {
			ID   string `json:"id"`
			Kind string `json:"kind"`
		} `json:"boards"`
	}
	if _, err := o.Call(ctx, http.MethodGet, "/api/v1/boards", nil, &list); err != nil {
		return "", err
	}
	for _, b := range list.Boards {
		if b.Kind == "exam" {
			return b.ID, nil
		}
	}
	return "", fmt.Errorf("%s has no board of an exam", o.Base)
}
