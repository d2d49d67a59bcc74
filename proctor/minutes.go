package proctor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"terang/engine"
)

// MinutesFormat names the format of MinutesData.
const MinutesFormat = "terang/minutes/1"

// MinutesData is a version of a sitting's minutes as it is closed, kept in the archive and
// signed: the bytes whose hash the signatures name. See minutes.md.
type MinutesData struct {
	Format     string          `json:"format"`
	Version    int             `json:"version"`
	Supplement string          `json:"supplement,omitempty"` // hash of the version that this one goes on from
	Why        string          `json:"why,omitempty"`        // of a supplement: a code, or correction
	Title      string          `json:"title"`                // of the exam
	Zone       string          `json:"zone"`                 // IANA, of the site
	Rehearsal  bool            `json:"rehearsal,omitempty"`
	Facts      Facts           `json:"facts"`
	Results    json.RawMessage `json:"results,omitempty"` // what boards say of the sitting's results; this package cannot read it
}

// ParseMinutes reads what was closed.
func ParseMinutes(body []byte) (*MinutesData, error) {
	d := new(MinutesData)
	if err := json.Unmarshal(body, d); err != nil {
		return nil, fmt.Errorf("minutes: %w", err)
	}
	if d.Format != MinutesFormat {
		return nil, fmt.Errorf("minutes of format %q: this program reads %s", d.Format, MinutesFormat)
	}
	return d, nil
}

// Minutes makes, keeps and has signed the minutes of sittings. It is an engine.Sink, made
// before the hall: it remembers where the records stand that tell of a sitting, eight
// bytes each, and reads nothing else.
type Minutes struct {
	journal engine.Journal
	people  *People
	desk    *Desk // see Serve
	archive engine.Archive

	mu    sync.RWMutex
	at    map[string][]engine.Pos       // by stream: records of which Tells is true
	did   map[string]map[doneBy]*ActSum // by sitting: what staff did
	moved map[string][]moved            // by stream of an attempt: where it was given another sitting
	left  map[string]map[string]bool    // by sitting: attempts that were given another
	facts map[string]*keptFacts         // by sitting, while nothing new tells of it
}

// moved says that the record at an index of a stream's positions is the last of one
// sitting and the first of another.
type moved struct {
	index    int
	from, to string
}

type keptFacts struct {
	records int64
	people  int
	facts   *Facts
}

// NewMinutes returns the sink; Serve lets it act.
func NewMinutes(j engine.Journal, p *People) *Minutes {
	return &Minutes{journal: j, people: p, at: make(map[string][]engine.Pos), did: make(map[string]map[doneBy]*ActSum), moved: make(map[string][]moved), left: make(map[string]map[string]bool), facts: make(map[string]*keptFacts)}
}

// Serve joins the minutes to a desk, whose mechanism for two people signs them.
func (m *Minutes) Serve(d *Desk, a engine.Archive) {
	m.desk, m.archive = d, a
	d.Counts(Counter{What: "minutes", Open: m.unsigned})
	d.pairs.Register(PairAct{Name: engine.ActSignMinutes, Right: ActSign, Life: OfficeLife, Show: m.showSign, Do: m.doSign})
}

// unsigned counts the sittings of an exam that have ended, and whose minutes are not signed
// as the journal stands. Those of a rehearsal may stay so.
func (m *Minutes) unsigned(_ context.Context, exam string) (n int, err error) {
	def := m.people.Exam(exam)
	if def == nil || def.Rehearsal {
		return 0, nil
	}
	for _, s := range def.Sittings {
		if state := m.State(exam + "." + s.Code); state != MinutesOpen && state != MinutesDone {
			n++
		}
	}
	return n, nil
}

// Apply takes in a committed record; see engine.Sink.
func (m *Minutes) Apply(r engine.Record, e *engine.Event) {
	if r.Stream == engine.RemovalStream && e.Kind == engine.ExamRemoved {
		m.forget(e.Act)
		return
	}
	attempt := strings.HasPrefix(r.Stream, engine.AttemptStream)
	if !attempt && !strings.HasPrefix(r.Stream, engine.SittingStream) || !Tells(e) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.at[r.Stream]
	if k := len(all); k > 0 && all[k-1] >= r.Pos {
		return // heard before
	}
	m.at[r.Stream] = append(all, r.Pos)
	if e.Kind == engine.Transferred || e.Kind == engine.Continued || e.Kind == engine.Resat {
		m.moved[r.Stream] = append(m.moved[r.Stream], moved{len(all), e.Act, e.Sitting})
		if m.left[e.Act] == nil {
			m.left[e.Act] = make(map[string]bool)
		}
		m.left[e.Act][strings.TrimPrefix(r.Stream, engine.AttemptStream)] = true
	}
	m.count(r, e)
}

