package proctor

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"terang/engine"
)

// Invitation is a code as it is shown to whoever hands it over, this once.
type Invitation struct {
	User, Name, Code string
	Until            engine.Instant
}

// Imported is what a file of accounts came to.
type Imported struct {
	Added       int
	Invitations []Invitation // of those without a password
}

// Import adds accounts from a file `user,name,role,exam,site`, with `sitting`, `person` and
// `password` if they are there, all or none. Who has no password is invited. Several rows
// of one user are several grants; later ones leave name, person and password empty or
// repeat them.
func (s *Accounts) Import(ctx context.Context, by Signers, r io.Reader, now engine.Instant) (done Imported, _ []Fault, _ error) {
	t := readTable(r, []string{"user", "role"}, []string{"name", "exam", "site", "sitting", "person", "password"})
	taken, err := s.readAccounts(ctx, t)
	if err != nil {
		return done, nil, err
	}
	var grants []Grant
	for _, a := range taken {
		grants = append(grants, a.Grants...)
	}
	switch {
	case len(t.faults) > 0:
		return done, inOrder(t.faults), nil
	case len(taken) == 0:
		return done, []Fault{{What: "the file names nobody", Remedy: "add a row for each account"}}, nil
	}
	if err := s.granting(ctx, by, grants); err != nil {
		return done, nil, err
	}
	accounts := make([]Account, len(taken))
	for i, a := range taken { // hashing is slow, and in vain while there is a fault
		if a.password != "" {
			if a.Hash, err = s.kiln.hash(a.password); err != nil {
				a.row.fault("password", "choose another, or leave it empty: the owner is invited", "%v", err)
			}
			a.Chosen = by.By.User
		}
		accounts[i] = a.Account
	}
	if len(t.faults) > 0 {
		return done, inOrder(t.faults), nil
	}
	users := make([]string, len(accounts))
	for i := range accounts {
		users[i] = accounts[i].User
		if err := s.hold(ctx, by, &accounts[i]); err != nil {
			return done, nil, err
		}
		accounts[i].Founder = false // who comes with others is not the second alone
	}
	_, err = s.change(ctx, by, "add", now, users, func(t *tip) ([]Account, error) {
		for i := range accounts { // another may have been quicker
			if err := s.fresh(ctx, t, &accounts[i]); err != nil {
				return nil, err
			}
		}
		return accounts, nil
	})
	if err != nil {
		return done, nil, err
	}
	done.Added = len(accounts)
	for _, a := range accounts {
		if a.Hash != "" {
			continue
		}
		code, until, err := s.issue(ctx, by, a.User, now)
		if err != nil {
			return done, nil, err
		}
		done.Invitations = append(done.Invitations, Invitation{a.User, a.Name, code, until})
	}
	return done, nil, nil
}

// imported is an account as the rows of a file describe it.
type imported struct {
	Account
	password string
	row      row // the first
}

func (s *Accounts) readAccounts(ctx context.Context, t *table) ([]*imported, error) {
	known := map[string]*imported{}
	var all []*imported
	for _, row := range t.rows {
		lower := func(column string) string { return strings.ToLower(row.get(column)) }
		g := Grant{Role: Role(lower("role")), Exam: lower("exam"), Site: lower("site"), Sitting: lower("sitting")}
		a := known[lower("user")]
		if a == nil {
			a = &imported{Account: Account{User: lower("user"), Name: row.get("name"), Person: row.get("person")}, password: row.get("password"), row: row}
			if _, err := s.Get(ctx, a.User); err == nil {
				row.fault("user", "remove the row, or use staff reset or staff grant", "%s exists already", a.User)
			} else if !errors.Is(err, engine.ErrAbsent) {
				return nil, err
			}
			row.faulty(a.ownFaults()...)
			a.Name = plainName(a.Name)
			if a.User != "" { // each row without a user is another's
				known[a.User] = a
			}
			all = append(all, a)
		} else {
			for _, c := range []struct{ column, said, first string }{
				{"name", plainName(row.get("name")), a.Name}, {"person", row.get("person"), a.Person}, {"password", row.get("password"), a.password},
			} {
				if c.said != "" && c.said != c.first {
					row.fault(c.column, "leave it empty, or as in row "+strconv.Itoa(a.row.line), "%s has another %s in row %d", a.User, c.column, a.row.line)
				}
			}
		}
		bad := g.faults()
		if len(bad) == 0 { // beside the others that are good
			if err := checkGrants(append(slices.Clip(a.Grants), g)); err != nil {
				bad = append(bad, err)
			}
		}
		if row.faulty(bad...); len(bad) == 0 {
			a.Grants = append(a.Grants, g)
		}
	}
	return all, nil
}

// faulty names what is wrong with an account or a grant that the row describes.
func (r row) faulty(bad ...error) {
	for _, err := range bad {
		r.fault("", "correct the row", "%v", err)
	}
}
