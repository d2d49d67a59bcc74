package engine

import "slices"

// ActSignMinutes signs a version of a sitting's minutes: always two.
const ActSignMinutes = "sign_minutes"

// MinutesVersion is one version of a sitting's minutes: data that was closed under its
// hash, and who signed it. Versions are never replaced; what happens after one was closed
// makes the next.
type MinutesVersion struct {
	Closed    Event // MinutesClosed
	Signed    Event // MinutesSigned by two people, zero while nobody has
	Witnessed []Event
}

// Version is its number, from 1.
func (v *MinutesVersion) Version() int { return int(v.Closed.MS) }

// Newest is the newest version of the minutes, nil if none was closed yet.
func (s *Sitting) Newest() *MinutesVersion {
	if len(s.Minutes) == 0 {
		return nil
	}
	return &s.Minutes[len(s.Minutes)-1]
}

// MinutesOf is a version by its number, nil if there is none.
func (s *Sitting) MinutesOf(version int) *MinutesVersion {
	if version < 1 || version > len(s.Minutes) {
		return nil
	}
	return &s.Minutes[version-1]
}

// minutes folds an event about them. What was shown of the sitting before stays as it was.
func (s *Sitting) minutes(e *Event) {
	all := slices.Clone(s.Minutes)
	switch i := int(e.MS) - 1; {
	case e.Kind == MinutesClosed:
		all = append(all, MinutesVersion{Closed: *e})
	case i < 0 || i >= len(all) || all[i].Closed.Text != e.Text: // of no version that there is
	case e.Kind == MinutesSigned:
		all[i].Signed = *e
	case e.Kind == MinutesWitnessed:
		all[i].Witnessed = append(slices.Clip(all[i].Witnessed), *e)
	}
	s.Minutes = all
}
