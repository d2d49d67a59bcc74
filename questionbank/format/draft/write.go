package draft

import (
	"encoding/base64"
	"fmt"
	"math/big"

	"terang/questionbank"
)

// Export is the account of a writer: what the format cannot carry, so that a reader of the
// file will not find it.
type Export struct {
	Written int
	Losses  []questionbank.Fault
}

// Lose notes a loss of one question.
func (e *Export) Lose(q *questionbank.Question, remedy, format string, args ...any) {
	e.Losses = append(e.Losses, questionbank.Fault{What: q.ID + ": " + fmt.Sprintf(format, args...), Remedy: remedy})
}

// Weights are the options' parts of the best value, and that value in points.
func Weights(q *questionbank.Question) ([]*big.Rat, int) {
	values := make([]int, len(q.Options))
	for i, o := range q.Options {
		values[i] = o.Value
	}
	return Sized(values)
}

// ImageTag shows a figure in HTML at the address src. The attribute data-file carries the
// name of the file where an address has none.
func ImageTag(f *questionbank.Figure, src, name string) string {
	if f == nil {
		return ""
	}
	tag := `<img src="` + Escape(src) + `" alt="` + Escape(f.Alt) + `"`
	if name != "" {
		tag += ` data-file="` + Escape(name) + `"`
	}
	return tag + "/>"
}

// DataURI is a figure as an address that holds it.
func DataURI(f *questionbank.Figure) string {
	return "data:" + f.Type + ";base64," + base64.StdEncoding.EncodeToString(f.Data)
}
