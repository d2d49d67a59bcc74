package proctor

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"maps"
	"strconv"
	"strings"

	"terang/engine"
)

// codeLetters have none that is taken for another when it is copied by hand.
var codeLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// ResultsCode is what a candidate comes back with after the day, beside number and birth
// date: fifty bits in two groups of five. It follows from the key file, and is stored
// nowhere; a later issue makes the earlier one void.
func (k Keys) ResultsCode(exam, number string, issue int) string {
	code := codeLetters.EncodeToString(k.mac(resultsCodeUse, resultsCodeText(exam, number, issue)))
	return code[:5] + "-" + code[5:10]
}

const resultsCodeUse = "results-code"

func resultsCodeText(exam, number string, issue int) string {
	plain, _ := NormalNumber(number)
	return exam + "/" + plain + "/" + strconv.Itoa(issue)
}

// CheckResultsCode compares what somebody typed, however the groups and letters are written.
func (k Keys) CheckResultsCode(typed, exam, number string, issue int) bool {
	typed = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	want := strings.ReplaceAll(k.ResultsCode(exam, number, issue), "-", "")
	return subtle.ConstantTimeCompare([]byte(typed), []byte(want)) == 1
}

// ResultsCode is the code of a candidate that holds as of an issue; see Keys.ResultsCode.
func (d *Desk) ResultsCode(exam, number string, issue int) string {
	return d.keys.ResultsCode(exam, number, issue)
}

// CheckResultsCode compares a typed code with the one that holds.
func (d *Desk) CheckResultsCode(typed, exam, number string, issue int) bool {
	return d.keys.CheckResultsCode(typed, exam, number, issue)
}

// CodeIssue says which issue of a candidate's results code holds, by number.
func (l *Log) CodeIssue(ctx context.Context, exam string) (func(*Person) int, error) {
	issues := map[string]int{}
	err := l.look(ctx, engine.ExamStream+exam, func(t *tip) { maps.Copy(issues, t.codes) })
	return func(p *Person) int { return issues[p.Number] }, err
}

// IssueCode voids a candidate's results code and gives the next one, to whoever has seen
// the papers. Sent again with the same operation it is the same issue.
func (o *Office) IssueCode(ctx context.Context, actor Account, op string, p *Person, reason string) (issue int, err error) {
	op = strings.ToLower(op)
	switch {
	case !actor.May(ActResultCode, p.Exam, p.Site, p.Sitting):
		return 0, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(op):
		return 0, refusal(engine.BadFrame, "op")
	case strings.TrimSpace(reason) == "":
		return 0, refusal(engine.NeedsReason, "reason")
	}
	text, err := KeepText(ctx, o.register, reason)
	if err != nil {
		return 0, err
	}
	stream := engine.ExamStream + p.Exam
	_, err = o.log.decide(ctx, stream, op, func(t *tip) ([]engine.Event, error) {
		return []engine.Event{{
			Kind: engine.ResultsCodeIssued, At: o.now(), By: actor.User, Op: op, Number: p.Number, MS: int64(t.codes[p.Number] + 1), Text: text,
		}}, nil
	})
	if err == nil {
		err = o.log.look(ctx, stream, func(t *tip) { issue = t.codes[p.Number] })
	}
	return issue, err
}
