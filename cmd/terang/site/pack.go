package site

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// noContext is what the journal's writing calls carry: nobody's hang-up may make a commit's
// outcome unknown.
var noContext = context.Background()

// secrets are what a pack has in the clear: whoever has the file has them.
type secrets struct {
	Seed   string                     `json:"seed,omitempty"` // in hex; none while bank and plan are sealed
	Given  map[string][]byte          `json:"given"`
	Signer string                     `json:"signer"`
	Factor map[string]json.RawMessage `json:"factor"` // second factors by account, see clear
}

// Packed says what a pack holds.
type Packed struct {
	ID       string // SHA-256
	Site     string
	People   int
	Accounts []string
	Sealed   string   // SHA-256 of the sealed pack in it, "" where items are in it in the clear
	Left     []string // accounts that could do nothing at the site: they have no password of their own yet
}

// Pack writes the file from which a site holds a sitting EXAM.SITTING that was handed over.
func Pack(ctx context.Context, s *stores.DB, keys *stores.KeyFile, log *node.LogSigners, sitting, file string) (*Packed, error) {
	p := &packing{stores: s, keys: keys, sitting: sitting}
	p.exam, p.code, _ = strings.Cut(sitting, ".")
	if err := p.read(ctx); err != nil {
		return nil, fmt.Errorf("sitting %s: %w", sitting, err)
	}
	w, err := begin(file)
	if err != nil {
		return nil, err
	}
	defer w.drop()
	if err := p.write(ctx, w); err != nil {
		return nil, fmt.Errorf("sitting %s: %w", sitting, err)
	}
	newest := len(log.Signers) - 1
	if err := w.put(vkeyName, []byte(log.Vkeys[newest]+"\n")); err != nil {
		return nil, err
	}
	p.packed.ID, err = w.seal(file, packKind, p.exam, log.Signers[newest])
	return &p.packed, err
}

// packing is a sitting that is being packed.
type packing struct {
	stores              *stores.DB
	keys                *stores.KeyFile
	sitting, exam, code string

	def      *engine.Definition
	about    about
	recorded stores.ExamRecord
	parts    *web.ExamParts
	listed   *proctor.Listed
	people   []*proctor.Person
	attempts map[string]bool
	staff    []proctor.Account
	packed   Packed
}

// read finds what there is to be packed.
func (p *packing) read(ctx context.Context) (err error) {
	s := p.stores
	state := engine.NewSitting(engine.SittingStream + p.sitting)
	if err = s.Journal.Read(ctx, state.Stream, 0, state.Fold); err != nil {
		return err
	}
	switch {
	case state.Home == "" && state.Handed > 0 && state.Phase == engine.Sealed:
		return errors.New("it was held at its site, and has come home")
	case state.Home == "":
		return fmt.Errorf("the centre holds it: two people hand it over first, with terang site hand-over %s --reason WHY", p.sitting)
	}
	switch came, err := proctor.CameOf(ctx, s.Journal, p.sitting, state.Handed); {
	case err != nil:
		return err
	case came:
		return errors.New("a part of it has come from the site already: its journal is there, and a second one would be another truth")
	}
	p.about.Site = stores.Site{Exam: p.exam, Sitting: p.sitting, Site: state.Home, Handed: state.Handed}
	p.packed.Site = state.Home
	if p.recorded, err = s.ExamRecord(ctx, p.exam); err != nil {
		return err
	}
	if p.listed, err = proctor.NewPeople(s.Register).Read(ctx, p.exam); err != nil {
		return err
	}
	if p.def = p.listed.Def; p.def == nil {
		return errors.New("the exam's file is not in the register: restore the register from its backup")
	}
	if p.parts, err = s.ExamParts(ctx, p.def, p.recorded, p.keys); err != nil {
		return err
	}
	p.attempts = make(map[string]bool)
	for _, one := range p.listed.People {
		if one.SittingID() == p.sitting {
			p.people = append(p.people, one)
			p.attempts[engine.AttemptStream+one.Attempt] = true
		}
	}
	p.packed.People = len(p.people)
	if err := p.seal(ctx); err != nil {
		return err
	}
	return p.accounts(ctx)
}

// seal finds the sealed pack of which the exam is: then its items stay sealed on the way, and
// open at the site as they would anywhere, at their hour.
func (p *packing) seal(ctx context.Context) error {
	void := map[string]bool{}
	var packs []engine.Event
	err := p.stores.Journal.Read(ctx, engine.PackStream+p.exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		switch e.Kind {
		case engine.PackSealed:
			if e.Plan == p.recorded.Plan && e.Seed == p.recorded.Seed {
				packs = append(packs, e)
			}
		case engine.PackVoided:
			void[e.Text] = true
		}
		return err
	})
	for _, e := range packs {
		if !void[e.Text] {
			p.about.Sealed = e.Text
		}
	}
	p.packed.Sealed = p.about.Sealed
	return err
}

