package engine

import "time"

// WhyHour is why a check-in was closed that nobody closed: its hour had come.
const WhyHour = "hour"

// ClosesAt is the instant from which check-in of the sitting takes nobody any more: so
// long before its hour as the policy says. It moves with the hour, by record, and is Never
// where no hour is recorded or a hand closes. Whether somebody came in time is decided
// from it and not from when the record was written. A check-in that was opened only then
// is of a room that is late as a whole, by record: a hand closes it.
func (s *Sitting) ClosesAt(p *Policy) Instant {
	if s.Planned == 0 || p.CheckinCloseMS == 0 {
		return Never
	}
	closes := s.Planned.Add(-time.Duration(p.CheckinCloseMS) * time.Millisecond)
	if s.OpenedAt != 0 && s.openedFor == s.Planned && s.OpenedAt >= closes {
		return Never
	}
	return closes
}

// CloseCheckin records that the hour has closed check-in, once it has. Every node tries;
// who is second finds it done.
func (r *Room) CloseCheckin(p *Policy) error {
	now := r.hall.clock.Now()
	due := func(s *Sitting) bool { return s.Phase == CheckingIn && now >= s.ClosesAt(p) }
	if !due(r.State()) {
		return nil
	}
	_, err := r.Append("", func(s *Sitting) ([]Event, error) {
		if !due(s) {
			return nil, nil
		}
		return []Event{{Kind: CheckinClosed, At: max(now, s.At), By: "engine", Why: WhyHour}}, nil
	})
	return err
}

// TooLongOut says whether an absence from the room is to be marked.
func (p *Policy) TooLongOut(out time.Duration) bool {
	return out > time.Duration(p.LeaveMS)*time.Millisecond
}
