package shelf

import (
	"context"
	"encoding/json"
	"fmt"

	"terang/engine"
	"terang/scoring/itemstats"
)

// KindStatistics is the register's entry of an exam's item analysis: the archive hash of
// the newest report that was kept. It decides nothing, and can be made anew of the journal.
const KindStatistics = "itemstats"

// Statistics is how an item behaved in one exam.
type Statistics struct {
	Exam string
	At   string // instant up to which the journal was read, RFC 3339
	*itemstats.ItemReport
}

// KeepStatistics keeps a report that itemstats made of an exam, in the place of the one
// before it, and returns the exam's code.
func (s *Shelf) KeepStatistics(ctx context.Context, report []byte) (exam string, err error) {
	var r itemstats.Report
	if err := json.Unmarshal(report, &r); err != nil {
		return "", fmt.Errorf("the report: %w; give what terang bank stats --json wrote", err)
	}
	if r.Schema != itemstats.Schema || r.Source.Exam == "" {
		return "", fmt.Errorf("the report's schema is %q, want %q: give what terang bank stats --json wrote", r.Schema, itemstats.Schema)
	}
	h, err := s.archive.Keep(ctx, report)
	if err != nil {
		return "", fmt.Errorf("keep the report of %s: %w", r.Source.Exam, err)
	}
	err = s.register.Put(ctx, engine.Entry{Kind: KindStatistics, ID: r.Source.Exam, Body: []byte(h.String())})
	return r.Source.Exam, err
}

// Statistics is what is known of all items, by code and then by exam, in order of the
// exams' codes; empty where no report was kept.
func (s *Shelf) Statistics(ctx context.Context) (map[string][]Statistics, error) {
	all := map[string][]Statistics{}
	err := s.register.List(ctx, KindStatistics, "", func(e engine.Entry) error {
		r, err := s.report(ctx, string(e.Body))
		if err != nil {
			return fmt.Errorf("statistics of exam %s: %w", e.ID, err)
		}
		for i := range r.Items {
			it := &r.Items[i]
			all[it.ID] = append(all[it.ID], Statistics{r.Source.Exam, r.Source.At, it})
		}
		return nil
	})
	return all, err
}

// report reads a kept report, once.
func (s *Shelf) report(ctx context.Context, hash string) (*itemstats.Report, error) {
	s.mu.Lock()
	r, ok := s.reports[hash]
	s.mu.Unlock()
	if ok {
		return r, nil
	}
	h, err := engine.ParseHash(hash)
	if err != nil {
		return nil, err
	}
	body, err := s.archive.Fetch(ctx, h)
	if err != nil {
		return nil, err
	}
	r = &itemstats.Report{}
	if err := json.Unmarshal(body, r); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.reports[hash] = r
	s.mu.Unlock()
	return r, nil
}
