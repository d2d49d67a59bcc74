package node

import (
	"context"
	"fmt"

	"terang/cmd/terang/stores"
	"terang/proctor"
	"terang/web"
)

// StoredExams finds exams as the stores hold them, each opened once.
func StoredExams(ctx context.Context, s *stores.DB, keys *stores.KeyFile) func(string) (*web.Exam, stores.ExamRecord, error) {
	people, opened := proctor.NewPeople(s.Register), make(map[string]*OpenExam)
	return func(code string) (*web.Exam, stores.ExamRecord, error) {
		if x := opened[code]; x != nil {
			return x.Exam, x.Recorded, nil
		}
		recorded, err := s.ExamRecord(ctx, code)
		if err != nil {
			return nil, recorded, fmt.Errorf("exam %s: %w", code, err)
		}
		x, err := stores.StoredExam(ctx, s, keys, people, code, stores.LatestVersion)
		if err != nil {
			return nil, recorded, fmt.Errorf("exam %s: %w", code, err)
		}
		opened[code] = &OpenExam{Exam: x, Recorded: recorded}
		return x, recorded, nil
	}
}
