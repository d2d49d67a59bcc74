package rehearse

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
)

// gather checks people in at somebody's server, as its station would, so that a storm can
// begin their sittings: those of one rehearsal, none of which has begun. Their PINs are
// known from it, and ones that were given before are void.
func (s *stage) gather(ctx context.Context) error {
	o, err := s.signIn(ctx)
	if err != nil {
		return fmt.Errorf("sign in at %s to check people in: %w", s.Target, err)
	}
	sittings, err := o.Sittings(ctx)
	if err != nil {
		return err
	}
	if s.exam, err = s.mayBegin(sittings); err != nil {
		return err
	}
	for _, v := range sittings {
		if len(s.people) >= s.Candidates || v.Exam != s.exam {
			continue
		}
		if v.Phase != engine.CheckingIn {
			if err := o.Do(ctx, v.ID, map[string]any{"action": engine.ActOpenCheckin}, nil); err != nil {
				return err
			}
		}
		if err := s.checkIn(ctx, o, v.ID); err != nil {
			return err
		}
	}
	if len(s.people) < s.Candidates {
		return usage.Errorf("--candidates %d: only %d people could be checked in for exam %s on %s", s.Candidates, len(s.people), s.exam, s.Target)
	}
	return nil
}

// mayBegin is the one exam whose sittings may be begun, or why there is none. Nothing has
// been done yet.
func (s *stage) mayBegin(sittings []proctor.Overview) (exam string, err error) {
	const instead = "make one with terang exam create --rehearsal --sample --start TIME --credentials FILE, and give that file as --credentials"
	var begun []string
	for _, v := range sittings {
		switch {
		case !v.Rehearsal:
			continue
		case exam != "" && v.Exam != exam:
			return "", usage.Errorf("--credentials %s: its administrator sees the rehearsals %s and %s, and --profile %s begins all sittings of one: %s", s.Credentials, exam, v.Exam, s.Profile, instead)
		}
		exam = v.Exam
		if !slices.Contains([]engine.Phase{engine.Planned, engine.CheckingIn, engine.Waiting}, v.Phase) {
			begun = append(begun, fmt.Sprintf("%s is %s", v.ID, v.Phase))
		}
	}
	switch {
	case exam == "":
		return "", fmt.Errorf("%s has no rehearsal that %s's administrator sees: %s. Nothing was begun", s.Target, s.Credentials, instead)
	case len(begun) > 0:
		return "", fmt.Errorf("--profile %s begins the sittings itself, and %v: %s. Nothing was begun", s.Profile, begun, instead)
	}
	return exam, nil
}

// checkIn checks a sitting's people in, as many as are still needed.
func (s *stage) checkIn(ctx context.Context, o *crowd.Officer, sitting string) error {
	var room struct {
		Seats []proctor.SeatView `json:"seats"`
	}
	if _, err := o.Call(ctx, http.MethodGet, "/api/v1/sittings/"+sitting, nil, &room); err != nil {
		return err
	}
	var numbers []string
	for _, seat := range room.Seats[:min(len(room.Seats), s.Candidates-len(s.people))] {
		numbers = append(numbers, seat.Number)
	}
	if len(numbers) == 0 {
		return nil
	}
	var answer proctor.Response
	if err := o.Do(ctx, sitting, map[string]any{"action": engine.ActCheckin, "numbers": numbers}, &answer); err != nil {
		return err
	}
	for _, p := range answer.PINs {
		s.people = append(s.people, create.Credential{Number: p.Number, PIN: p.PIN, Name: p.Name, Sitting: sitting[len(s.exam)+1:], Seat: p.Seat})
	}
	return nil
}
