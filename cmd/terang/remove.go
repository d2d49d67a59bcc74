package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/web"
)

type examRemove struct {
	officeFlags
	Code string `arg:"" help:"Code of the rehearsal."`
}

// Run removes a rehearsal whole, in one commit with the record that says who did it.
func (c *examRemove) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActExam, c.Code)
	if err != nil {
		return err
	}
	return errors.Join(c.remove(ctx, o), o.stores.Close())
}

func (c *examRemove) remove(ctx context.Context, o *office) error {
	store, ok := o.stores.Journal.(engine.Remover)
	if !ok {
		return fmt.Errorf("exam remove %s: this journal removes nothing", c.Code)
	}
	if err := o.people.LoadAll(ctx); err != nil {
		return err
	}
	w, err := wholeOf(ctx, o.stores, o.people, c.Code)
	if err != nil {
		return err
	}
	n, hash, at := 0, engine.FirstHash(engine.RemovalStream), engine.Instant(0)
	err = o.stores.Journal.Read(ctx, engine.RemovalStream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		n, hash, at = r.N, r.Hash, max(at, e.At)
		return err
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", engine.RemovalStream, err)
	}
	r := engine.Removal{Streams: slices.Sorted(maps.Keys(w.streams)), Entries: w.entries, Bodies: w.bodies}
	r.Record = engine.Run{Stream: engine.RemovalStream, Records: engine.Link(engine.RemovalStream, n, hash, []engine.Event{{
		Kind: engine.ExamRemoved, At: max(stores.Now(), at), By: o.by.User, Act: c.Code, MS: int64(len(r.Streams)), Text: w.fingerprint(),
	}})}
	switch out, err := store.Remove(ctx, r); {
	case err != nil:
		return fmt.Errorf("exam remove %s: %w", c.Code, err)
	case out.Conflict:
		return fmt.Errorf("exam remove %s: somebody else removed an exam at this moment, nothing was done: call it again", c.Code)
	}
	fmt.Printf("rehearsal %s removed: %d events in %d streams, %d register entries, %d files; recorded in %s\n",
		c.Code, w.events, len(r.Streams), len(r.Entries), len(r.Bodies), engine.RemovalStream)
	if o.stores.Postgres != nil {
		fmt.Println("Nodes that run hear of it within a second, and let it go by themselves.")
	}
	return nil
}

// whole is all that a database holds of one rehearsal and of nothing else.
type whole struct {
	streams map[string]head
	entries []engine.Entry
	bodies  []engine.Hash
	events  int
	logged  bool // its events came into the public log, before rehearsals were kept out of it
}

// head is how a stream ended.
type head struct {
	n    int
	hash engine.Hash
}

