package site

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// Opened says what a pack held.
type Opened struct {
	stores.Site
	People int
	Pack   string // file of the sealed pack that came with it, "" if none did
	Own    bool   // it was checked with the key that came with it, as nobody gave another
	Signer string // public key, if it is the one that came with it
}

// Open makes a site's journal of a pack, in a file that is not there yet, and the key file
// beside it. Keys are those of the public log as the authority published them; none are the
// one in the pack, which proves only that the pack is whole.
func Open(ctx context.Context, flags *stores.Flags, file string, keys []note.Verifier) (*Opened, error) {
	path, ok := strings.CutPrefix(flags.Journal, "sqlite:")
	if !ok {
		return nil, errors.New("a site's journal is a file of its own: give --journal sqlite:FILE")
	}
	for _, name := range []string{path, flags.KeyPath()} {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s exists already: a site's journal is begun once; name a file that does not exist, with --journal", name)
		}
	}
	r, err := openFile(file)
	if err != nil {
		return nil, err
	}
	defer r.close()
	opened := &Opened{Own: keys == nil}
	if opened.Own {
		text, err := r.bytes(vkeyName, unsignedMost)
		if err != nil {
			return nil, err
		}
		opened.Signer = strings.TrimSpace(string(text))
		own, err := note.NewVerifier(opened.Signer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", vkeyName, err)
		}
		keys = []note.Verifier{own}
	}
	if err := r.check(packKind, note.VerifierList(keys...)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	m := &making{read: r, flags: flags}
	if err := m.load(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := m.make(ctx); err != nil {
		return nil, fmt.Errorf("make %s of %s: %w; remove what was made of it, and try again", path, file, err)
	}
	opened.Site, opened.People = m.about.Site, m.people
	if m.about.Sealed == "" {
		return opened, nil
	}
	body, err := r.part(sealedName)
	if err != nil {
		return nil, err
	}
	opened.Pack = path + ".pack"
	return opened, output.New(opened.Pack, body)
}

// making is a site's journal that is being made.
type making struct {
	*read
	flags   *stores.Flags
	of      map[string][]engine.Record
	entries []engine.Entry
	secrets secrets
	people  int
}

// load reads the pack, and refuses one that does not fit together, before anything is made.
func (m *making) load() (err error) {
	if m.of, err = m.streams(); err != nil {
		return err
	}
	rows, err := m.rows()
	if err != nil {
		return err
	}
	attempts := make(map[string]bool)
	for _, one := range rows {
		if one.Kind == proctor.KindPerson {
			attempts[strings.TrimPrefix(one.ID, m.about.Exam+"/")] = true
		}
		m.entries = append(m.entries, engine.Entry{Kind: one.Kind, ID: one.ID, Body: one.Body})
	}
	m.people = len(attempts)
	for name := range m.of {
		id, of := strings.CutPrefix(name, engine.AttemptStream)
		if of && !attempts[id] || !of && name != engine.SittingStream+m.about.Sitting && name != engine.ExamStream+m.about.Exam && name != engine.PackStream+m.about.Exam && name != proctor.StaffAccounts {
			return fmt.Errorf("stream %s is in it, which is not of sitting %s", name, m.about.Sitting)
		}
	}
	state := engine.NewSitting(engine.SittingStream + m.about.Sitting)
	for _, r := range m.of[state.Stream] {
		if err := state.Fold(r); err != nil {
			return err
		}
	}
	if state.Home != m.about.Site.Site || state.Handed != m.about.Handed || state.Home == "" {
		return fmt.Errorf("sitting %s was not handed over to site %s as the pack says", m.about.Sitting, m.about.Site.Site)
	}
	if m.about.Sealed != "" {
		body, err := m.part(sealedName)
		if err != nil || engine.SHA256(string(body)) != m.about.Sealed {
			return errors.Join(err, errors.New("the sealed pack in it is not the one that the exam was sealed in"))
		}
	}
	return m.json(secretsName, &m.secrets)
}

// make writes the journal. That it is a site's stands first: one that was cut short serves
// nothing, and is never taken for the centre's.
func (m *making) make(ctx context.Context) (err error) {
	s, err := stores.Open(m.flags.Journal, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	keys, err := stores.OpenKeys(m.flags.KeyPath())
	if err != nil {
		return err
	}
	m.about.Pack = m.id()
	own, err := json.Marshal(&m.about.Site)
	if err != nil {
		return err
	}
	given := &stores.SiteKeys{Given: m.secrets.Given, Signer: m.secrets.Signer}
	kept, err := given.Seal(keys)
	if err != nil {
		return err
	}
	first := []engine.Entry{
		{Kind: stores.KindSite, ID: stores.SiteOwn, Body: own}, {Kind: stores.KindSite, ID: stores.SiteSecrets, Body: kept},
	}
	if m.secrets.Seed != "" {
		seed, err := hex.DecodeString(m.secrets.Seed)
		if err != nil {
			return fmt.Errorf("seed: %w", err)
		}
		first = append(first, engine.Entry{Kind: stores.KindSeed, ID: m.about.Exam, Body: keys.Seal("seed/"+m.about.Exam, seed)})
	}
	for user, body := range m.secrets.Factor {
		sealed, err := proctor.Reseal(user, body, unsealed{}, keys)
		if err != nil {
			return err
		}
		first = append(first, engine.Entry{Kind: proctor.KindFactor, ID: user, Body: sealed})
	}
	for some := range slices.Chunk(append(first, m.entries...), putMost) {
		if err := s.Register.Put(ctx, some...); err != nil {
			return err
		}
	}
	err = m.documents(func(_ string, body []byte) error {
		_, err := s.Archive.Keep(ctx, body)
		return err
	})
	if err != nil {
		return err
	}
	if err := store(s.Journal, inOrder(m.of, func(string) int { return 0 })); err != nil {
		return err
	}
	return proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Append(ctx, m.about.Stream(), engine.Event{
		Kind: engine.SiteOpened, At: stores.Now(), By: "engine", Act: m.about.Site.Site, Sitting: m.about.Sitting, Text: m.about.Pack, MS: int64(m.about.Accounts),
	})
}