// accounts are those whose owners may see the sitting's room.
func (p *packing) accounts(ctx context.Context) error {
	err := p.stores.Register.List(ctx, proctor.KindAccount, "", func(e engine.Entry) error {
		var a proctor.Account
		if err := json.Unmarshal(e.Body, &a); err != nil {
			return fmt.Errorf("account %s in the register: %w", e.ID, err)
		}
		switch {
		case a.Disabled || !a.May(proctor.ActSee, p.exam, p.about.Site.Site, p.code):
		case a.Hash == "" || a.PasswordKnown(): // accounts change at the centre only
			p.packed.Left = append(p.packed.Left, a.User)
		default:
			p.staff = append(p.staff, a)
			p.packed.Accounts = append(p.packed.Accounts, a.User)
		}
		return nil
	})
	sign := slices.DeleteFunc(slices.Clone(p.staff), func(a proctor.Account) bool { return !a.May(proctor.ActMinutes, p.exam, p.about.Site.Site, p.code) })
	if err == nil && len(sign) < 2 {
		err = fmt.Errorf("the minutes take two people who may close and sign them there and have passwords of their own, and there are %d; without one of their own: %s", len(sign), cmp.Or(strings.Join(p.packed.Left, ", "), "nobody"))
	}
	return err
}

func (p *packing) write(ctx context.Context, w *writing) error {
	of, named, err := p.streams(ctx)
	if err != nil {
		return err
	}
	if err := w.streams(of); err != nil {
		return err
	}
	rows, err := p.rows(ctx, named)
	if err != nil {
		return err
	}
	if err := w.rows(rows); err != nil {
		return err
	}
	if err := p.documents(ctx, w, of[engine.ExamStream+p.exam]); err != nil {
		return err
	}
	sealed, err := p.secrets(ctx)
	if err != nil {
		return err
	}
	if err := w.json(secretsName, sealed); err != nil {
		return err
	}
	p.about.Accounts = len(of[proctor.StaffAccounts])
	return w.json(aboutName, &p.about)
}

// streams are the copies that the site needs, and the hashes that the events of its people
// name. The journal is read once, in its order.
func (p *packing) streams(ctx context.Context) (of map[string][]engine.Record, named map[string]bool, err error) {
	of, named = make(map[string][]engine.Record), make(map[string]bool)
	own := engine.SittingStream + p.sitting
	err = stores.EachEvent(ctx, p.stores.Journal, func(r engine.Record, e *engine.Event) {
		room := r.Stream == own || p.attempts[r.Stream]
		if !room && r.Stream != engine.ExamStream+p.exam && r.Stream != engine.PackStream+p.exam && r.Stream != proctor.StaffAccounts {
			return
		}
		r.Body = slices.Clone(r.Body)
		of[r.Stream] = append(of[r.Stream], r)
		if room {
			named[e.Text] = true
		}
	})
	return of, named, err
}

// rows are what the register has of the sitting's people and staff, of its room, and of the
// exam as everybody knows it.
func (p *packing) rows(ctx context.Context, named map[string]bool) (rows []row, err error) {
	r := p.stores.Register
	take := func(kind, id string) {
		if err != nil {
			return
		}
		body, failed := r.Get(ctx, kind, id)
		if errors.Is(failed, engine.ErrAbsent) {
			return
		}
		rows, err = append(rows, row{kind, id, body}), failed
	}
	under := func(kind, prefix string, belongs func(engine.Entry) bool) {
		if err == nil {
			err = r.List(ctx, kind, prefix, func(e engine.Entry) error {
				if belongs(e) {
					rows = append(rows, row{kind, e.ID, slices.Clone(e.Body)})
				}
				return nil
			})
		}
	}
	all := func(engine.Entry) bool { return true }
	take(proctor.KindExam, p.exam)
	under(proctor.KindFormation, p.exam+"/", all)
	for _, one := range p.people {
		for _, kind := range []string{proctor.KindPerson, proctor.KindPhoto, proctor.KindPhotoHash} {
			take(kind, p.exam+"/"+one.Attempt)
		}
	}
	for i := range p.staff {
		take(proctor.KindAccount, p.staff[i].User)
		take(proctor.KindState, p.staff[i].State)
	}
	take(proctor.KindStaffPolicy, "staff")
	for _, hash := range slices.Sorted(maps.Keys(named)) {
		take(proctor.KindText, hash)
	}
	met, failed := p.met(ctx)
	if failed != nil {
		return nil, failed
	}
	body, failed := json.Marshal(met)
	if failed != nil {
		return nil, failed
	}
	rows = append(rows, row{stores.KindSite, stores.SiteMet, body})
	at := slices.IndexFunc(p.def.Sittings, func(s engine.SittingDef) bool { return s.Code == p.code })
	if at < 0 {
		return nil, fmt.Errorf("exam %s has no sitting %s: see terang exam status", p.exam, p.code)
	}
	room := p.def.Sittings[at].Site + "/" + p.def.Sittings[at].Room
	take(web.KindSeatCode, room)
	seats := map[string]bool{}
	under(web.KindSeat, room+"/", func(e engine.Entry) bool { seats[e.ID] = true; return true })
	under(web.KindSeatToken, "", func(e engine.Entry) bool { return seats[string(e.Body)] })
	return rows, err
}

