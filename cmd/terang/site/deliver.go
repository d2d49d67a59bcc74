package site

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// Delivered says what a delivery holds.
type Delivered struct {
	ID      string // SHA-256
	Sitting string
	Records int
	Whole   bool // the sitting is closed: nothing more comes
}

// Deliver writes what a site's journal is the home of into a file for the centre; a server may
// hold the journal meanwhile.
func Deliver(ctx context.Context, s *stores.DB, keys *stores.KeyFile, file string) (*Delivered, error) {
	home, ok := s.Journal.(*engine.Homed)
	if s.Site == nil || !ok {
		return nil, errors.New("this journal is not a site's: deliver with the one that terang site open made")
	}
	given, err := s.SiteKeys(ctx, keys)
	if err != nil {
		return nil, err
	}
	signs, err := note.NewSigner(given.Signer)
	if err != nil {
		return nil, fmt.Errorf("the key that deliveries are signed with: %w", err)
	}
	d := &delivering{stores: s, home: home.Home, of: make(map[string][]engine.Record), named: make(map[string]bool), sitting: engine.NewSitting(engine.SittingStream + s.Site.Sitting)}
	if err := d.read(ctx); err != nil {
		return nil, err
	}
	w, err := begin(file)
	if err != nil {
		return nil, err
	}
	defer w.drop()
	if err := d.write(ctx, w); err != nil {
		return nil, err
	}
	out := &Delivered{Sitting: s.Site.Sitting, Records: d.records, Whole: d.sitting.Phase == engine.Sealed}
	out.ID, err = w.seal(file, deliveryKind, s.Site.Exam, signs)
	return out, err
}

// delivering is a delivery that is being made.
type delivering struct {
	stores  *stores.DB
	home    func(stream string) bool
	of      map[string][]engine.Record
	named   map[string]bool // hashes that events name
	sitting *engine.Sitting
	records int
}

func (d *delivering) read(ctx context.Context) error {
	var fault error
	err := stores.EachEvent(ctx, d.stores.Journal, func(r engine.Record, e *engine.Event) {
		if !d.home(r.Stream) {
			return
		}
		r.Body = slices.Clone(r.Body)
		d.of[r.Stream] = append(d.of[r.Stream], r)
		d.records++
		names(e, d.named)
		if r.Stream == d.sitting.Stream {
			fault = errors.Join(fault, d.sitting.Fold(r))
		}
	})
	return errors.Join(err, fault)
}

// names notes the hashes by which an event may name a document or a row of the register.
func names(e *engine.Event, into map[string]bool) {
	for _, name := range []string{e.Text, e.Plan, e.Form} {
		if _, err := engine.ParseHash(name); err == nil {
			into[name] = true
		}
	}
}

func (d *delivering) write(ctx context.Context, w *writing) error {
	if err := w.streams(d.of); err != nil {
		return err
	}
	rows, err := d.rows(ctx, w)
	if err != nil {
		return err
	}
	if err := w.rows(rows); err != nil {
		return err
	}
	return w.json(aboutName, &about{Site: *d.stores.Site})
}

// rows are what the register has behind the events: words, pictures that were taken at
// check-in, and what was proposed. Documents of the archive are written beside them.
func (d *delivering) rows(ctx context.Context, w *writing) (rows []row, err error) {
	r := d.stores.Register
	for _, hash := range slices.Sorted(maps.Keys(d.named)) {
		body, err := d.stores.Fetch(ctx, hash)
		if err == nil {
			if err := w.put("archive/"+hash, body); err != nil {
				return nil, err
			}
			continue
		}
		if !errors.Is(err, engine.ErrAbsent) {
			return nil, err
		}
		body, err = r.Get(ctx, proctor.KindText, hash)
		if err == nil {
			rows = append(rows, row{proctor.KindText, hash, body})
		} else if !errors.Is(err, engine.ErrAbsent) {
			return nil, err
		}
	}
	for kind, prefix := range map[string]string{proctor.KindCheckinPhoto: d.stores.Site.Exam + "/", proctor.KindProposal: ""} {
		err := r.List(ctx, kind, prefix, func(e engine.Entry) error {
			if !d.named[engine.SHA256(string(e.Body))] {
				return nil
			}
			id := e.ID
			if kind == proctor.KindCheckinPhoto { // as a centre with an earlier version reads it
				attempt, _ := proctor.CheckinPhotoOf(d.stores.Site.Exam, e.ID)
				id = d.stores.Site.Exam + "/" + attempt
			}
			rows = append(rows, row{kind, id, slices.Clone(e.Body)})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.Kind+"/"+a.ID, b.Kind+"/"+b.ID) })
	return rows, nil
}
