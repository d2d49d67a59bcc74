package proctor

import (
	"context"

	"terang/engine"
)

// Create and SetPassword do what the command line and the pages do, with less to write.

func (s *Accounts) Create(ctx context.Context, by Signers, a Account, password string, now engine.Instant) error {
	return s.obey(ctx, by, AccountAct{Deed: DeedCreate, Account: &a}, password, now)
}

func (s *Accounts) SetPassword(ctx context.Context, by Signers, user, password string, now engine.Instant) error {
	return s.obey(ctx, by, AccountAct{Deed: DeedPassword, User: user}, password, now)
}

func (s *Accounts) obey(ctx context.Context, by Signers, act AccountAct, password string, now engine.Instant) error {
	act, err := s.Deed(act, password)
	if err == nil {
		_, _, err = s.Obey(ctx, by, &act, now)
	}
	return err
}
