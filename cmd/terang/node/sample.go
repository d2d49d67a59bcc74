package node

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// OpenSample starts the sample sittings, checks everybody in and makes a staff account
// for each role. PINs and passwords are readable this once.
func (n *Node) OpenSample(ctx context.Context) ([]create.Credential, []create.StaffCredential, error) {
	return n.OpenSampleOf(ctx, stores.SampleCode)
}

// OpenSampleOf opens the sample exam of that code; others that the journal holds stay as they are.
func (n *Node) OpenSampleOf(ctx context.Context, code string) ([]create.Credential, []create.StaffCredential, error) {
	setup := proctor.SetupAccount()
	def := n.People.Exam(code)
	staff, err := n.SampleStaffOf(ctx, def)
	if err != nil {
		return nil, nil, err
	}
	var people []create.Credential
	for _, sitting := range def.Sittings {
		id := def.Code + "." + sitting.Code
		room := n.Hall.Sitting(id)
		if room.State().Phase == engine.Planned {
			if _, err := room.Act(engine.Command{Act: engine.ActOpenCheckin, By: "setup", At: n.Hall.Now()}); err != nil {
				return nil, nil, err
			}
			_, err := room.Act(engine.Command{Act: engine.ActStart, By: "setup", At: n.Hall.Now(), Since: n.Hall.Now()})
			if err != nil {
				return nil, nil, err
			}
		}
		request := proctor.Request{Op: uuid.NewString(), Action: engine.ActCheckin}
		for _, p := range n.People.In(id) {
			request.Numbers = append(request.Numbers, p.Number)
		}
		answer, err := n.Desk.Act(ctx, setup, id, request)
		if err != nil {
			return nil, nil, fmt.Errorf("check in %s: %w", id, err)
		}
		for _, f := range answer.Failed {
			n.Logger.Warn("a candidate of the sample could not be checked in", "number", f.Number, "code", f.Code)
		}
		for _, p := range answer.PINs {
			people = append(people, create.Credential{Number: p.Number, PIN: p.PIN, Name: p.Name, Site: sitting.Site, Sitting: sitting.Code, Seat: p.Seat})
		}
	}
	return people, staff, nil
}

// SampleStaffOf makes an account for each role. Those of a rehearsal have names of their
// own and see nothing else: its credentials lie about, and real accounts stay untouched.
func (n *Node) SampleStaffOf(ctx context.Context, def *engine.Definition) ([]create.StaffCredential, error) {
	staff := make([]create.StaffCredential, len(proctor.Roles))
	var making errgroup.Group // a password takes its time to hash
	for i, role := range proctor.Roles {
		making.Go(func() (err error) {
			staff[i], err = n.sampleAccount(ctx, def, role)
			return err
		})
	}
	return staff, making.Wait()
}

func (n *Node) sampleAccount(ctx context.Context, def *engine.Definition, role proctor.Role) (create.StaffCredential, error) {
	s := create.StaffCredential{Role: role, User: string(role), Password: proctor.NewSecret()[:12]}
	a := proctor.Account{User: s.User, Name: "Petugas " + string(role), Grants: proctor.Everywhere(role)}
	if def.Rehearsal {
		s.User = fmt.Sprintf("%.28s-%s", def.Code, role)
		a = proctor.Account{User: s.User, Name: "Gladi " + string(role), Grants: []proctor.Grant{{Role: role, Exam: def.Code}}}
	}
	was, err := n.Accounts.Get(ctx, s.User)
	switch {
	case err == nil && !slices.Equal(was.Grants, a.Grants):
		return s, fmt.Errorf("user %s is taken by an account that is %v: choose another --code", s.User, was.Grants)
	case err == nil:
		return s, n.Accounts.Reset(ctx, proctor.Setup, s.User, s.Password, n.Hall.Now())
	case errors.Is(err, engine.ErrAbsent):
		return s, n.Accounts.Add(ctx, proctor.Setup, a, s.Password, n.Hall.Now())
	}
	return s, err
}

// Expected is everybody on the roster, without PINs: check-in gives these.
func (n *Node) Expected(def *engine.Definition) (people []create.Credential) {
	for _, s := range def.Sittings {
		for _, p := range n.People.In(def.Code + "." + s.Code) {
			people = append(people, create.Credential{Number: p.Number, Name: p.Name, Site: p.Site, Sitting: p.Sitting, Seat: p.Seat})
		}
	}
	return people
}
