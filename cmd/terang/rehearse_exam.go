package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"terang/engine"
	"terang/proctor"
)

// makeExam makes the exam of a rehearsal's own server, with everybody checked in. The
// sittings run, or wait for the profile to start them.
func (s *stage) makeExam(ctx context.Context) error {
	keys, err := openKeys(s.Keys)
	if err != nil {
		return err
	}
	st, err := openStores(s.Journal, true)
	if err != nil {
		return err
	}
	err = s.fill(ctx, st, keys)
	return errors.Join(err, st.close())
}

func (s *stage) fill(ctx context.Context, st *stores, keys *keyFile) error {
	if err := s.writeExam(ctx, st, keys); err != nil {
		return err
	}
	n, err := openNode(ctx, nodeParts{stores: st, keys: keys, log: newLog(slog.LevelError)})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var hall errgroup.Group
	hall.Go(func() error { return n.hall.Run(ctx) })
	err = s.admit(ctx, n)
	cancel()
	return errors.Join(err, hall.Wait())
}

// writeExam writes the sample exam as the profile needs it.
func (s *stage) writeExam(ctx context.Context, st *stores, keys *keyFile) error {
	bank, err := sampleBank()
	if err != nil {
		return err
	}
	def, err := sampleDefinition(s.Candidates, time.Now(), true)
	if err != nil {
		return err
	}
	roster := sampleRoster(def, s.Candidates)
	file, err := encodeDefinition(def)
	if err != nil {
		return err
	}
	if _, err := createExam(ctx, st, keys, "setup", examSource{file: file, bank: bank}); err != nil {
		return err
	}
	log := proctor.NewLog(st.journal, proctor.Direct(st.journal))
	return proctor.NewPeople(st.register).Import(ctx, log, "setup", engine.NewClock().Now(), def.Code, roster, sampleFormations())
}

// admit checks everybody in, and makes the accounts that the profile acts with.
func (s *stage) admit(ctx context.Context, n *node) error {
	if kind, _ := s.profile(); !kind.starts {
		people, staff, err := n.openSample(ctx)
		s.people, s.staff = people, staff
		return err
	}
	var err error
	if s.staff, err = n.sampleStaffOf(ctx, n.exams.all()[0].Def); err != nil {
		return err
	}
	setup := proctor.SetupAccount()
	def := n.exams.all()[0].Def
	s.exam = def.Code
	for _, sitting := range def.Sittings {
		id := def.Code + "." + sitting.Code
		if _, err := n.hall.Sitting(id).Act(engine.Command{Act: engine.ActOpenCheckin, By: "setup", At: n.hall.Now()}); err != nil {
			return err
		}
		request := proctor.Request{Op: uuid.NewString(), Action: engine.ActCheckin}
		for _, p := range n.people.In(id) {
			request.Numbers = append(request.Numbers, p.Number)
		}
		answer, err := n.desk.Act(ctx, setup, id, request)
		if err != nil {
			return fmt.Errorf("check in %s: %w", id, err)
		}
		for _, p := range answer.PINs {
			s.people = append(s.people, credential{Number: p.Number, PIN: p.PIN, Name: p.Name, Site: sitting.Site, Sitting: sitting.Code, Seat: p.Seat})
		}
	}
	return nil
}

// account is the staff account that the profile acts with.
func (s *stage) account() (staffCredential, error) {
	i := slices.IndexFunc(s.staff, func(c staffCredential) bool { return c.Role == proctor.Admin })
	if i < 0 {
		return staffCredential{}, errors.New("no administrator's account is known")
	}
	return s.staff[i], nil
}

// second is who signs beside the administrator where an act takes two.
func (s *stage) second() (proctor.Second, error) {
	i := slices.IndexFunc(s.staff, func(c staffCredential) bool { return c.Role == proctor.Supervisor })
	if i < 0 {
		return proctor.Second{}, errors.New("no supervisor's account is known, who signs with the administrator")
	}
	return proctor.Second{User: s.staff[i].User, Password: s.staff[i].Password}, nil
}
