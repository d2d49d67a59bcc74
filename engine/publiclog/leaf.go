package publiclog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Format is the version that every leaf's bytes begin with.
const Format = 1

// Kind is what a leaf is about. The names are part of the logged bytes: they never change.
type Kind string

// The kinds. The fields that each has are in the table fields.
const (
	// What is fixed before a sitting.
	KeyLeaf        Kind = "key"        // act: added or retired; key: the vkey. The first leaf of a log is one
	SoftwareLeaf   Kind = "software"   // name: version of the program that writes from here on; hash: of its file; count: its table of leaves
	ExamLeaf       Kind = "exam"       // hash: of the exam's file
	PlacesLeaf     Kind = "places"     // hash: of the exam's file, in which sites, rooms or sittings are others than before
	RulesLeaf      Kind = "rules"      // name: of the rule set, hash: of its bytes
	PlanLeaf       Kind = "plan"       // plan and bank: hashes of the form plan and of the bank version
	SeedLeaf       Kind = "seed"       // hash: SHA-256 of the seed that is made of two people's parts
	RosterLeaf     Kind = "roster"     // act: loaded or frozen; sealed: the roster's SHA-256 in hex; count: people
	FormationsLeaf Kind = "formations" // hash: of the formations; count: rows
	CriteriaLeaf   Kind = "criteria"   // act: formations, criteria or calendar; version, hash and count: of its table
	PackLeaf       Kind = "pack"       // act: sealed, voided or opened; hash: of the sealed pack

	// What happens.
	SittingLeaf Kind = "sitting" // act: what became of it; from: the start of one that is planned, postponed or started; sealed: of one that is started the adjustments that stand, see keeper.Adjustments
	ActLeaf     Kind = "act"     // act: as staff's API names it; step: of an act of two people, empty when it was done
	BoardLeaf   Kind = "board"   // name: the board's id; act: frozen or unfrozen; hash: of its frame; count: rows
	AttemptLeaf Kind = "attempt" // an attempt is over; of a later one of the same attempt replaces is set

	// What is decided.
	AnnulledLeaf  Kind = "annulled"  // version: how many annulments hold; act: the policy; sealed: the hash of the decision in hex
	RescoredLeaf  Kind = "rescored"  // the points of an attempt, by its fingerprint, after so many annulments; where they are others than before the last
	ListLeaf      Kind = "list"      // act: frozen, released or unfrozen; hash: of the list
	ObjectionLeaf Kind = "objection" // act: filed, withdrawn or decided; why: the outcome; count: how many were filed so far
	MinutesLeaf   Kind = "minutes"   // act: closed, signed or witnessed; version; sealed: the hash of the minutes in hex
	RevealLeaf    Kind = "reveal"    // seed: whose SHA-256 is the hash of the seed's leaf
)

// who are the fields of a leaf that says who acted.
const who = " by actor role second second_role about event"

// fields are those that a leaf of each kind may have beside v, kind and at.
var fields = map[Kind]string{
	KeyLeaf:        "act key",
	SoftwareLeaf:   "name hash count",
	ExamLeaf:       "exam hash" + who,
	PlacesLeaf:     "exam hash" + who,
	RulesLeaf:      "exam name hash" + who,
	PlanLeaf:       "exam plan bank" + who,
	SeedLeaf:       "exam hash" + who,
	RosterLeaf:     "exam act sealed count" + who,
	FormationsLeaf: "exam hash count" + who,
	CriteriaLeaf:   "exam act version hash count" + who,
	PackLeaf:       "exam act hash" + who,
	SittingLeaf:    "exam sitting act from sealed" + who,
	ActLeaf:        "exam sitting act step" + who,
	BoardLeaf:      "exam name act hash count" + who,
	AttemptLeaf:    "exam sitting attempt number fingerprint status why scores sealed replaces",
	AnnulledLeaf:   "exam version act sealed" + who,
	RescoredLeaf:   "exam attempt fingerprint version scores sealed",
	ListLeaf:       "exam act hash" + who,
	ObjectionLeaf:  "exam act why count event",
	MinutesLeaf:    "exam sitting act version sealed" + who,
	RevealLeaf:     "exam seed" + who,
}

