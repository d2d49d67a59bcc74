package proctor

import (
	"strings"

	"terang/engine"
)

// Person is a candidate of one exam: a row of the roster. The attempt's id stands for the
// person wherever the journal speaks.
type Person struct {
	Attempt       string `json:"attempt"` // UUIDv7, given when the roster is first saved
	Exam          string `json:"exam"`
	Number        string `json:"number"` // as imported; NormalNumber compares
	Name          string `json:"name"`
	BirthDate     string `json:"birth_date"` // 2006-01-02
	Formation     string `json:"formation"`
	Site          string `json:"site"`
	Sitting       string `json:"sitting,omitempty"` // code; empty while not yet placed
	Seat          string `json:"seat,omitempty"`    // reserved; empty: given at check-in
	Accommodation string `json:"accommodation,omitempty"`
	ExtraMinutes  int    `json:"extra_minutes,omitempty"`
	Photo         string `json:"photo,omitempty"` // file name of the registration photo
	// Was are the places where the person was expected before, oldest first. It is told to
	// that person, and no part of a roster.
	Was     []Placement `json:"was,omitempty"`
	Removed int         `json:"removed,omitempty"` // version of the roster that no longer names this person
}

// SittingID names the person's sitting as streams and addresses do, "" if there is none.
func (p *Person) SittingID() string {
	if p.Sitting == "" {
		return ""
	}
	return p.Exam + "." + p.Sitting
}

// Formation is a post with its quota.
type Formation struct {
	Code      string `json:"code"`
	Agency    string `json:"agency"`
	Post      string `json:"post"`
	Education string `json:"education"`
	Placement string `json:"placement"`
	Need      string `json:"need"` // one of Needs
	Seats     int    `json:"seats"`
	// Minima are scores that the post sets for itself where the rule set leaves them to it,
	// by section; nil for most.
	Minima map[string]int `json:"minima,omitempty"`
}

// Needs are the types of need that a formation may have, with those of older rule sets.
var Needs = []string{
	"general", "cumlaude", "diaspora", "disability", "papua", "kalimantan",
	"underdeveloped_region", "cyber_security", "doctor", "seafarer_rescuer_volcano",
	"ex_honorer_k2", "athlete", "specialist_doctor_flight_instructor", "field_post",
}

// NormalNumber is the form in which participant numbers are compared: upper case without
// hyphens. It is false when number is not 1 to 20 of A-Z, 0-9 and hyphen.
func NormalNumber(number string) (string, bool) {
	n := strings.ToUpper(strings.TrimSpace(number))
	if len(n) > 20 {
		return "", false
	}
	for i := range len(n) {
		c := n[i]
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return "", false
		}
	}
	n = strings.ReplaceAll(n, "-", "")
	return n, n != ""
}

// sittingOf finds a sitting of an exam and its room.
func sittingOf(def *engine.Definition, code string) (engine.SittingDef, engine.RoomDef, bool) {
	for _, s := range def.Sittings {
		if s.Code != code {
			continue
		}
		for _, r := range def.Rooms {
			if r.Code == s.Room {
				return s, r, true
			}
		}
	}
	return engine.SittingDef{}, engine.RoomDef{}, false
}