// forget drops what is known of a rehearsal that was removed: its code may come again.
func (m *Minutes) forget(exam string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ofExam := func(sitting string) bool { code, _, _ := strings.Cut(sitting, "."); return code == exam }
	maps.DeleteFunc(m.at, func(stream string, _ []engine.Pos) bool {
		sitting, ok := strings.CutPrefix(stream, engine.SittingStream)
		return ok && ofExam(sitting)
	})
	maps.DeleteFunc(m.did, func(sitting string, _ map[doneBy]*ActSum) bool { return ofExam(sitting) })
	maps.DeleteFunc(m.facts, func(sitting string, _ *keptFacts) bool { return ofExam(sitting) })
}

// members are who is expected at a sitting, and who was and was given another.
func (m *Minutes) members(sitting string) []*Person {
	people := m.people.In(sitting)
	here := make(map[string]bool, len(people))
	for _, p := range people {
		here[p.Attempt] = true
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, id := range slices.Sorted(maps.Keys(m.left[sitting])) {
		if p := m.people.Person(id); p != nil && !here[id] {
			people = append(people, p)
		}
	}
	return people
}

// of are the positions of an attempt that are of one sitting; the lock is held.
func (m *Minutes) of(attempt, sitting string) (at []engine.Pos) {
	stream := engine.AttemptStream + attempt
	all, moves := m.at[stream], m.moved[stream]
	if len(moves) == 0 {
		return all
	}
	from, where := 0, moves[0].from
	for _, v := range append(slices.Clone(moves), moved{index: len(all) - 1}) {
		if where == sitting {
			at = append(at, all[from:v.index+1]...)
		} else if v.to == sitting {
			at = at[:0:0] // what was before is in the minutes of the other sitting
		}
		from, where = v.index, v.to
	}
	return slices.Compact(at)
}

// places are the positions of the sitting's records and of those of its people, in order.
func (m *Minutes) places(sitting string, people []*Person, of func(attempt, sitting string) []engine.Pos) []engine.Pos {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := slices.Clone(m.at[engine.SittingStream+sitting])
	for _, p := range people {
		all = append(all, of(p.Attempt, sitting)...)
	}
	slices.Sort(all)
	return all
}

// Records is how many records tell of a sitting now.
func (m *Minutes) Records(sitting string) int64 {
	return int64(len(m.places(sitting, m.members(sitting), m.of)))
}

// Facts are those of a sitting EXAM.CODE as the journal stands. They are not changed by
// whoever reads them.
func (m *Minutes) Facts(ctx context.Context, sitting string) (*Facts, error) {
	def, people, err := m.open(sitting)
	if err != nil {
		return nil, err
	}
	records := int64(len(m.places(sitting, people, m.of)))
	m.mu.RLock()
	kept := m.facts[sitting]
	m.mu.RUnlock()
	if kept != nil && kept.records == records && kept.people == len(people) {
		return kept.facts, nil
	}
	c := NewConduct(sitting, people)
	// What was begun at another sitting is folded, too: the clock goes on from there.
	whole := func(attempt, _ string) []engine.Pos { return m.at[engine.AttemptStream+attempt] }
	err = readAt(ctx, m.journal, m.places(sitting, people, whole), func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if err == nil {
			c.Apply(r, &e)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("facts of sitting %s: %w", sitting, err)
	}
	f := c.Facts(def)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.facts) >= 64 {
		clear(m.facts)
	}
	m.facts[sitting] = &keptFacts{f.Records, len(people), f}
	return f, nil
}

func (m *Minutes) open(sitting string) (*engine.Definition, []*Person, error) {
	exam, code, _ := strings.Cut(sitting, ".")
	def := m.people.Exam(exam)
	if def == nil {
		return nil, nil, refusal(UnknownSitting, "sitting")
	}
	if _, _, ok := sittingOf(def, code); !ok {
		return nil, nil, refusal(UnknownSitting, "sitting")
	}
	return def, m.members(sitting), nil
}

// IncidentWords are the words of incidents by their hashes, which is all that facts hold:
// words can be erased, and closed minutes cannot. What was erased since has none.
func IncidentWords(ctx context.Context, r engine.Register, f *Facts) (map[string]string, error) {
	words := make(map[string]string)
	for _, n := range f.Incidents {
		text, err := Text(ctx, r, n.Text)
		if err != nil {
			return nil, err
		}
		words[n.Text] = text
	}
	return words, nil
}

// readRun is how far apart records may stand to be read at once.
const readRun = 256

// readAt visits the records at positions, which are in order. One that is not there any
// more was removed with its exam.
func readAt(ctx context.Context, j engine.Journal, at []engine.Pos, visit func(engine.Record) error) error {
	for i := 0; i < len(at); {
		to := i
		for to+1 < len(at) && at[to+1]-at[i] < readRun {
			to++
		}
		records, err := j.Tail(ctx, at[i]-1, int(at[to]-at[i])+1)
		if err != nil {
			return err
		}
		for _, r := range records {
			for i <= to && at[i] < r.Pos {
				i++
			}
			if i <= to && at[i] == r.Pos {
				if err := visit(r); err != nil {
					return err
				}
				i++
			}
		}
		i = to + 1
	}
	return nil
}
