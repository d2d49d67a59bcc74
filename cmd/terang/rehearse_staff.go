package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/engine"
	"terang/proctor"
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

// startSittings starts the sittings of the crowd, all at the same time. Where length is not
// 0 everybody is left that much time: a credit below zero takes what there is more.
func (p *performance) startSittings(ctx context.Context, length time.Duration) error {
	o, err := p.signIn(ctx)
	if err != nil {
		return fmt.Errorf("sign in to start the sittings: %w", err)
	}
	if length > 0 {
		if err := p.shorten(ctx, o, length); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, sitting := range p.begins() {
		g.Go(func() error { return o.do(ctx, sitting, map[string]any{"action": engine.ActStart}, nil) })
	}
	return g.Wait()
}

// begins are the sittings of the crowd.
func (s *stage) begins() []string {
	var all []string
	for _, person := range s.people[:s.Candidates] {
		all = append(all, s.sittingOf(person))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (s *stage) sittingOf(person credential) string { return s.exam + "." + person.Sitting }

// shorten leaves everybody who waits so much time. That takes two people, as it would in an exam.
func (p *performance) shorten(ctx context.Context, o *officer, length time.Duration) error {
	type group struct {
		sitting string
		less    time.Duration
	}
	groups := make(map[group][]string)
	for i, one := range p.crowd {
		given := one.Given()
		if less := length - given; less != 0 && given != 0 {
			in := group{p.sittingOf(p.people[i]), less}
			groups[in] = append(groups[in], one.Number)
		}
	}
	second, err := p.second()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for of, numbers := range groups {
		g.Go(func() error {
			for less := of.less; less != 0; {
				part := min(max(less, -proctor.CreditMost), proctor.CreditMost)
				less -= part
				err := o.do(ctx, of.sitting, map[string]any{
					"action": engine.ActCredit, "ms": part.Milliseconds(), "reason": "other: rehearsal", "numbers": numbers, "second": second,
				}, nil)
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
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
