package engine

import (
	"slices"
	"strings"
)

// How the people of one formation, who compete with each other, are given their sittings.
const (
	FormationsSpread = "spread" // over all sittings of the site, so that competitors sit apart
	FormationsKept   = "kept"   // in as few sittings that follow each other as they fill
)

// SeatingDef is how people without a sitting are given one.
type SeatingDef struct {
	Formations string `json:"formations"` // FormationsSpread or FormationsKept
	// ReservePercent of a room's seats stay free in each sitting, rounded down: computers fail.
	ReservePercent int `json:"reserve_percent,omitempty"`
	// RoomsFor says what a room has to fit for an accommodation. One that is not named here
	// asks for itself where some room fits it by that name, and for nothing otherwise.
	RoomsFor map[string][]string `json:"rooms_for,omitempty"`
}

// DefaultSeating holds for an exam that says nothing.
func DefaultSeating() SeatingDef { return SeatingDef{Formations: FormationsSpread} }

// CardDef is what an exam card tells a candidate beside place and hour. Empty lists are the
// usual ones.
type CardDef struct {
	Bring []string `json:"bring,omitempty"`
	Rules []string `json:"rules,omitempty"`
}

// SeatingRule is how the exam gives sittings.
func (d *Definition) SeatingRule() SeatingDef {
	if d.Seating == nil {
		return DefaultSeating()
	}
	return *d.Seating
}

// Asks is what a room has to fit for an accommodation, in order; nil for nothing.
func (d *Definition) Asks(accommodation string) []string {
	if accommodation == "" {
		return nil
	}
	if asks, named := d.SeatingRule().RoomsFor[accommodation]; named {
		asks = slices.Clone(asks)
		slices.Sort(asks)
		return slices.Compact(asks)
	}
	for _, r := range d.Rooms {
		if slices.Contains(r.Fits, accommodation) {
			return []string{accommodation}
		}
	}
	return nil
}

// placeFaults names what is wrong with rooms, seating and card.
func (d *Definition) placeFaults(fault func(string, ...any)) {
	for _, s := range d.Sites {
		if len(s.Address) > 300 {
			fault("site %s: the address has %d letters: use at most 300", s.Code, len(s.Address))
		}
	}
	for _, r := range d.Rooms {
		for _, f := range r.Fits {
			if !accommodationCode(f) {
				fault("room %s: fits %q: use codes such as ground_floor, wheelchair or separate", r.Code, f)
			}
		}
		if r.Reserved && len(r.Fits) == 0 {
			fault("room %s: it is reserved and fits nothing, so that nobody could sit there: say what it fits", r.Code)
		}
	}
	if d.Seating != nil {
		if f := d.Seating.Formations; f != FormationsSpread && f != FormationsKept {
			fault("seating: formations %q: use %s or %s", f, FormationsSpread, FormationsKept)
		}
		if p := d.Seating.ReservePercent; p < 0 || p > 50 {
			fault("seating: reserve_percent %d: use 0 to 50", p)
		}
		for accommodation, asks := range d.Seating.RoomsFor {
			for _, f := range asks {
				if !slices.ContainsFunc(d.Rooms, func(r RoomDef) bool { return slices.Contains(r.Fits, f) }) {
					fault("seating: rooms_for %s asks for %q, and no room fits it: add it to a room's fits", accommodation, f)
				}
			}
		}
	}
	if d.Card != nil {
		for _, lines := range [][]string{d.Card.Bring, d.Card.Rules} {
			if len(lines) > 12 || slices.ContainsFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" || len(l) > 200 }) {
				fault("card: use up to 12 lines of 1 to 200 letters for bring, and for rules: they have to fit on the card")
			}
		}
	}
}

func accommodationCode(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// SiteName is what people call the site of a code; a code that no site has is its own name.
func (d *Definition) SiteName(code string) string {
	for _, s := range d.Sites {
		if s.Code == code {
			return s.Name
		}
	}
	return code
}
