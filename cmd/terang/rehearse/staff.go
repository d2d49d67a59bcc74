package rehearse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/engine"
	"terang/proctor"
)

// signIn takes a session for the account.
func (s *stage) signIn(ctx context.Context) (*crowd.Officer, error) {
	account, err := s.account()
	if err != nil {
		return nil, err
	}
	return crowd.SignInAs(ctx, s.Target, account.User, account.Password)
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
		g.Go(func() error { return o.Do(ctx, sitting, map[string]any{"action": engine.ActStart}, nil) })
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

func (s *stage) sittingOf(person create.Credential) string { return s.exam + "." + person.Sitting }

// actsAtOnce is how many acts wait for the second person's password at the same time. Before
// it was right once, each takes one of the ten tries that a password has.
const actsAtOnce = 4

// shorten leaves everybody who waits so much time. That takes two people, as it would in an exam.
func (p *performance) shorten(ctx context.Context, o *crowd.Officer, length time.Duration) error {
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
	g.SetLimit(actsAtOnce)
	for of, numbers := range groups {
		g.Go(func() error {
			for less := of.less; less != 0; {
				part := min(max(less, -proctor.CreditMost), proctor.CreditMost)
				less -= part
				err := o.Do(ctx, of.sitting, map[string]any{
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
