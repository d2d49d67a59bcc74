package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Definition is an exam as its authority writes it: the file exam.json.
type Definition struct {
	Code      string          `json:"code"`
	Title     string          `json:"title"`
	RuleSet   string          `json:"ruleset"`   // name of a rule set, e.g. skd-2024
	Bank      string          `json:"bank"`      // "sample", or the SHA-256 of a bank version
	Blueprint json.RawMessage `json:"blueprint"` // what a form is made of; read by questionbank
	Sites     []SiteDef       `json:"sites"`
	Rooms     []RoomDef       `json:"rooms"`
	Sittings  []SittingDef    `json:"sittings"`
	Policy    Policy          `json:"policy"`
	Seating   *SeatingDef     `json:"seating,omitempty"` // how people without a sitting are given one; nil: DefaultSeating
	Card      *CardDef        `json:"card,omitempty"`    // what the exam card says beside the place; nil: the usual
	// Survey is what candidates are asked after their finish; nil: a few questions that fit
	// every exam, empty: nothing.
	Survey *[]SurveyQuestion `json:"survey,omitempty"`
	// Earlier are codes of exams in the same journal, over when this one is made: whoever
	// began one of them under the same number is given none of its items again.
	Earlier []string `json:"earlier,omitempty"`
	// Rehearsal marks every page and frame of the exam, keeps its boards from the public,
	// and lets it be removed. It is decided when the exam is made.
	Rehearsal bool `json:"rehearsal,omitempty"`
}

// SiteDef is a place with its own time zone.
type SiteDef struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Zone string `json:"zone"` // IANA, e.g. Asia/Jakarta
	// Address is what a candidate finds the site by: street, town.
	Address string `json:"address,omitempty"`
	// Networks of the candidates' computers, as CIDR: from there boards that could answer
	// questions are refused, and a number of another site is told where it belongs.
	Networks []string `json:"networks,omitempty"`
	Closed   bool     `json:"closed,omitempty"` // after the exam was made: nothing more is held here
}

// RoomDef is a room of a site.
type RoomDef struct {
	Code  string `json:"code"`
	Site  string `json:"site"`
	Name  string `json:"name"`
	Seats int    `json:"seats"`
	// Spare are the seats of them that nobody is given at check-in while another is free:
	// a candidate whose computer fails goes on there.
	Spare []string `json:"spare,omitempty"`
	// Fits is what the room offers to who needs it, e.g. ground_floor, wheelchair, separate.
	Fits []string `json:"fits,omitempty"`
	// Reserved rooms take only people who need something that they fit.
	Reserved bool `json:"reserved,omitempty"`
	Closed   bool `json:"closed,omitempty"` // after the exam was made: nothing more is held here
}

// SittingDef is one session at one site.
type SittingDef struct {
	Code    string `json:"code"`
	Site    string `json:"site"`
	Room    string `json:"room"`
	Title   string `json:"title"`
	Start   string `json:"start"`             // RFC 3339, or local to the site: 2026-11-22T08:00
	Minutes int    `json:"minutes,omitempty"` // 0: as the rule set says
	Closed  bool   `json:"closed,omitempty"`  // after the exam was made: it is not held
}

var codePattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// ParseDefinition reads an exam file. Unknown keys, values of a wrong type and dangling references
// are faults, all of them named in one error.
func ParseDefinition(data []byte) (*Definition, error) {
	d := &Definition{Policy: DefaultPolicy()}
	dec := json.NewDecoder(bytes.NewReader(data))
	err := dec.Decode(d) // reads on after a value of the wrong type
	var kind *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &kind) {
		at := int64(len(data))
		if bad := new(json.SyntaxError); errors.As(err, &bad) {
			at = bad.Offset
		}
		return nil, fmt.Errorf("exam file: it is no JSON at byte %d, line %d: %w", at, 1+bytes.Count(data[:min(at, int64(len(data)))], []byte("\n")), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("exam file: something stands after the closing brace; remove it")
	}
	var faults []error
	for _, unknown := range UnknownKeys(data, reflect.TypeFor[Definition](), false) {
		faults = append(faults, fmt.Errorf("exam file: %w", unknown))
	}
	if kind == nil {
		faults = append(faults, d.Validate())
		return d, errors.Join(faults...)
	}
	// What is wrong because a value could not be read is not the file's fault: it depends on
	// what stands in its place.
	whole, wrong := Fitted(data, reflect.TypeFor[Definition]())
	for _, one := range wrong {
		faults = append(faults, fmt.Errorf("exam file: %w", one))
	}
	filled := &Definition{Policy: DefaultPolicy()}
	if err := json.Unmarshal(whole, filled); err != nil || len(wrong) == 0 {
		faults = append(faults, fmt.Errorf("exam file: %s: a %s does not belong there", kind.Field, kind.Value))
	} else {
		faults = append(faults, both(d.Validate(), filled.Validate())...)
	}
	return d, errors.Join(faults...)
}

// CheckKeys refuses what ParseDefinition takes and could be misunderstood, of a file that is no
// exam's yet: a key that stands twice, or in other letters than the known one.
func CheckKeys(data []byte) error {
	var faults []error
	for _, unknown := range UnknownKeys(data, reflect.TypeFor[Definition](), true) {
		faults = append(faults, fmt.Errorf("exam file: %w", unknown))
	}
	if err := RepeatedKey(data); err != nil {
		faults = append(faults, fmt.Errorf("exam file: %w", err))
	}
	return errors.Join(faults...)
}

// File is the exam file as a person would write it.
func (d *Definition) File() ([]byte, error) {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write exam file %s: %w", d.Code, err)
	}
	return append(b, '\n'), nil
}