// Status of an attempt's leaf. Whether it meets the thresholds is not in it: together with
// the scores that would tell for some which need they applied under.
const (
	Finished     = "finished"
	Disqualified = "disqualified" // without scores
)

// Leaf is one entry of the log: the union of the fields of all kinds. Its canonical bytes
// are one JSON object, fields in the order of this type, without white space, those with a
// zero value left out, characters beyond ASCII and < > & as they are.
type Leaf struct {
	V       int    `json:"v"` // Format
	Kind    Kind   `json:"kind"`
	At      Time   `json:"at"` // the journal's instant of what happened
	Exam    string `json:"exam,omitempty"`
	Sitting string `json:"sitting,omitempty"` // code within the exam
	Act     string `json:"act,omitempty"`     // [a-z0-9_]
	Step    string `json:"step,omitempty"`    // proposed, approved, refused, expired or denied; empty: it was done
	Name    string `json:"name,omitempty"`    // of a document or a program, never of a person
	From    Time   `json:"from,omitzero"`

	By         By         `json:"by,omitempty"`    // what kind of actor
	Actor      Commitment `json:"actor,omitzero"`  // the account that acted
	Role       string     `json:"role,omitempty"`  // that it had there then, by the grants that are recorded; of several all, joined by +
	Second     Commitment `json:"second,omitzero"` // the second person of an act of two
	SecondRole string     `json:"second_role,omitempty"`
	About      Commitment `json:"about,omitzero"`  // the attempt or account that it was done to
	Event      Commitment `json:"event,omitzero"`  // the link in hex of the journal's event that the leaf comes from
	Number     Commitment `json:"number,omitzero"` // the participant number as it stands on the form
	Sealed     Commitment `json:"sealed,omitzero"` // what the kind says; of scores their text, see ScoreText

	Attempt     string  `json:"attempt,omitempty"` // UUID
	Fingerprint Hash    `json:"fingerprint,omitzero"`
	Status      string  `json:"status,omitempty"`
	Why         string  `json:"why,omitempty"` // a code
	Scores      []Score `json:"scores,omitempty"`
	Version     int64   `json:"version,omitempty"`
	Replaces    Hash    `json:"replaces,omitzero"` // fingerprint of the same attempt that no longer stands

	Hash  Hash   `json:"hash,omitzero"` // SHA-256 of a document
	Plan  Hash   `json:"plan,omitzero"`
	Bank  Hash   `json:"bank,omitzero"`
	Seed  Hash   `json:"seed,omitzero"` // a seed that was revealed
	Count int64  `json:"count,omitempty"`
	Key   string `json:"key,omitempty"` // a vkey of C2SP signed-note
}

// Score is the points of one section by the exam's key, before any annulment in a leaf of
// AttemptLeaf, after those up to its version in one of RescoredLeaf.
type Score struct {
	Section string `json:"section"`
	Points  int    `json:"points"`
}

// ScoreText is how scores are sealed where an exam shows none: "TWK=110 TIU=80 TKP=146".
func ScoreText(scores []Score) string {
	parts := make([]string, len(scores))
	for i, s := range scores {
		parts[i] = fmt.Sprintf("%s=%d", s.Section, s.Points)
	}
	return strings.Join(parts, " ")
}

// By is what kind of actor did something.
type By string

// The kinds of actors.
const (
	ByStaff     By = "staff"
	ByEngine    By = "engine"
	ByCandidate By = "candidate"
)

// Time is an instant in UTC milliseconds since the Unix epoch; in JSON RFC 3339 with
// milliseconds.
type Time int64

// timeLayout is that of engine.Instant, which this package does not know.
const timeLayout = "2006-01-02T15:04:05.000Z"

