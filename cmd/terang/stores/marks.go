package stores

import (
	"context"
	"fmt"

	"terang/engine"
	"terang/scoring/selection"
)

// ReleasedSheet is a sheet that two people released.
type ReleasedSheet struct {
	Component, Hash string
	Version         int // of this component, from 1
	Rows            int64
	Op, By, Two     string
	At              engine.Instant
}

// String names the sheet with its version, its hash and who released it.
func (r *ReleasedSheet) String() string {
	return fmt.Sprintf("%s version %d, %d rows, sha256 %s, released %s by %s and %s", r.Component, r.Version, r.Rows, r.Hash, r.At, r.By, r.Two)
}

// Released are an exam's sheets in the order in which they were released: the last of each
// component stands.
func (s *DB) Released(ctx context.Context, exam string) (all []ReleasedSheet, err error) {
	versions := make(map[string]int)
	err = s.Journal.Read(ctx, engine.ExamStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.SheetReleased {
			versions[e.Act]++
			all = append(all, ReleasedSheet{Component: e.Act, Hash: e.Text, Version: versions[e.Act], Rows: e.MS, Op: e.Op, By: e.By, Two: e.Two, At: e.At})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sheets of %s: %w", exam, err)
	}
	return all, nil
}

// Standing is the sheet of a component that stands, nil if there is none.
func Standing(all []ReleasedSheet, component string) (last *ReleasedSheet) {
	for i := range all {
		if all[i].Component == component {
			last = &all[i]
		}
	}
	return last
}

// Kept reads a sheet that was released.
func (s *DB) Kept(ctx context.Context, r *ReleasedSheet) (*selection.MarkSheet, error) {
	body, err := s.Fetch(ctx, r.Hash)
	if err != nil {
		return nil, fmt.Errorf("sheet of %s: %w", r.Component, err)
	}
	return selection.DecodeMarks(body)
}