// Validate names every fault.
func (d *Definition) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("exam file: "+format, args...)) }
	code := func(what, c string) {
		if !codePattern.MatchString(c) {
			fault("%s %q: use 1 to 40 of a-z 0-9 -", what, c)
		}
	}
	code("code", d.Code)
	if d.Title == "" {
		fault("title is empty: say what the candidates shall read")
	}
	if d.RuleSet == "" {
		fault("ruleset is empty: name one, e.g. skd-2024")
	}
	d.siteFaults(fault, code)
	d.roomFaults(fault, code)
	d.sittingFaults(fault, code)
	for i, earlier := range d.Earlier {
		code("earlier", earlier)
		if earlier == d.Code || slices.Contains(d.Earlier[:i], earlier) {
			fault("earlier %s: name each other exam once", earlier)
		}
	}
	if d.Survey != nil {
		checkSurvey(*d.Survey, fault)
	}
	for _, err := range d.Policy.faults() {
		fault("%w", err)
	}
	for _, err := range d.Policy.Objections.faults() {
		fault("policy objections: %w", err)
	}
	d.placeFaults(fault)
	return errors.Join(faults...)
}

func (d *Definition) siteFaults(fault func(string, ...any), code func(what, c string)) {
	known := map[string]bool{}
	for _, s := range d.Sites {
		code("site", s.Code)
		if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" {
			fault("site %s: zone %q is not an IANA time zone such as Asia/Jakarta", s.Code, s.Zone)
		}
		for _, n := range s.Networks {
			if _, err := netip.ParsePrefix(n); err != nil {
				fault("site %s: network %q: write it as 10.20.0.0/16", s.Code, n)
			}
		}
		if known[s.Code] {
			fault("site %s stands twice", s.Code)
		}
		known[s.Code] = true
		if d.Policy.Place.Networks && len(s.Networks) == 0 && slices.ContainsFunc(d.Sittings, func(x SittingDef) bool { return x.Site == s.Code }) {
			fault("site %s has no networks, and policy place.networks lets candidates in from those only: name them, as 10.20.0.0/16", s.Code)
		}
	}
}

func (d *Definition) roomFaults(fault func(string, ...any), code func(what, c string)) {
	known := map[string]bool{}
	for _, r := range d.Rooms {
		code("room", r.Code)
		if known[r.Code] {
			fault("room %s stands twice", r.Code)
		}
		known[r.Code] = true
		if !slices.ContainsFunc(d.Sites, func(s SiteDef) bool { return s.Code == r.Site }) {
			fault("room %s: no site %q", r.Code, r.Site)
		}
		if r.Seats < 1 || r.Seats > 2000 {
			fault("room %s: %d seats: use 1 to 2000", r.Code, r.Seats)
		}
		if len(r.Spare) >= r.Seats && r.Seats > 0 {
			fault("room %s: %d of %d seats are spare: leave some for candidates", r.Code, len(r.Spare), r.Seats)
		}
		for i, seat := range r.Spare {
			if n, err := strconv.Atoi(seat); seat == "" || slices.Contains(r.Spare[:i], seat) || err == nil && (n < 1 || n > r.Seats) {
				fault("room %s: spare seat %q: name each of its %d seats once", r.Code, seat, r.Seats)
			}
		}
	}
}

func (d *Definition) sittingFaults(fault func(string, ...any), code func(what, c string)) {
	known := map[string]bool{}
	for _, s := range d.Sittings {
		code("sitting", s.Code)
		if known[s.Code] {
			fault("sitting %s stands twice", s.Code)
		}
		known[s.Code] = true
		if !slices.ContainsFunc(d.Rooms, func(r RoomDef) bool { return r.Code == s.Room && r.Site == s.Site }) {
			fault("sitting %s: no room %q at site %q", s.Code, s.Room, s.Site)
		}
		if _, err := d.StartOf(s); err != nil {
			fault("sitting %s: %v", s.Code, err)
		}
		if s.Minutes < 0 || s.Minutes > 600 {
			fault("sitting %s: %d minutes: use 1 to 600, or leave it out", s.Code, s.Minutes)
		}
	}
	if len(d.Sittings) == 0 {
		fault("no sittings: add at least one")
	}
}

// StartOf is the planned start of a sitting; a time without an offset is local to its site.
func (d *Definition) StartOf(s SittingDef) (Instant, error) {
	if t, err := time.Parse(time.RFC3339, s.Start); err == nil {
		return InstantOf(t), nil
	}
	zone := time.UTC
	for _, site := range d.Sites {
		if site.Code == s.Site {
			if z, err := time.LoadLocation(site.Zone); err == nil {
				zone = z
			}
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s.Start, zone); err == nil {
			return InstantOf(t), nil
		}
	}
	return 0, fmt.Errorf("start %q: write 2026-11-22T08:00 (time of the site) or with an offset", s.Start)
}

// Networked says whether the exam file tells where a site's computers are.
func (d *Definition) Networked(site string) bool {
	return slices.ContainsFunc(d.Sites, func(s SiteDef) bool { return s.Code == site && len(s.Networks) > 0 })
}

// Within says whether an address is in the networks of a site.
func (d *Definition) Within(site string, addr netip.Addr) bool {
	for _, s := range d.Sites {
		if s.Code != site {
			continue
		}
		for _, n := range s.Networks {
			if prefix, err := netip.ParsePrefix(n); err == nil && prefix.Contains(addr) {
				return true
			}
		}
	}
	return false
}

// Zone is the time zone of a sitting's site.
func (d *Definition) Zone(sitting string) *time.Location {
	for _, s := range d.Sittings {
		if s.Code != sitting {
			continue
		}
		for _, site := range d.Sites {
			if site.Code == s.Site {
				if z, err := time.LoadLocation(site.Zone); err == nil {
					return z
				}
			}
		}
	}
	return time.UTC
}