// String is the instant as it stands in a leaf.
func (t Time) String() string { return time.UnixMilli(int64(t)).UTC().Format(timeLayout) }

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Time) UnmarshalText(text []byte) error {
	at, err := time.Parse(timeLayout, string(text))
	*t = Time(at.UnixMilli())
	return err
}

// Fit empties the texts that do not have their shape. A word that a later program writes
// into its journal must neither come into the log nor stop it.
func (l *Leaf) Fit() {
	v := reflect.ValueOf(l).Elem()
	for f, value := range v.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if shape := shapes[name]; shape != nil && value.String() != "" && !shape.MatchString(value.String()) {
			value.SetZero()
		}
	}
}

// Bytes are the leaf's canonical bytes. A leaf with a field that its kind does not have, or
// with a text where a code belongs, is refused: nobody's words come into the log by mistake.
func (l *Leaf) Bytes() ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	return l.encode()
}

func (l *Leaf) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		return nil, fmt.Errorf("leaf %s: %w", l.Kind, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// ParseLeaf reads canonical bytes; anything else is an error.
func ParseLeaf(data []byte) (*Leaf, error) {
	l := new(Leaf)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return nil, fmt.Errorf("leaf %.80q: %w", data, err)
	}
	again, err := l.Bytes()
	if err != nil {
		return nil, fmt.Errorf("leaf %.80q: %w", data, err)
	}
	if !bytes.Equal(again, data) {
		return nil, fmt.Errorf("leaf %.80q: not in canonical form", data)
	}
	return l, nil
}

var role = regexp.MustCompile(`^[a-z]{1,20}(\+[a-z]{1,20})*$`)

// shapes are what the texts of a leaf may look like. No name of a person, no sentence and no
// date has any of them.
var shapes = map[string]*regexp.Regexp{
	"exam":        regexp.MustCompile(`^[a-z0-9-]{1,40}$`),
	"sitting":     regexp.MustCompile(`^[a-z0-9-]{1,40}$`),
	"act":         regexp.MustCompile(`^[a-z_]{1,40}$`),
	"step":        regexp.MustCompile(`^(proposed|approved|refused|expired|denied)$`),
	"name":        regexp.MustCompile(`^[A-Za-z0-9._+-]{1,100}$`),
	"by":          regexp.MustCompile(`^(staff|engine|candidate)$`),
	"role":        role,
	"second_role": role,
	"attempt":     regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
	"status":      regexp.MustCompile(`^(finished|disqualified)$`),
	"why":         regexp.MustCompile(`^[a-z_]{1,40}$`),
	"key":         regexp.MustCompile(`^[^\s+]{1,100}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$`),
}

var sectionCode = regexp.MustCompile(`^[^\s=]{1,40}$`) // as the rule set has it

func (l *Leaf) check() error {
	allowed, known := fields[l.Kind]
	if l.V != Format || !known {
		return fmt.Errorf("leaf of format %d, kind %q: this program knows format %d; take a newer one", l.V, l.Kind, Format)
	}
	have := strings.Fields("v kind at " + allowed)
	var faults []error
	v := reflect.ValueOf(l).Elem()
	for f, value := range v.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if value.IsZero() {
			continue
		}
		if !slices.Contains(have, name) {
			faults = append(faults, fmt.Errorf("leaf %s: it has no field %s", l.Kind, name))
		} else if shape := shapes[name]; shape != nil && !shape.MatchString(value.String()) {
			faults = append(faults, fmt.Errorf("leaf %s: %s %q is not of the form %s", l.Kind, name, value, shape))
		}
	}
	for _, s := range l.Scores {
		if !sectionCode.MatchString(s.Section) {
			faults = append(faults, fmt.Errorf("leaf %s: section %q is not of the form %s", l.Kind, s.Section, sectionCode))
		}
	}
	return errors.Join(faults...)
}
