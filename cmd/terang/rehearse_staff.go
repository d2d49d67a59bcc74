package main

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
	"golang.org/x/sync/errgroup"

	"terang/engine"
)

// officer acts on sittings by the staff API, as a station does.
type officer struct {
	base   string
	client *http.Client
	cookie *http.Cookie
}

// actWithin bounds one act of staff.
const actWithin = 30 * time.Second

// signIn takes a session for the account.
func (s *stage) signIn(ctx context.Context) (*officer, error) {
	account, err := s.account()
	if err != nil {
		return nil, err
	}
	return signInAs(ctx, s.Target, account.User, account.Password)
}

func signInAs(ctx context.Context, base, user, password string) (*officer, error) {
	o := &officer{base: base, client: &http.Client{Timeout: actWithin}}
	cookies, err := o.call(ctx, http.MethodPost, "/api/v1/staff/signin", map[string]string{"user": user, "password": password}, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range cookies { // beside it stands the desk's, which this has no use for
		if strings.TrimPrefix(c.Name, "__Host-") == "staff" {
			o.cookie = c
		}
	}
	return o, nil
}

// startSittings starts every sitting, all at the same time. Where length is not 0 a credit
// below zero takes from everybody first what the sittings are longer than that.
func (p *performance) startSittings(ctx context.Context, length time.Duration) error {
	o, err := p.signIn(ctx)
	if err != nil {
		return fmt.Errorf("sign in to start the sittings: %w", err)
	}
	var list struct {
		Sittings []struct {
			ID string `json:"id"`
		} `json:"sittings"`
	}
	if _, err := o.call(ctx, http.MethodGet, "/api/v1/sittings", nil, &list); err != nil {
		return err
	}
	each := func(act map[string]any) error {
		g, ctx := errgroup.WithContext(ctx)
		for _, s := range list.Sittings {
			mine := map[string]any{"op": uuid.NewString()}
			for k, v := range act {
				mine[k] = v
			}
			g.Go(func() error {
				_, err := o.call(ctx, http.MethodPost, "/api/v1/sittings/"+s.ID+"/actions", mine, nil)
				return err
			})
		}
		return g.Wait()
	}
	if length > 0 {
		less := length - time.Duration(wholeMinutes(length))*time.Minute
		if less != 0 {
			if err := each(map[string]any{"action": engine.ActCredit, "ms": less.Milliseconds(), "reason": "other: rehearsal"}); err != nil {
				return err
			}
		}
	}
	return each(map[string]any{"action": engine.ActStart})
}

// call asks the staff API; answer may be nil.
func (o *officer) call(ctx context.Context, method, path string, body, answer any) ([]*http.Cookie, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, o.base+path, content)
	if err != nil {
		return nil, err
	}
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if o.cookie != nil {
		req.AddCookie(o.cookie)
	}
	resp, err := o.client.Do(req)
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
