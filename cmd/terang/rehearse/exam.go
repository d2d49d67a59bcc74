package rehearse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// makeExam makes the exam of a rehearsal's own server, with everybody checked in. The
// sittings run, or wait for the profile to start them.
func (s *stage) makeExam(ctx context.Context) error {
	st, err := stores.Open(s.Journal, true)
	if err != nil {
		return err
	}
	keys, err := st.OpenKeys(ctx, s.Keys)
	if err == nil {
		err = s.fill(ctx, st, keys)
	}
	return errors.Join(err, st.Close())
}

func (s *stage) fill(ctx context.Context, st *stores.DB, keys *stores.KeyFile) error {
	if err := s.writeExam(ctx, st, keys); err != nil {
		return err
	}
	n, err := node.Open(ctx, node.Parts{Stores: st, Keys: keys, Log: process.NewLog(slog.LevelError)})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var hall errgroup.Group
	hall.Go(func() error { return n.Hall.Run(ctx) })
	err = s.admit(ctx, n)
	cancel()
	return errors.Join(err, hall.Wait())
}

// writeExam writes the sample exam as the profile needs it.
func (s *stage) writeExam(ctx context.Context, st *stores.DB, keys *stores.KeyFile) error {
	bank, err := stores.SampleBank()
	if err != nil {
		return err
	}
	def, err := create.SampleDefinition(s.Candidates, time.Now(), true)
	if err != nil {
		return err
	}
	roster := create.SampleRoster(def, s.Candidates)
	file, err := def.File()
	if err != nil {
		return err
	}
	if _, err := create.Exam(ctx, st, keys, "setup", create.Source{File: file, Bank: bank}); err != nil {
		return err
	}
	log := proctor.NewLog(st.Journal, proctor.Direct(st.Journal))
	return proctor.NewPeople(st.Register).Import(ctx, log, "setup", engine.NewClock().Now(), def.Code, roster, stores.SampleFormations())
}

// admit checks everybody in, and makes the accounts that the profile acts with.
func (s *stage) admit(ctx context.Context, n *node.Node) error {
	if kind, _ := s.profile(); !kind.starts {
		people, staff, err := n.OpenSample(ctx)
		s.people, s.staff = people, staff
		return err
	}
	var err error
	if s.staff, err = n.SampleStaffOf(ctx, n.Exams.All()[0].Def); err != nil {
		return err
	}
	setup := proctor.SetupAccount()
	def := n.Exams.All()[0].Def
	s.exam = def.Code
	for _, sitting := range def.Sittings {
		id := def.Code + "." + sitting.Code
		if _, err := n.Hall.Sitting(id).Act(engine.Command{Act: engine.ActOpenCheckin, By: "setup", At: n.Hall.Now()}); err != nil {
			return err
		}
		request := proctor.Request{Op: uuid.NewString(), Action: engine.ActCheckin}
		for _, p := range n.People.In(id) {
			request.Numbers = append(request.Numbers, p.Number)
		}
		answer, err := n.Desk.Act(ctx, setup, id, request)
		if err != nil {
			return fmt.Errorf("check in %s: %w", id, err)
		}
		for _, p := range answer.PINs {
			s.people = append(s.people, create.Credential{Number: p.Number, PIN: p.PIN, Name: p.Name, Site: sitting.Site, Sitting: sitting.Code, Seat: p.Seat})
		}
	}
	return nil
}

// account is the staff account that the profile acts with.
func (s *stage) account() (create.StaffCredential, error) {
	i := slices.IndexFunc(s.staff, func(c create.StaffCredential) bool { return c.Role == proctor.Admin })
	if i < 0 {
		return create.StaffCredential{}, errors.New("no administrator's account is known")
	}
	return s.staff[i], nil
}

// second is who signs beside the administrator where an act takes two.
func (s *stage) second() (proctor.Second, error) {
	i := slices.IndexFunc(s.staff, func(c create.StaffCredential) bool { return c.Role == proctor.Supervisor })
	if i < 0 {
		return proctor.Second{}, errors.New("no supervisor's account is known, who signs with the administrator")
	}
	return proctor.Second{User: s.staff[i].User, Password: s.staff[i].Password}, nil
}
