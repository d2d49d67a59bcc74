package placement

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// Sitting is one session in one room.
type Sitting struct {
	Code, Site string
	Start      int64 // orders the sittings of a site; equal ones are ordered by code
	Seats      int   // that may be given
	Fits       []string
	Reserved   bool // only for people who ask for something that it fits
}

// Person is somebody who needs a place.
type Person struct {
	ID        string // unique; what the draw is made by
	Site      string
	Formation string
	Asks      []string // what the room has to fit, sorted
	At        string   // code of the sitting that the person has; "" or unknown: none
}

// Rule is what a plan keeps to beside seats and rooms.
type Rule struct {
	Kept bool // formations are kept together; else they are spread
	Seed []byte
}

// Missing is a lack of seats: of the people of a site who ask for the same.
type Missing struct {
	Site   string
	Asks   []string // nothing: for any room that is not reserved
	People int      // who ask for this
	Seats  int      // in rooms that fit, whoever sits there
	Short  int      // people without a place
}

// Plan is what was decided.
type Plan struct {
	At      []string // sitting of each person, in the order in which they came; nil if seats are missing
	Placed  int      // who had no sitting
	Moved   int      // who had another
	Missing []Missing
}

// Place gives everybody a sitting of their own site, or says what is missing.
func Place(sittings []Sitting, people []Person, rule Rule) Plan {
	sites := map[string]*site{}
	at := func(code string) *site {
		if sites[code] == nil {
			sites[code] = &site{code: code, rule: rule}
		}
		return sites[code]
	}
	for _, s := range sittings {
		at(s.Site).sittings = append(at(s.Site).sittings, s)
	}
	for i := range people {
		p := &people[i]
		at(p.Site).people = append(at(p.Site).people, &guest{Person: p, index: i, draw: draw(rule.Seed, "person/"+p.ID)})
	}
	plan := Plan{At: make([]string, len(people))}
	for _, code := range sorted(sites) {
		s := sites[code]
		if missing := s.place(); len(missing) > 0 {
			plan.Missing = append(plan.Missing, missing...)
			continue
		}
		for _, g := range s.people {
			to := s.sittings[g.to].Code
			plan.At[g.index] = to
			switch g.At {
			case to:
			case "":
				plan.Placed++
			default:
				plan.Moved++
			}
		}
	}
	if len(plan.Missing) > 0 {
		return Plan{Missing: plan.Missing}
	}
	return plan
}

// guest is a person while places are sought.
type guest struct {
	*Person
	index int
	draw  [16]byte
	to    int // index of a sitting
}

// draw is a number that nobody chose.
func draw(seed []byte, of string) (d [16]byte) {
	mac := hmac.New(sha256.New, seed)
	mac.Write([]byte(of))
	copy(d[:], mac.Sum(nil))
	return d
}

func compareDraws(a, b [16]byte) int {
	if c := cmp.Compare(binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8])); c != 0 {
		return c
	}
	return cmp.Compare(binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:]))
}

// fits says whether who asks for this may sit there.
func (s *Sitting) fits(asks []string) bool {
	if s.Reserved && len(asks) == 0 {
		return false
	}
	for _, a := range asks {
		if !slices.Contains(s.Fits, a) {
			return false
		}
	}
	return true
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
