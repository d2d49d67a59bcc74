package site

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// Why a delivery is an Alarm, as SiteRefused carries it.
const (
	WhyDiffers   = "differs"    // another record stands at a version that both have
	WhySignature = "signature"  // whoever has the sitting did not sign it, or a part is another than was signed
	WhyTakenBack = "taken_back" // the sitting was taken back, or is held elsewhere since
	WhyChain     = "chain"      // it does not hold together, or does not begin with what was handed over
)

// Alarm is why a delivery cannot be true beside what the centre knows. Nothing of it is taken.
type Alarm struct {
	Why         string
	Stream      string
	N           int
	Here, There string // hashes

	cause error
}

func (a *Alarm) Error() string {
	var text string
	switch a.Why {
	case WhyDiffers:
		text = fmt.Sprintf("%s version %d is another record than the one that is known: here %s, in the file %s", a.Stream, a.N, a.Here, a.There)
	case WhyTakenBack:
		text = "the sitting was taken back from the site, or handed over anew since: what is in the file counts nowhere"
	case WhySignature:
		text = "it was not signed by the journal that holds the sitting, or was changed since"
	case WhyChain:
		text = fmt.Sprintf("%s does not hold together at version %d: %s was signed as its head, its events lead to %s", a.Stream, a.N, a.Here, a.There)
	}
	if a.cause != nil {
		text += ": " + a.cause.Error()
	}
	return "ALARM (" + a.Why + "): " + text
}

// Unwrap gives what was found.
func (a *Alarm) Unwrap() error { return a.cause }

func (a *Alarm) event() engine.Event {
	return engine.Event{Kind: engine.SiteRefused, Why: a.Why, Act: a.Stream, MS: int64(a.N), Plan: a.Here, Form: a.There}
}

// Collected says what a delivery brought.
type Collected struct {
	stores.Site
	Records int           // that are new
	Whole   bool          // the sitting has come home
	Ahead   time.Duration // by how much the site's newest record lies ahead of this machine's clock
}

// SittingOf is the sitting EXAM.SITTING that a delivery says it is of.
func SittingOf(file string) (string, error) {
	r, err := openFile(file)
	if err != nil {
		return "", err
	}
	defer r.close()
	return r.about.Sitting, nil
}

// Collect takes a delivery into the centre's journal: the same bytes under the same stream and
// version. What is known already is left; a file in which one record is wrong brings nothing.
// What became of it stands in the exam's stream, in the name of by.
func Collect(ctx context.Context, s *stores.DB, keys *stores.KeyFile, log *proctor.Log, by, file string) (*Collected, error) {
	r, err := openFile(file)
	if err != nil {
		return nil, err
	}
	defer r.close()
	c := &collecting{read: r, stores: s, keys: keys, sitting: engine.NewSitting(engine.SittingStream + r.about.Sitting)}
	told := engine.Event{At: stores.Now(), By: by, Sitting: r.about.Sitting, Text: r.id()}
	done, err := c.collect(ctx)
	var alarm *Alarm
	switch {
	case errors.As(err, &alarm):
		e := alarm.event()
		e.At, e.By, e.Sitting, e.Text = told.At, told.By, told.Sitting, told.Text
		return nil, fmt.Errorf("%s: %w", file, errors.Join(err, log.Append(ctx, engine.ExamStream+r.about.Exam, e)))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", file, err)
	case done.Records == 0:
		// A collection that was cut short after its records were stored has not been told.
		if said, err := saidHome(ctx, s.Journal, &r.about.Site); err != nil || said || !done.Whole {
			return done, err
		}
	}
	told.Kind, told.Act, told.MS, told.On = engine.SiteCollected, r.about.Site.Site, int64(done.Records), done.Whole
	return done, log.Append(ctx, engine.ExamStream+r.about.Exam, told)
}

// saidHome says whether the exam's stream has it that the sitting has come home, closed.
func saidHome(ctx context.Context, j engine.Journal, site *stores.Site) (said bool, err error) {
	err = j.Read(ctx, engine.ExamStream+site.Exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		said = said || e.Kind == engine.SiteCollected && e.Sitting == site.Sitting && e.On
		return err
	})
	return said, err
}

