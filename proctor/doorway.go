package proctor

import (
	"time"

	"terang/engine"
)

// AlertBrowser is noted when a candidate is refused for the browser.
const AlertBrowser = "browser"

// tellAgain is how long one incident of a candidate stands for all of its kind: a page
// that tries again every few seconds is one matter for the room, and one event.
const tellAgain = 15 * time.Minute

// admits decides whether the computer is one at which the candidate may sit, after the PIN
// has shown who they are. What is refused is told to the station.
func (d *Door) admits(k *knock, def *engine.Definition, at *Place, now engine.Instant) error {
	if at.Browser != nil {
		if err := at.Browser(def); err != nil {
			d.alert(*k, AlertBrowser, "", now)
			return err
		}
	}
	return nil
}

// Tell notes that a candidate who had signed in was refused for a reason, once for all of
// that reason in a while.
func (d *Door) Tell(attempt, why string, now engine.Instant) {
	if p := d.people.Person(attempt); p != nil && p.Sitting != "" {
		k := knock{person: p}
		if live := d.hall.Attempt(attempt); live != nil {
			live.View(func(a *engine.Attempt, _ *engine.Terms) { k.seat = a.Seat })
		}
		d.alert(k, why, "", now)
	}
}

// tells notes at once that something will be told of an attempt; false if it was lately.
func (s *Station) tells(attempt, why string, now engine.Instant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watch(attempt)
	if w.toldLately(why, now) {
		return false
	}
	w.tell(why, now)
	return true
}

func (w *watch) tell(why string, at engine.Instant) {
	if w.told == nil {
		w.told = map[string]engine.Instant{}
	}
	w.told[why] = max(w.told[why], at)
}

func (w *watch) toldLately(why string, now engine.Instant) bool {
	at, ok := w.told[why]
	return ok && now.Sub(at) < tellAgain
}
