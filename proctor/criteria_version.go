package proctor

import (
	"context"

	"terang/engine"
)

// Version is a part of an exam's criteria as two people published it. It is in force from
// its instant until the next version of the same part.
type Version struct {
	Part   Part
	N      int // from 1
	At     engine.Instant
	By     string
	Two    string
	Roles  string // of the two, as they were then
	Rows   int
	Hash   string // SHA-256 of the table, under which the archive has it
	Reason string // SHA-256 of the words, which the register has
}

func versionOf(e *engine.Event) Version {
	return Version{Part: Part(e.Act), N: int(e.MS), At: e.At, By: e.By, Two: e.Two, Roles: e.Why, Rows: int(e.Extra), Hash: e.Text, Reason: e.Form}
}

// Versions are all that an exam has published, in its order.
func (l *Log) Versions(ctx context.Context, exam string) (all []Version, err error) {
	err = l.look(ctx, engine.ExamStream+exam, func(t *tip) {
		for i := range t.published {
			all = append(all, versionOf(&t.published[i]))
		}
	})
	return all, err
}

// InForce is the version of a part at an instant, nil if there was none yet.
func InForce(versions []Version, part Part, at engine.Instant) (found *Version) {
	for i := range versions {
		if v := &versions[i]; v.Part == part && v.At <= at {
			found = v
		}
	}
	return found
}

// VersionOf is a version by its number, nil if there is none.
func VersionOf(versions []Version, part Part, n int) *Version {
	for i := range versions {
		if versions[i].Part == part && versions[i].N == n {
			return &versions[i]
		}
	}
	return nil
}

// ApplicantFault is why somebody's application does not fit the formations in force.
type ApplicantFault struct {
	Number    string `json:"number"`
	Formation string `json:"formation"`
	Code      string `json:"code"` // unknown, need, closed or minutes
}

// Codes of ApplicantFault.
const (
	ApplicantUnknown = "unknown" // no such formation
	ApplicantNeed    = "need"    // the rules know no threshold for its need
	ApplicantClosed  = "closed"  // it has no seats
	ApplicantMinutes = "minutes" // the person is blind, and has not the time that the rules give there
)

// CheckApplicants holds what people applied for against formations.
func CheckApplicants(people []*Person, formations []Formation, decides func(Formation) error) []ApplicantFault {
	known := make(map[string]string, len(formations)) // code -> fault
	for _, f := range formations {
		switch {
		case decides(f) != nil:
			known[f.Code] = ApplicantNeed
		case f.Seats == 0:
			known[f.Code] = ApplicantClosed
		default:
			known[f.Code] = ""
		}
	}
	faults := []ApplicantFault{}
	for _, p := range people {
		code, ok := known[p.Formation]
		if !ok {
			code = ApplicantUnknown
		}
		if code != "" {
			faults = append(faults, ApplicantFault{Number: p.Number, Formation: p.Formation, Code: code})
		}
	}
	return faults
}
