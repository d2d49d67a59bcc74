package engine

import "fmt"

// SurveyStream begins the stream of an exam's survey, survey/EXAM: which attempts have
// taken part. What they answered is in no journal.
const SurveyStream = "survey/"

// SurveyQuestion is a question that candidates are asked after their finish, with one
// answer of several. Without options it is a scale from 1, not at all, to 5, entirely.
type SurveyQuestion struct {
	Code    string         `json:"code"`
	ID      string         `json:"id"` // Indonesian
	EN      string         `json:"en"`
	Options []SurveyOption `json:"options,omitempty"`
}

// SurveyOption is one answer.
type SurveyOption struct {
	Code string `json:"code"`
	ID   string `json:"id"`
	EN   string `json:"en"`
}

// Bounds of a survey.
const (
	surveyMost  = 20
	optionsMost = 10
)

// checkSurvey names every fault of a survey.
func checkSurvey(all []SurveyQuestion, fault func(format string, args ...any)) {
	if len(all) > surveyMost {
		fault("survey: %d questions: ask at most %d", len(all), surveyMost)
	}
	seen := make(map[string]bool)
	for i, q := range all {
		at := fmt.Sprintf("survey question %d (%s)", i+1, q.Code)
		if !codePattern.MatchString(q.Code) || seen[q.Code] {
			fault("%s: give each a code of its own, 1 to 40 of a-z 0-9 -", at)
		}
		seen[q.Code] = true
		if q.ID == "" || q.EN == "" {
			fault("%s: write it in both languages, id and en", at)
		}
		if len(q.Options) == 1 || len(q.Options) > optionsMost {
			fault("%s: %d options: give 2 to %d, or none for a scale from 1 to 5", at, len(q.Options), optionsMost)
		}
		options := make(map[string]bool)
		for _, o := range q.Options {
			if !codePattern.MatchString(o.Code) || options[o.Code] || o.ID == "" || o.EN == "" {
				fault("%s: option %q: give each a code of its own and both languages", at, o.Code)
			}
			options[o.Code] = true
		}
	}
}
