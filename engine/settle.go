package engine

import "time"

// SettleEvery is how often time enters settled boards.
const SettleEvery = 10 * time.Second

// Settle lets time enter the sitting's boards by record, and ends the sitting when
// nobody is left who works or could. Every node tries; who is second finds it done.
func (r *Room) Settle(settled bool) error {
	s := r.State()
	if s.Phase != InProgress && s.Phase != Halted && (s.Phase != Ended || s.SettledTo > s.EndedAt) {
		return nil
	}
	over := s.Phase == InProgress && r.allOver()
	now := r.hall.clock.Now()
	_, err := r.Append("", func(s *Sitting) ([]Event, error) {
		var events []Event
		if settled && now.Sub(s.SettledTo) >= SettleEvery {
			events = append(events, Event{Kind: SettledTo, At: max(now, s.At), By: "engine", To: max(now, s.At)})
		}
		if over && s.Phase == InProgress {
			events = append(events, Event{Kind: SittingEnded, At: max(now, s.At), By: "engine"})
		}
		return events, nil
	})
	return err
}

// allOver says whether somebody has worked and nobody is left who works or could.
func (r *Room) allOver() bool {
	over := 0
	for _, l := range r.Members() {
		p := l.cached.Load()
		switch {
		case p == nil || p.State == Assigned || p.Sitting != r.ID:
		case p.State.Over():
			over++
		default:
			return false
		}
	}
	return over > 0
}
