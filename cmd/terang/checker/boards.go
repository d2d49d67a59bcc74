package checker

import (
	"fmt"
	"maps"
	"slices"

	"terang/engine"
	"terang/scoring"
)

// Exam is whose boards are compared with a recomputation.
type Exam struct {
	Code     string
	Later    bool             // scores show only some time after the answers, or at the finish (any policy but instant)
	Never    bool             // scores are not shown at all
	Sections []engine.Section // of every form
	// Worth is what the displayed options of a position are worth to a candidate: by way
	// of the form, while boards count canonical options as the events name them.
	Worth func(number string, q int) []int
	Most  map[string]int // points of a section, which it is scaled up to
	// Ruled is what was decided of the item at a position, nil where the key stands; a nil Ruled
	// says that it does everywhere.
	Ruled  func(number string, q int) *Ruling
	Boards map[string][]Standing // by the name of where they come from
}

// Ruling is a decision about an item, as it meets one candidate.
type Ruling struct {
	Policy string // one of scoring's
	Values []int  // points of the displayed options from then on; of KEY_FIX and CREDIT_BEST_OF
	Most   int    // points of the item
}

// Standing is a row of a board, however it was read.
type Standing struct {
	Number   string
	Scores   map[string]int
	Total    int
	Answered int
	Finished bool

	cut bool // recomputed: disqualified before the finish, which shows all that was answered
}

// String names sections in the order of their codes, for a report.
func (s *Standing) String() string {
	text := ""
	for _, id := range slices.Sorted(maps.Keys(s.Scores)) {
		text += fmt.Sprintf("%s %d, ", id, s.Scores[id])
	}
	return fmt.Sprintf("%stotal %d, %d answered, finished %v", text, s.Total, s.Answered, s.Finished)
}

// compare recomputes each attempt of the exam and looks for it on every board.
func (x *Exam) compare(all *streams, r *Report) {
	boards := make(map[string]map[string]*Standing, len(x.Boards))
	for name, rows := range x.Boards {
		boards[name] = make(map[string]*Standing, len(rows))
		for i := range rows {
			boards[name][rows[i].Number] = &rows[i]
		}
	}
	for _, s := range all.all {
		want := x.recompute(s)
		if want == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(boards)) {
			r.Rows++
			got := boards[name][want.Number]
			switch {
			case got == nil:
				r.Boards.add("%s: %s is not on it", name, want.Number)
			case !x.same(got, want):
				r.Boards.add("%s: %s has %v, the answers are worth %v", name, want.Number, got, want)
			}
		}
	}
}

// same compares what a board shows. Points of who still writes, or was disqualified while
// writing, may be of earlier answers; how many are answered, and whether they have finished, is
// always of now.
func (x *Exam) same(got, want *Standing) bool {
	if got.Answered != want.Answered || got.Finished != want.Finished {
		return false
	}
	return x.Never || x.Later && (!want.Finished || want.cut) || got.Total == want.Total && maps.Equal(got.Scores, want.Scores)
}

// recompute folds a stream into its standing answers, and those into points. It is nil
// for a stream that is no started attempt of this exam.
func (x *Exam) recompute(s *stream) *Standing {
	stands := make(map[int]string)
	held := make(map[int]*event)
	number, started, over, cut := "", false, false, false
	for i := range s.events {
		e := &s.events[i]
		switch e.Kind {
		case engine.CheckedIn:
			if code, _, _ := cutSitting(e.Sitting); code != x.Code {
				return nil
			}
			number = e.Number
		case engine.Started:
			started = true
		case engine.Answered:
			stands[e.Q] = e.C
		case engine.Cleared:
			delete(stands, e.Q)
		case engine.Held:
			held[e.n] = e
		case engine.HeldDecided:
			h := held[e.Ref]
			switch {
			case h == nil || !e.On:
			case h.C == "":
				delete(stands, h.Q)
			default:
				stands[h.Q] = h.C
			}
		case engine.Finished:
			over, cut = true, false
		case engine.Disqualified:
			over, cut = true, !over
		case engine.Reopened:
			over, cut = false, false
		}
	}
	if number == "" || !started {
		return nil
	}
	w := &Standing{Number: number, Scores: make(map[string]int), Answered: len(stands), Finished: over, cut: cut}
	for _, section := range x.Sections {
		w.Scores[section.ID] = x.points(number, section, stands)
		w.Total += w.Scores[section.ID]
	}
	return w
}

// points adds up a section place by place, each by the decision about its item or by the key.
// What dropped items leave is counted as the same share of the whole, a half rounded up.
func (x *Exam) points(number string, section engine.Section, stands map[int]string) int {
	sum, dropped := 0, 0
	for q := section.From; q <= section.To; q++ {
		of := func(values []int) int {
			if letter := stands[q]; letter != "" && int(letter[0]-'a') < len(values) {
				return values[letter[0]-'a']
			}
			return 0
		}
		var ruling *Ruling
		if x.Ruled != nil {
			ruling = x.Ruled(number, q)
		}
		switch {
		case ruling == nil:
			sum += of(x.Worth(number, q))
		case ruling.Policy == scoring.CreditAll:
			sum += ruling.Most
		case ruling.Policy == scoring.KeyFix:
			sum += of(ruling.Values)
		case ruling.Policy == scoring.CreditBestOf:
			sum += max(of(ruling.Values), of(x.Worth(number, q)))
		case ruling.Policy == scoring.DropScale:
			dropped += ruling.Most
		}
	}
	if rest := x.Most[section.ID] - dropped; dropped > 0 && rest > 0 {
		scaled, over := sum*x.Most[section.ID]/rest, sum*x.Most[section.ID]%rest
		if 2*over >= rest {
			scaled++
		}
		return scaled
	}
	return sum
}

func cutSitting(id string) (exam, sitting string, ok bool) {
	for i := range id {
		if id[i] == '.' {
			return id[:i], id[i+1:], true
		}
	}
	return id, "", false
}
