package engine

import (
	"errors"
	"fmt"
	"regexp"
)

// BrowserPolicy is what an exam asks of the candidates' browser: Safe Exam Browser, with a
// configuration that it knows. Off by default.
type BrowserPolicy struct {
	Required bool `json:"required"`
	// ConfigKeys of the configurations that are let in, 64 hex each. None: only the one that
	// the server hands out.
	ConfigKeys []string `json:"config_keys,omitempty"`
	// BrowserExamKeys, one for each platform and version in use, 64 hex each. None: they are
	// not asked for.
	BrowserExamKeys []string `json:"browser_exam_keys,omitempty"`
	// QuitPassword is the SHA-256, in hex, of the password that quits the browser; it stands
	// in the configuration, which everybody can read: let it be long.
	QuitPassword string `json:"quit_password_sha256,omitempty"`
}

// PlacePolicy is where candidates may sign in. All of it is off by default, and a supervisor
// may lift it for a sitting, by record.
type PlacePolicy struct {
	Networks bool `json:"networks"` // from the networks of the own site only
	Seats    bool `json:"seats"`    // at a registered computer only, and only at the own seat
}

var keyPattern = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// Validate names every value that no browser can fit.
func (p BrowserPolicy) Validate() error {
	var faults []error
	for _, list := range []struct {
		name, remedy string
		keys         []string
	}{
		{"config_keys", "copy the Config Key from the SEB Configuration Tool, or from terang exam seb --of FILE.seb", p.ConfigKeys},
		{"browser_exam_keys", "copy the Browser Exam Key from SEB itself, one for each platform and version", p.BrowserExamKeys},
	} {
		seen := map[string]int{}
		for i, key := range list.keys {
			if !keyPattern.MatchString(key) {
				faults = append(faults, fmt.Errorf("policy seb.%s, entry %d, is %.80q: 64 hex digits; %s", list.name, i+1, key, list.remedy))
			} else if before := seen[key]; before > 0 {
				faults = append(faults, fmt.Errorf("policy seb.%s, entry %d, stands at %d already: remove one", list.name, i+1, before))
			}
			seen[key] = i + 1
		}
	}
	if p.QuitPassword != "" && !keyPattern.MatchString(p.QuitPassword) {
		faults = append(faults, fmt.Errorf("policy seb.quit_password_sha256 is %.80q: give the SHA-256 of the password in hex (printf %%s PASSWORD | sha256sum), not the password", p.QuitPassword))
	}
	if !p.Required && len(p.ConfigKeys)+len(p.BrowserExamKeys) > 0 {
		faults = append(faults, errors.New("policy seb names keys and does not ask for the browser: write \"required\": true, or remove them"))
	}
	return errors.Join(faults...)
}