// collecting is a delivery that is being taken.
type collecting struct {
	*read
	stores   *stores.DB
	keys     *stores.KeyFile
	sitting  *engine.Sitting // as it is known
	attempts map[string]bool // of the exam
	there    map[string]bool // those expected at the sitting
	of       map[string][]engine.Record
	named    map[string]bool
	entries  []engine.Entry
	bodies   [][]byte
	newest   engine.Instant
}

func (c *collecting) collect(ctx context.Context) (*Collected, error) {
	if err := c.believe(ctx); err != nil {
		return nil, err
	}
	var err error
	if c.of, err = c.streams(); err != nil {
		return nil, err
	}
	known, err := c.compare(ctx)
	if err != nil {
		return nil, err
	}
	fresh := inOrder(c.of, func(stream string) int { return known[stream] })
	done := &Collected{Site: c.about.Site, Records: len(fresh)}
	for _, r := range c.of[c.sitting.Stream][min(known[c.sitting.Stream], len(c.of[c.sitting.Stream])):] {
		if err := c.sitting.Fold(r); err != nil {
			return nil, err
		}
	}
	done.Whole = c.sitting.Phase == engine.Sealed
	if len(fresh) == 0 {
		return done, nil
	}
	if err := c.behind(ctx); err != nil {
		return nil, err
	}
	// What events name comes first: whoever reads them finds it.
	for _, body := range c.bodies {
		if _, err := c.stores.Archive.Keep(ctx, body); err != nil {
			return nil, err
		}
	}
	for some := range slices.Chunk(c.entries, putMost) {
		if err := c.stores.Register.Put(ctx, some...); err != nil {
			return nil, err
		}
	}
	done.Ahead = max(0, c.newest.Sub(stores.Now()))
	return done, store(c.stores.Journal, fresh)
}

// believe checks that the file comes from the journal that holds the sitting.
func (c *collecting) believe(ctx context.Context) error {
	a := &c.about
	if c.stores.Site != nil {
		return errors.New("this journal is a site's: collect at the centre")
	}
	if err := c.stores.Journal.Read(ctx, c.sitting.Stream, 0, c.sitting.Fold); err != nil {
		return err
	}
	exam, _, _ := strings.Cut(a.Sitting, ".")
	if c.sitting.N == 0 || exam != a.Exam {
		return fmt.Errorf("sitting %s: this journal has none", a.Sitting)
	}
	if c.sitting.Handed == 0 {
		return fmt.Errorf("sitting %s was never handed over to a site", a.Sitting)
	}
	_, vkey, err := signer(c.keys, &a.Site)
	if err != nil {
		return err
	}
	key, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	if err := c.check(deliveryKind, note.VerifierList(key)); err != nil {
		return &Alarm{Why: WhySignature, cause: err}
	}
	if a.Handed != c.sitting.Handed || c.sitting.Home == "" && c.sitting.Phase != engine.Sealed {
		return &Alarm{Why: WhyTakenBack, Stream: c.sitting.Stream, N: a.Handed}
	}
	listed, err := proctor.NewPeople(c.stores.Register).Read(ctx, exam)
	if err != nil {
		return err
	}
	c.attempts, c.there = make(map[string]bool), make(map[string]bool)
	for _, p := range listed.People {
		c.attempts[p.Attempt] = true
		c.there[engine.AttemptStream+p.Attempt] = p.SittingID() == a.Sitting
	}
	return nil
}