// fingerprint commits to what was removed: who has a backup can show that it is the same.
func (w *whole) fingerprint() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(w.streams)) {
		fmt.Fprintf(sum, "%s %d %s\n", name, w.streams[name].n, w.streams[name].hash)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

var errNoRehearsal = errors.New("it is a real exam, and stays: only what was made with exam create --rehearsal can be removed")

// wholeOf gathers a rehearsal. That it is one, both the register and the definition that
// was committed when it was made must say.
func wholeOf(ctx context.Context, s *stores.DB, people *proctor.People, code string) (*whole, error) {
	def := people.Exam(code)
	if def == nil {
		return nil, fmt.Errorf("exam %q: there is none; see terang exam status", code)
	}
	if !def.Rehearsal {
		return nil, fmt.Errorf("exam remove %s: %w", code, errNoRehearsal)
	}
	w := &whole{streams: map[string]head{engine.ExamStream + code: {}, engine.PackStream + code: {}, engine.SurveyStream + code: {}, engine.ObjectionStream + code: {}}}
	for _, sitting := range def.Sittings {
		w.streams[engine.SittingStream+code+"."+sitting.Code] = head{}
	}
	for _, p := range people.All(code) {
		w.streams[engine.AttemptStream+p.Attempt] = head{}
	}
	defined, err := w.walk(ctx, s.Journal, code)
	if err != nil {
		return nil, err
	}
	if head, _, err := keeper.Head(ctx, s.Journal); err != nil || w.logged && head.Size > 0 {
		return nil, errors.Join(err, fmt.Errorf("exam remove %s: it was made by a version that put rehearsals into the public log, which could not be made again without it; it stays", code))
	}
	file, err := s.Fetch(ctx, defined)
	if err != nil {
		return nil, fmt.Errorf("exam %s: its definition: %w", code, err)
	}
	if made, err := engine.ParseDefinition(file); err != nil || !made.Rehearsal {
		return nil, errors.Join(fmt.Errorf("exam remove %s: the register calls it a rehearsal, but %w", code, errNoRehearsal), err)
	}
	if err := w.register(ctx, s.Register, people, def); err != nil {
		return nil, err
	}
	return w, w.seats(ctx, s.Register, people, def)
}

// seats gathers the reports, tokens and codes of rooms that no other exam has: what was
// made ready for a rehearsal stays ready for the exam that follows it there.
func (w *whole) seats(ctx context.Context, r engine.Register, people *proctor.People, def *engine.Definition) error {
	others := map[string]bool{}
	for _, other := range people.Exams() {
		for _, room := range other.Rooms {
			others[room.Site+"/"+room.Code] = others[room.Site+"/"+room.Code] || other.Code != def.Code
		}
	}
	for _, room := range def.Rooms {
		id := room.Site + "/" + room.Code
		if others[id] {
			continue
		}
		w.entries = append(w.entries, engine.Entry{Kind: web.KindSeatCode, ID: id})
		err := r.List(ctx, web.KindSeat, id+"/", func(e engine.Entry) error {
			w.entries = append(w.entries, engine.Entry{Kind: e.Kind, ID: e.ID})
			return nil
		})
		if err != nil {
			return fmt.Errorf("exam %s: list the seats of %s: %w", def.Code, id, err)
		}
	}
	return r.List(ctx, web.KindSeatToken, "", func(e engine.Entry) error {
		if gone := slices.ContainsFunc(w.entries, func(s engine.Entry) bool { return s.Kind == web.KindSeat && s.ID == string(e.Body) }); gone {
			w.entries = append(w.entries, engine.Entry{Kind: e.Kind, ID: e.ID})
		}
		return nil
	})
}

// walk reads the journal once: the heads of the exam's streams, and the texts and bodies
// that they name and no other stream does. It returns the hash of the definition.
func (w *whole) walk(ctx context.Context, j engine.Journal, code string) (defined string, err error) {
	texts, bodies, others := map[string]bool{}, map[string]bool{}, map[string]bool{}
	err = stores.EachEvent(ctx, j, func(r engine.Record, e *engine.Event) {
		h, ours := w.streams[r.Stream]
		ours = ours || strings.HasPrefix(r.Stream, engine.SiteStream+code+".") // of a site that held a sitting of it
		if !ours {
			others[e.Text], others[e.Plan] = true, true
			return
		}
		w.streams[r.Stream] = head{max(h.n, r.N), r.Hash}
		w.events++
		switch e.Kind {
		case engine.RuleSetFixed, engine.ItemAnnulled:
			bodies[e.Text] = true
		case engine.ExamDefined:
			defined, bodies[e.Text] = e.Text, true
			w.logged = !e.On
		case engine.PlacesChanged:
			bodies[e.Text], texts[e.Form] = true, true
		case engine.PlanMade:
			bodies[e.Plan], bodies[e.Text] = true, true
		case engine.PackSealed:
			bodies[e.Text] = true
		case engine.MinutesClosed: // and the words of its reason
			bodies[e.Text], texts[e.Form] = true, true
		case engine.MinutesSigned:
			bodies[e.Form] = true
		case engine.RosterLoaded:
			texts[e.Text], texts[e.Plan] = true, true // what seats were drawn from is a text
		case engine.PackVoided, engine.PackOpened: // their Text is a pack that somebody else may hold
		default:
			texts[e.Text] = true
		}
	})
	for name, h := range w.streams {
		if h.n == 0 { // nothing ever happened there
			delete(w.streams, name)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		if text != "" && !others[text] {
			w.entries = append(w.entries, engine.Entry{Kind: proctor.KindText, ID: text})
		}
	}
	for _, body := range slices.Sorted(maps.Keys(bodies)) {
		if h, failed := engine.ParseHash(body); failed == nil && !others[body] {
			w.bodies = append(w.bodies, h)
		}
	}
	if err == nil && defined == "" {
		err = fmt.Errorf("exam %s: its stream does not say what it was made from: %w", code, errNoRehearsal)
	}
	return defined, err
}

// register gathers the entries of the exam: definition, seed, people, formations,
// acts, proposals, and accounts that see nothing else, with their sessions.
func (w *whole) register(ctx context.Context, r engine.Register, people *proctor.People, def *engine.Definition) error {
	for _, kind := range []string{proctor.KindExam, stores.KindSeed, proctor.KindSurveyKey, proctor.KindSurveyShown} {
		w.entries = append(w.entries, engine.Entry{Kind: kind, ID: def.Code})
	}
	accounts := map[string]bool{}
	for _, c := range []struct {
		kind, prefix string
		belongs      func(id string, body []byte) bool
	}{
		{proctor.KindPerson, def.Code + "/", everything},
		{proctor.KindFormation, def.Code + "/", everything},
		{proctor.KindCheckinPhoto, def.Code + "/", everything},
		{proctor.KindSurveySpent, def.Code + "/", everything},
		{proctor.KindSurveySums, def.Code + "/", everything},
		{proctor.KindSurveyStep, def.Code + "/", everything},
		{proctor.KindSurveyText, def.Code + "/", everything},
		{proctor.KindSurveyWaits, def.Code + "/", everything},
		{proctor.KindWords, def.Code + "/", everything},
		{proctor.KindAct, def.Code + ".", everything},
		{proctor.KindNoticed, def.Code + "/", everything},
		{proctor.KindPhoto, def.Code + "/", everything},
		{proctor.KindPhotoHash, def.Code + "/", everything},
		{proctor.KindRosterPreview, def.Code + "/", everything},
		{proctor.KindImport, def.Code + "/", everything},
		{proctor.KindProposal, "", func(_ string, body []byte) bool {
			var p struct {
				Exam    string
				Payload struct{ File string } // of a roster that was proposed
			}
			ours := json.Unmarshal(body, &p) == nil && p.Exam == def.Code
			if ours && p.Payload.File != "" {
				w.entries = append(w.entries, engine.Entry{Kind: proctor.KindPayload, ID: p.Payload.File})
			}
			return ours
		}},
		{proctor.KindAccount, "", func(id string, body []byte) bool {
			var a proctor.Account
			elsewhere := func(g proctor.Grant) bool { return g.Exam != def.Code }
			accounts[id] = json.Unmarshal(body, &a) == nil && len(a.Grants) > 0 && !slices.ContainsFunc(a.Grants, elsewhere)
			return accounts[id]
		}},
		{proctor.KindState, "", func(_ string, body []byte) bool {
			var a proctor.Account
			return json.Unmarshal(body, &a) == nil && accounts[a.User]
		}},
		{proctor.KindDesk, "", func(_ string, body []byte) bool {
			var s struct{ User string }
			return json.Unmarshal(body, &s) == nil && accounts[s.User]
		}},
		{proctor.KindFactor, "", func(id string, _ []byte) bool { return accounts[id] }},
		{proctor.KindInvite, "", func(_ string, body []byte) bool {
			var i struct{ User string }
			return json.Unmarshal(body, &i) == nil && accounts[i.User]
		}},
		{proctor.KindToken, "", func(_ string, body []byte) bool {
			var t proctor.Token
			return json.Unmarshal(body, &t) == nil && t.Grant.Exam == def.Code
		}},
		{proctor.KindSession, "", func(_ string, body []byte) bool {
			var s struct{ User string }
			return json.Unmarshal(body, &s) == nil && accounts[s.User]
		}},
	} {
		err := r.List(ctx, c.kind, c.prefix, func(e engine.Entry) error {
			if c.belongs(e.ID, e.Body) {
				w.entries = append(w.entries, engine.Entry{Kind: e.Kind, ID: e.ID})
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("exam %s: list its %ss: %w", def.Code, c.kind, err)
		}
	}
	return nil
}

func everything(string, []byte) bool { return true }