// documents are those of the archive that the exam is served from. Lists of results, which
// name everybody, are none of them.
func (p *packing) documents(ctx context.Context, w *writing, records []engine.Record) error {
	keep := func(hash string) error {
		body, err := p.stores.Fetch(ctx, hash)
		if errors.Is(err, engine.ErrAbsent) {
			return nil // of formations that were loaded and not published
		}
		if err == nil {
			err = w.put("archive/"+hash, body)
		}
		return err
	}
	sealed := false
	for _, r := range records {
		e, err := engine.Decode(r.Body)
		if err != nil {
			return err
		}
		switch e.Kind {
		case engine.ResultsFrozen, engine.ResultsReleased:
			return errors.New("results of the exam were frozen: the centre holds what is still to come")
		case engine.PlanMade:
			if p.about.Sealed == "" {
				err = errors.Join(keep(e.Plan), keep(e.Text))
			} else if !sealed {
				sealed, err = true, w.sealed(ctx, p.stores, p.about.Sealed)
			}
		case engine.ExamDefined, engine.PlacesChanged, engine.RuleSetFixed, engine.ItemAnnulled, engine.CriteriaPublished, engine.FormationsLoaded:
			err = keep(e.Text)
		}
		if err != nil {
			return fmt.Errorf("version %d of the exam's stream: %w", r.N, err)
		}
	}
	return nil
}

// secrets are the seed by which forms are drawn, the few secrets of the room that have to be
// the centre's, second factors of its staff, and the key that the delivery is signed with.
func (p *packing) secrets(ctx context.Context) (*secrets, error) {
	room, err := p.stores.Proctor(ctx, p.keys)
	if err != nil {
		return nil, err
	}
	issue, err := proctor.NewLog(p.stores.Journal, proctor.Direct(p.stores.Journal)).CodeIssue(ctx, p.exam)
	if err != nil {
		return nil, err
	}
	out := &secrets{Given: room.Part(p.sitting, p.people, issue), Factor: make(map[string]json.RawMessage)}
	if p.about.Sealed == "" {
		out.Seed = hex.EncodeToString(p.parts.Seed)
	}
	if out.Signer, _, err = signer(p.keys, &p.about.Site); err != nil {
		return nil, err
	}
	for i := range p.staff {
		body, err := p.stores.Register.Get(ctx, proctor.KindFactor, p.staff[i].User)
		if errors.Is(err, engine.ErrAbsent) {
			continue
		}
		if err == nil {
			out.Factor[p.staff[i].User], err = proctor.Reseal(p.staff[i].User, body, p.keys, unsealed{})
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sealed puts a sealed pack beside what is in the clear.
func (w *writing) sealed(ctx context.Context, s *stores.DB, hash string) error {
	body, err := s.Fetch(ctx, hash)
	if err != nil {
		return fmt.Errorf("the sealed pack of the exam: %w", err)
	}
	return w.put(sealedName, body)
}

// met is what people met before, in exams of which the site has nothing.
func (p *packing) met(ctx context.Context) (map[string][]string, error) {
	people := make([]proctor.Person, len(p.people))
	for i, one := range p.people {
		people[i] = *one
	}
	return p.stores.Earlier(p.keys).Seen(ctx, p.def, p.recorded.First, people)
}

// unsealed is no seal: what a pack has of second factors stands in it as all its secrets do.
type unsealed struct{}

// Seal implements proctor.Sealer.
func (unsealed) Seal(_ string, plain []byte) []byte { return plain }

// Open implements proctor.Sealer.
func (unsealed) Open(_ string, body []byte) ([]byte, error) { return body, nil }