// compare holds every stream against what is known of it, and returns how much that is.
func (c *collecting) compare(ctx context.Context) (map[string]int, error) {
	known := make(map[string]int)
	home := engine.SiteHome(c.about.Sitting, c.about.Stream(), engine.AuditStream+proctor.SiteAudit(c.about.Sitting), c.attempts)
	c.named = make(map[string]bool)
	all := slices.Sorted(maps.Keys(c.of))
	slices.SortStableFunc(all, func(a, b string) int { return weight(a) - weight(b) }) // of several alarms, what people did first
	for _, name := range all {
		records := c.of[name]
		if !home(name) {
			return nil, &Alarm{Why: WhyChain, Stream: name, cause: fmt.Errorf("it is not of sitting %s", c.about.Sitting)}
		}
		err := c.stores.Journal.Read(ctx, name, 0, func(r engine.Record) error {
			known[name] = r.N
			if r.N <= len(records) && records[r.N-1].Hash != r.Hash {
				return &Alarm{Why: WhyDiffers, Stream: name, N: r.N, Here: r.Hash.String(), There: records[r.N-1].Hash.String()}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, engine.AttemptStream) && !c.there[name] && len(records) > known[name] {
			return nil, &Alarm{Why: WhyChain, Stream: name, N: known[name] + 1, cause: fmt.Errorf("who has this attempt is not expected at sitting %s", c.about.Sitting)}
		}
		for _, r := range records {
			e, err := engine.Decode(r.Body)
			if err != nil {
				return nil, err
			}
			names(&e, c.named)
			c.newest = max(c.newest, e.At)
			if r.N > known[name] && (e.Kind == engine.HandedOver || e.Kind == engine.TakenBack) {
				return nil, &Alarm{Why: WhyChain, Stream: name, N: r.N, There: r.Hash.String(), cause: fmt.Errorf("a site does not write %s", e.Kind)}
			}
		}
	}
	if n := len(c.of[c.sitting.Stream]); n < c.about.Handed {
		return nil, &Alarm{Why: WhyChain, Stream: c.sitting.Stream, N: n, cause: errors.New("it does not begin with what was handed over")}
	}
	return known, nil
}

func weight(stream string) int {
	for i, prefix := range []string{engine.SittingStream, engine.AttemptStream} {
		if strings.HasPrefix(stream, prefix) {
			return i
		}
	}
	return 2
}

// behind reads what the events name. A row or a document that none names is refused: the
// register takes nothing that happened nowhere.
func (c *collecting) behind(ctx context.Context) error {
	rows, err := c.rows()
	if err != nil {
		return err
	}
	for _, one := range rows {
		hash := engine.SHA256(string(one.Body))
		fits := c.named[hash]
		switch one.Kind {
		case proctor.KindText:
			fits = fits && one.ID == hash
		case proctor.KindCheckinPhoto:
			attempt, ok := proctor.CheckinPhotoOf(c.about.Exam, one.ID)
			fits = fits && ok && c.attempts[attempt]
			one.ID = proctor.CheckinPhotoID(c.about.Exam, attempt, hash)
		case proctor.KindProposal:
			own, err := c.proposed(ctx, one)
			if err != nil {
				return err
			}
			fits = fits && own
		default:
			fits = false
		}
		if !fits {
			return &Alarm{Why: WhyChain, Stream: c.sitting.Stream, cause: fmt.Errorf("no event names the %s %s that is in it", one.Kind, one.ID)}
		}
		c.entries = append(c.entries, engine.Entry{Kind: one.Kind, ID: one.ID, Body: one.Body})
	}
	return c.documents(func(hash string, body []byte) error {
		if !c.named[hash] {
			return &Alarm{Why: WhyChain, Stream: c.sitting.Stream, cause: fmt.Errorf("no event names the document %s that is in it", hash)}
		}
		c.bodies = append(c.bodies, body)
		return nil
	})
}

// proposed says whether a row is what was proposed at the sitting, and not another proposal's.
func (c *collecting) proposed(ctx context.Context, r row) (bool, error) {
	var q proctor.Proposal
	if json.Unmarshal(r.Body, &q) != nil || q.ID != r.ID || q.Stream != c.sitting.Stream {
		return false, nil
	}
	kept, err := c.stores.Register.Get(ctx, r.Kind, r.ID)
	if errors.Is(err, engine.ErrAbsent) {
		return true, nil
	}
	return bytes.Equal(kept, r.Body), err
}
