package stores

import (
	"context"
	"errors"
	"fmt"

	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// FoldOnly folds the journal into the boards of its exams, without a hall.
func FoldOnly(ctx context.Context, s *DB, keys *KeyFile) ([]*web.Exam, error) {
	people := proctor.NewPeople(s.Register)
	codes, err := people.Codes(ctx)
	if err != nil {
		return nil, err
	}
	var exams []*web.Exam
	var closed error // to these keys; others may be open to them
	for _, code := range codes {
		x, err := StoredExam(ctx, s, keys, people, code, LatestVersion)
		switch {
		case errors.Is(err, ErrUnplanned):
			continue
		case errors.Is(err, ErrOtherKeys):
			closed = errors.Join(closed, fmt.Errorf("open exam %s: %w", code, err))
			continue
		case err != nil:
			return nil, fmt.Errorf("open exam %s: %w", code, err)
		}
		exams = append(exams, x)
	}
	if closed != nil && len(exams) == 0 {
		return nil, closed
	}
	return exams, foldInto(ctx, s, exams...)
}

// foldInto folds the journal into the boards of exams that have just been opened.
func foldInto(ctx context.Context, s *DB, exams ...*web.Exam) error {
	var folds web.Folds
	for _, x := range exams {
		folds.Add(x.Boards)
	}
	var last engine.Instant
	err := EachEvent(ctx, s.Journal, func(r engine.Record, e *engine.Event) {
		folds.Apply(r, e)
		last = max(last, e.At)
	})
	folds.Tick(last)
	return err
}

// LatestVersion is the version of results with all annulments.
const LatestVersion = -1

// FoldExam folds the journal into the boards of one exam. version is how many of its
// annulments hold, 0 being none: the result as it was before any.
func FoldExam(ctx context.Context, s *DB, keys *KeyFile, code string, version int) (*web.Exam, error) {
	x, err := StoredExam(ctx, s, keys, proctor.NewPeople(s.Register), code, version)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", code, err)
	}
	return x, foldInto(ctx, s, x)
}

// StoredExam is an exam as the stores hold it, with its boards still empty.
func StoredExam(ctx context.Context, s *DB, keys *KeyFile, people *proctor.People, code string, version int) (*web.Exam, error) {
	recorded, err := s.ExamRecord(ctx, code)
	if err != nil {
		return nil, err
	}
	if version != LatestVersion {
		if version > len(recorded.Annulled) {
			return nil, fmt.Errorf("version %d: its results have versions 0 to %d", version, len(recorded.Annulled))
		}
		if version < len(recorded.Annulled) {
			recorded.Releases = recorded.Annulled[version].before
		}
		recorded.Annulled = recorded.Annulled[:version]
	}
	listed, err := people.Read(ctx, code)
	if err != nil {
		return nil, err
	}
	return JoinExam(ctx, s, keys, listed, recorded, 0)
}

// JoinExam makes an exam of what the stores hold of it.
func JoinExam(ctx context.Context, s *DB, keys *KeyFile, listed *proctor.Listed, recorded ExamRecord, at engine.Instant) (*web.Exam, error) {
	if listed.Def == nil {
		return nil, errors.New("its file is not in the register: restore the register from its backup")
	}
	parts, err := s.ExamParts(ctx, listed.Def, recorded, keys)
	if err != nil {
		return nil, err
	}
	parts.People, parts.Formations = listed.Placed(), listed.Formations()
	if parts.Seen, err = s.Earlier(keys).Met(ctx, parts, recorded, parts.People); err != nil {
		return nil, err
	}
	if parts.Sample, err = isSample(listed.Def, parts.Bank); err != nil {
		return nil, err
	}
	return web.NewExam(*parts, at)
}
