package stores

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"terang/engine"
	"terang/proctor"
)

// KindSite is the kind of the register's entries that make a journal a site's: Own, Met and
// Secrets. The centre's has none.
const KindSite = "site"

// IDs of KindSite.
const (
	SiteOwn     = "own"     // a Site
	SiteMet     = "met"     // what items people met before, by attempt: a map of lists
	SiteSecrets = "secrets" // SiteKeys under the journal's own key file
)

// Site says of a journal that it is that of a site which holds one sitting by itself.
type Site struct {
	Exam    string `json:"exam"`
	Sitting string `json:"sitting"`          // EXAM.SITTING
	Site    string `json:"site"`             // code
	Handed  int    `json:"handed"`           // version of the HandedOver in the sitting's stream
	Pack    string `json:"pack"`             // SHA-256 of the file that the journal was made from
	Sealed  string `json:"sealed,omitempty"` // SHA-256 of the sealed pack from which bank, plan and seed come at their hour; "" where they came with the sitting
}

// Stream is the journal's own stream.
func (s *Site) Stream() string { return proctor.SiteStreamOf(s.Sitting, s.Handed) }

// SiteKeys are the secrets that came with a sitting: single ones of the centre's, and the key
// that what goes back is signed with.
type SiteKeys struct {
	Given  map[string][]byte `json:"given"`
	Signer string            `json:"signer"`
}

// siteUse is for what SiteKeys are sealed.
const siteUse = "site"

// Seal is what the register keeps of them.
func (k *SiteKeys) Seal(keys *KeyFile) ([]byte, error) {
	plain, err := json.Marshal(k)
	return keys.Seal(siteUse, plain), err
}

// errSealed is ErrUnplanned of an exam that a site has sealed.
type errSealed struct{ pack string }

func (e errSealed) Error() string {
	return "its items, its plan and its seed are sealed until the hour of the pack " + e.pack + ": start terang serve with --pack"
}
func (errSealed) Is(target error) bool { return target == ErrUnplanned }

// sealed says of a site's exam that its pack was not opened yet.
func (s *DB) sealed(ctx context.Context, exam string) error {
	if s.Site == nil || s.Site.Sealed == "" {
		return nil
	}
	_, err := s.Register.Get(ctx, KindSeed, exam)
	if errors.Is(err, engine.ErrAbsent) {
		return errSealed{s.Site.Sealed}
	}
	return err
}

// Unseal puts what a sealed pack held of the exam where it is served from, if it is what the
// exam's stream committed to. The seed comes last: with it the exam is there.
func (s *DB) Unseal(ctx context.Context, keys *KeyFile, bank, plan, seed []byte) error {
	recorded, err := s.ExamRecord(ctx, s.Site.Exam)
	if err != nil {
		return err
	}
	if engine.SHA256(string(bank)) != recorded.Bank || engine.SHA256(string(plan)) != recorded.Plan || engine.SHA256(string(seed)) != recorded.Seed {
		return fmt.Errorf("the pack is not what exam %s committed to: ask the centre for the pack %s", s.Site.Exam, s.Site.Sealed)
	}
	for _, body := range [][]byte{bank, plan} {
		if _, err := s.Archive.Keep(ctx, body); err != nil {
			return err
		}
	}
	return s.Register.Put(ctx, engine.Entry{Kind: KindSeed, ID: s.Site.Exam, Body: keys.Seal("seed/"+s.Site.Exam, seed)})
}

// asSite reads whether the database is a site's, and then lets nobody append to a stream whose
// home it is not.
func (s *DB) asSite(ctx context.Context) error {
	body, err := s.Register.Get(ctx, KindSite, SiteOwn)
	if errors.Is(err, engine.ErrAbsent) {
		return nil
	}
	site := new(Site)
	if err == nil {
		err = json.Unmarshal(body, site)
	}
	if err != nil {
		return fmt.Errorf("whose journal this is: %w", err)
	}
	attempts := make(map[string]bool)
	err = s.Register.List(ctx, proctor.KindPerson, site.Exam+"/", func(e engine.Entry) error {
		attempts[e.ID[len(site.Exam)+1:]] = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("who is expected at %s: %w", site.Sitting, err)
	}
	s.Site = site
	s.Journal = &engine.Homed{Journal: s.Journal, Home: engine.SiteHome(site.Sitting, site.Stream(), engine.AuditStream+proctor.SiteAudit(site.Sitting), attempts)}
	return nil
}

// SiteKeys are those of a site's database.
func (s *DB) SiteKeys(ctx context.Context, keys *KeyFile) (*SiteKeys, error) {
	sealed, err := s.Register.Get(ctx, KindSite, SiteSecrets)
	if err != nil {
		return nil, fmt.Errorf("the secrets that came with the sitting: %w", err)
	}
	plain, err := keys.Open(siteUse, sealed)
	if err != nil {
		return nil, err
	}
	k := new(SiteKeys)
	return k, json.Unmarshal(plain, k)
}

// Proctor are the secrets of the room: at a site those that came with the sitting among them.
func (s *DB) Proctor(ctx context.Context, keys *KeyFile) (proctor.Keys, error) {
	secrets := proctor.Keys{Secret: keys.Derive("proctor")}
	if s.Site == nil {
		return secrets, nil
	}
	given, err := s.SiteKeys(ctx, keys)
	if err == nil {
		secrets.Given = given.Given
	}
	return secrets, err
}

// met is what came with a sitting of the items that its people met before.
func (s *DB) met(ctx context.Context) (map[string][]string, error) {
	body, err := s.Register.Get(ctx, KindSite, SiteMet)
	seen := make(map[string][]string)
	if err == nil {
		err = json.Unmarshal(body, &seen)
	}
	if err != nil {
		return nil, fmt.Errorf("what was met in earlier exams: %w", err)
	}
	return seen, nil
}
