package web

import (
	"context"
	"slices"

	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
)

// rowOf is somebody's row on the list that was released last, nil if none was or it was not made of
// the result as it is: whoever finished or sat again after it, has more points by an answer that was
// held, or was disqualified since, waits for the next one. Of who was scored again by an annulment
// since, the row is of the same result.
func (r *Results) rowOf(ctx context.Context, x *Exam, state *proctor.ResultsState, result *scoring.Result) (*ListRow, error) {
	if state.Released.Kind == "" {
		return nil, nil
	}
	l, err := r.published(ctx, state.Released.Text)
	if err != nil {
		return nil, err
	}
	plain := scoring.PlainNumber(x.Person(result.Attempt).Number)
	row, _ := numbered(l.of(result.Formation), plain)
	if row == nil { // their formation was corrected since, or they are not on it
		row, _ = numbered(l.Rows, plain)
	}
	if row == nil {
		return nil, nil
	}
	flag := flagOf(result)
	same := row.Scores == nil && row.Status == l.flagCode(x, result)
	switch {
	case flag == selection.Pending:
		same = false
	case flag == selection.NoFlag && l.Version < x.Version():
		same = row.Scores != nil
	case flag == selection.NoFlag:
		same = slices.Equal(row.Scores, x.listRow(result).Scores)
	}
	if !same {
		return nil, nil
	}
	return row, nil
}

// released says whether the list that was released last has somebody's result as it is.
func (s *Server) released(ctx context.Context, exam, attempt string) (bool, error) {
	x := s.exam(exam) // a page may have been opened with an earlier one
	if x == nil {
		return false, nil
	}
	state, err := s.office.Results(ctx, exam)
	if err != nil {
		return false, err
	}
	result, _ := s.results.folds.Result(x.Boards, attempt)
	row, err := s.results.rowOf(ctx, x, &state, &result)
	return row != nil, err
}

// flagCode is what a list of its stage prints for what stands against a result.
func (l *List) flagCode(x *Exam, r *scoring.Result) string {
	if l.Stage == scoring.StageShortlist {
		return selection.Status(&x.Rules.Codes, selection.BasicStage, selection.Standing{Flag: flagOf(r)})
	}
	return r.Status
}

// decided is a released shortlist as it was decided, made of its own rows: whatever has become of
// results since, every node explains the same. It is nil for a list of scores, and where the rows do
// not come to the places that they have.
func (r *Results) decided(ctx context.Context, x *Exam, hash string) (*selection.Listing, error) {
	list, err := r.published(ctx, hash)
	if err != nil || list.Stage != scoring.StageShortlist {
		return nil, err
	}
	r.deciding.Lock()
	defer r.deciding.Unlock()
	if l, ok := r.listings[hash]; ok {
		return l, nil
	}
	l, err := list.again(x, r.people.Formations(x.Def.Code))
	if err != nil {
		return nil, err
	}
	if len(r.listings) >= 4 {
		clear(r.listings)
	}
	r.listings[hash] = l
	return l, nil
}

// again decides the list once more. What formations are was published with it, but for their needs.
func (l *List) again(x *Exam, formations []proctor.Formation) (*selection.Listing, error) {
	known, place := make([]selection.Formation, len(l.Formations)), make(map[string]int, len(l.Formations))
	need := make(map[string]string, len(formations))
	for _, f := range formations {
		need[f.Code] = f.Need
	}
	for i, f := range l.Formations {
		place[f.Code] = i
		known[i] = selection.Formation{
			Code: f.Code, Agency: f.Agency, Post: f.Post, Education: f.Education, Placement: f.Placement, Need: need[f.Code], Seats: f.Seats, Minima: f.Minima,
		}
	}
	s, err := selection.NewListing(x.Rules, known)
	if err != nil {
		return nil, err
	}
	for i := range l.Rows {
		row := &l.Rows[i]
		c := selection.Candidate{Number: row.Number, Formation: int32(place[row.Formation]), Untold: row.Scores == nil}
		if c.Untold {
			c.Flag = selection.FlagOf(&x.Rules.Codes, row.Status)
		}
		for n, points := range row.Scores {
			c.Points[n] = int16(points)
		}
		s.People = append(s.People, c)
	}
	if err := s.Shortlist(); err != nil {
		return nil, err
	}
	for i := range l.Rows {
		if c := &s.People[i]; int(c.Rank) != l.Rows[i].Rank || s.Status(c) != l.Rows[i].Status {
			return nil, nil
		}
	}
	return s, nil
}
