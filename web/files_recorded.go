package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/scoring"
)

// Record is what a journal holds of exams, folded, and where what its events name is kept.
type Record struct {
	Journal  engine.Journal
	Register engine.Register
	Archive  engine.Archive
	Exams    []*Exam
	Now      engine.Instant // as of which objections are counted
}

// Recorded takes what is public from a journal: what a board server would show that follows
// the server of this journal.
func (b *BoardFiles) Recorded(ctx context.Context, from Record) error {
	log := proctor.NewLog(from.Journal, proctor.Direct(from.Journal)) // nothing is written by it
	publisher := proctor.ReadPublisher(from.Journal, from.Register, from.Archive, nil)
	b.pages.frozen = &archivedFrames{register: from.Register, archive: from.Archive}
	made := new(disclosures)
	exams := slices.SortedFunc(slices.Values(from.Exams), func(x, y *Exam) int { return cmp.Compare(x.Def.Code, y.Def.Code) })
	for _, x := range exams {
		b.Add(x.Def.Code, x.Boards)
		if x.Def.Rehearsal {
			continue
		}
		if err := b.recorded(ctx, log, publisher, made, x, &from); err != nil {
			return fmt.Errorf("exam %s: %w", x.Def.Code, err)
		}
	}
	b.eachOfLog = func(ctx context.Context, write func(string, []byte) error) error {
		err := keeper.Copy(ctx, from.Journal, from.Register, write)
		if errors.Is(err, engine.ErrAbsent) { // nothing has been signed yet
			return nil
		}
		return err
	}
	return nil
}

func (b *BoardFiles) recorded(ctx context.Context, log *proctor.Log, publisher *proctor.Publisher, made *disclosures, x *Exam, from *Record) error {
	state, err := log.Results(ctx, x.Def.Code)
	if err != nil {
		return err
	}
	list, err := releasedList(ctx, from.Archive, &state)
	if err != nil {
		return err
	}
	b.lists = append(b.lists, newAnnounced(x, state, list).heard(x.Rules))
	one, err := made.book(ctx, publisher, x)
	if err != nil {
		return err
	}
	b.books = append(b.books, one)
	all, err := log.Objections(ctx, x.Def.Code)
	if err != nil {
		return err
	}
	bases := engine.ObjectionBases{Released: state.Released.At}
	b.objections = append(b.objections, newPublicObjections(x, all.All(), bases, from.Now))
	return nil
}

// releasedList is the list that was released last, nil if none was.
func releasedList(ctx context.Context, archive engine.Archive, state *proctor.ResultsState) (*List, error) {
	if state.Released.Kind == "" {
		return nil, nil
	}
	h, err := engine.ParseHash(state.Released.Text)
	if err != nil {
		return nil, err
	}
	body, err := archive.Fetch(ctx, h)
	l := new(List)
	if err == nil {
		err = json.Unmarshal(body, l)
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", state.Released.Text, err)
	}
	return l, nil
}

// heard is what a board server makes of what is announced: rows in the order of formations.
func (a *announced) heard(rules *scoring.RuleSet) *heardList {
	l := &heardList{announced: *a, Sections: []string{}, Formations: []ListFormation{}, Rows: []ListRow{}, Heard: heardAs}
	if a.list == nil {
		return l.made()
	}
	decided := criteriaOf(rules)
	l.RuleSet, l.Rules, l.Stage, l.Sections, l.Formations, l.Criteria = a.list.RuleSet, a.list.Rules, a.list.Stage, a.list.Sections, a.list.Formations, &decided
	for _, f := range a.list.Formations {
		l.Rows = append(l.Rows, a.list.of(f.Code)...)
	}
	return l.made()
}
