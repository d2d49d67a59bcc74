package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"terang/engine"
)

// SurveyLeast is how many answers there have to be before any count is shown, and how many
// more before it moves: with fewer one could tell whose they are.
const SurveyLeast = 10

// SurveySums are counts of answers by question and option.
type SurveySums struct {
	Answers int                       `json:"answers"`
	Counts  map[string]map[string]int `json:"counts"`
}

// with are the sums and one answer more.
func (s *SurveySums) with(answers map[string]string) *SurveySums {
	next := &SurveySums{Answers: 1, Counts: make(map[string]map[string]int)}
	next.add(s)
	for q, o := range answers {
		if next.Counts[q] == nil {
			next.Counts[q] = make(map[string]int)
		}
		next.Counts[q][o]++
	}
	return next
}

func (s *SurveySums) add(o *SurveySums) {
	s.Answers += o.Answers
	for q, counts := range o.Counts {
		if s.Counts[q] == nil {
			s.Counts[q] = make(map[string]int)
		}
		for option, n := range counts {
			s.Counts[q][option] += n
		}
	}
}

// of is how many people have answered a question.
func (s *SurveySums) of(question string) (n int) {
	for _, one := range s.Counts[question] {
		n += one
	}
	return n
}

// surveyShown is what may be read of a survey: the sums as they were at its newest step.
type surveyShown struct {
	Step int `json:"step"` // from 1; 0 while too few have answered
	SurveySums
}

// next is the step after this one, nil while there would be too few in it. So are those of
// whom a question is moved: where most leave it out, it waits for a later step.
func (s *surveyShown) next(all *SurveySums) *surveyShown {
	if all.Answers-s.Answers < SurveyLeast {
		return nil
	}
	n := &surveyShown{Step: s.Step + 1, SurveySums: SurveySums{Answers: all.Answers, Counts: maps.Clone(s.Counts)}}
	if n.Counts == nil {
		n.Counts = make(map[string]map[string]int)
	}
	for q, counts := range all.Counts {
		if all.of(q)-s.of(q) >= SurveyLeast {
			n.Counts[q] = counts
		}
	}
	return n
}

// shown is what may be read of a survey. It moves in steps of at least SurveyLeast answers,
// the same for all nodes and whoever reads, so that no two readings differ by what one
// person has said; the words of these people are let out with them. The last few answers,
// with whom no step is full, are never shown.
func (s *Survey) shown(ctx context.Context, exam string) (*surveyShown, error) {
	now, err := s.newest(ctx, exam)
	if err != nil {
		return nil, err
	}
	words, err := s.waiting(ctx, exam) // before the sums: whose words they are is counted
	if err != nil {
		return nil, err
	}
	all, err := s.told(ctx, exam)
	if err != nil {
		return nil, err
	}
	next := now.next(all)
	if next == nil {
		return now, nil
	}
	switch err := s.step(ctx, exam, next, words); {
	case errors.Is(err, engine.ErrTaken): // another node was first, perhaps with other sums
		return s.newest(ctx, exam)
	case err != nil:
		return nil, err
	}
	return next, nil
}

func (s *Survey) newest(ctx context.Context, exam string) (*surveyShown, error) {
	var now surveyShown
	body, err := s.register.Get(ctx, KindSurveyShown, exam)
	if errors.Is(err, engine.ErrAbsent) {
		return &now, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &now)
	}
	if err != nil {
		return nil, fmt.Errorf("survey of %s: %w", exam, err)
	}
	return &now, nil
}

// waiting are the words that nobody may read yet.
func (s *Survey) waiting(ctx context.Context, exam string) (words []engine.Entry, err error) {
	err = s.register.List(ctx, KindSurveyWaits, exam+"/", func(e engine.Entry) error {
		words = append(words, e)
		return nil
	})
	return words, err
}

// told adds up what all nodes were told.
func (s *Survey) told(ctx context.Context, exam string) (*SurveySums, error) {
	all := &SurveySums{Counts: make(map[string]map[string]int)}
	err := s.register.List(ctx, KindSurveySums, exam+"/", func(e engine.Entry) error {
		var one SurveySums
		if err := json.Unmarshal(e.Body, &one); err != nil {
			return fmt.Errorf("survey of %s: sums %s: %w", exam, e.ID, err)
		}
		all.add(&one)
		return nil
	})
	return all, err
}

// step stores the next step with its words, whole or not at all; engine.ErrTaken where there
// is one already.
func (s *Survey) step(ctx context.Context, exam string, next *surveyShown, words []engine.Entry) error {
	body, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("survey of %s: %w", exam, err)
	}
	entries := []engine.Entry{{Kind: KindSurveyShown, ID: exam, Body: body}}
	for _, w := range words {
		entries = append(entries, engine.Entry{Kind: KindSurveyText, ID: w.ID, Body: w.Body})
	}
	if err := s.register.Add(ctx, engine.Entry{Kind: KindSurveyStep, ID: fmt.Sprintf("%s/%d", exam, next.Step)}, entries...); err != nil {
		return fmt.Errorf("survey of %s: %w", exam, err)
	}
	for _, w := range words { // what a crash leaves here is let out once more, and is no second text
		if err := s.register.Erase(ctx, w.Kind, w.ID); err != nil {
			return fmt.Errorf("survey of %s: %w", exam, err)
		}
	}
	return nil
}

// SurveySummary is what everybody may read of a survey, as of its newest step. Counts of a
// question stand in it only when at least SurveyLeast people have answered it.
type SurveySummary struct {
	Exam      string          `json:"exam"`
	Least     int             `json:"least"`
	Answers   int             `json:"answers"` // 0 while there are fewer than Least
	Questions []SurveyCounted `json:"questions"`
}

// SurveyCounted is a question with how many chose which answer.
type SurveyCounted struct {
	engine.SurveyQuestion
	Answers int            `json:"answers"`
	Counts  map[string]int `json:"counts,omitempty"`
}

// Summary is what everybody may read of an exam's survey.
func (s *Survey) Summary(ctx context.Context, def *engine.Definition) (*SurveySummary, error) {
	now, err := s.shown(ctx, def.Code)
	if err != nil {
		return nil, err
	}
	v := &SurveySummary{Exam: def.Code, Least: SurveyLeast, Answers: now.Answers, Questions: []SurveyCounted{}}
	for _, q := range Questions(def) {
		v.Questions = append(v.Questions, SurveyCounted{q, now.of(q.Code), now.Counts[q.Code]})
	}
	return v, nil
}

// Texts are the words that people wrote, in no order that says when: by random id. Like the
// counts they come in steps.
func (s *Survey) Texts(ctx context.Context, def *engine.Definition) ([]string, error) {
	texts := []string{}
	now, err := s.shown(ctx, def.Code)
	if err != nil || now.Answers == 0 {
		return texts, err
	}
	err = s.register.List(ctx, KindSurveyText, def.Code+"/", func(e engine.Entry) error {
		texts = append(texts, string(e.Body))
		return nil
	})
	return texts, err
}
