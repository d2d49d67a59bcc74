package engine_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"terang/engine"
)

// What an attempt promises to several pages at several nodes, as a sequential machine: a
// history of calls and answers is in order if there is one instant for each call, between
// its begin and its answer, such that the machine gives the same answers (Herlihy and
// Wing, 1990; the search is porcupine's).
//
// In it are acts that are stored before they are answered: hello, sign-in, answer, mark,
// finish, release and move; what a welcome shows; and the refusals that name a fact which
// never ceases to be one: superseded, finished. Not in it are reads without a write. What
// a node refuses because of a session that it has not heard of, or because it has not
// heard of a release, is a fact of up to 200 ms ago: nothing is promised but that it has
// no effect.

const (
	linearItems = 4   // positions of the form: few, so that pages meet
	linearOps   = 256 // operations of one attempt at most
)

// show is what a page is shown in a welcome; it is no act of its own on the wire. The
// commit of a hello and what its welcome shows may be two instants: others' events that
// were stored with it are shown too.
const show = "show"

// asked is one call, as the history has it.
type asked struct {
	act     string
	op      int    // number of the operation in the attempt, 0 for acts without one
	id      string // as the journal has it: of the operation, or of the session
	device  int    // from 1; 0 is the supervisor
	node    string
	session int         // that speaks; of a sign-in, the one that it opens
	gens    []int       // generations under which it has been sent
	made    map[int]int // of an unknown hello: the generations that it may have made, if known, with their versions
	q       int
	c       string
	on      bool
}

// told is how it was answered.
type told struct {
	code engine.Code // "" when it was done, unknown when nobody can say
	n    int
	gen  int
	sheet
}

// unknown is the answer that never came, or was busy to the end: done or not, at any
// instant after the call.
const unknown engine.Code = "unknown"

// sheet is what a candidate has written.
type sheet struct {
	answers [linearItems]string
	marks   [linearItems]bool
	done    bool
}

// standing is the state of the machine. It is comparable.
type standing struct {
	sheet
	n       int // version that has been reached, at least: the engine's own events have versions too
	gen     int
	owner   int // device that holds the attempt, 0 nobody
	session int // that may say hello
	seated  int // device that it belongs to
	// accepted has the version of each operation, somewhere if nobody was told it.
	accepted [linearOps]int
}

const somewhere = -1

// next is the machine: whether the answer is one that it could give, and what then stands.
func (s standing) next(in asked, out told) (bool, standing) {
	if s.accepted[in.op] != 0 { // operation 0 is never accepted
		first := s.accepted[in.op]
		return out.code == unknown || out.code == "" && (out.n == first || first == somewhere), s
	}
	then, may := s.do(in, out)
	switch out.code {
	case "":
		stored := in.act != show && !(in.act == engine.ActHello && s.done)
		return may && (!stored || out.n > s.n), then
	case unknown:
		if may {
			return true, then
		}
		return true, s
	case engine.Superseded:
		return !s.done && s.owner == 0 || !slices.Contains(in.gens, s.gen), s
	case engine.AlreadyOver, engine.WrongState:
		return s.done, s
	}
	return false, s
}

// do is the act's effect, and whether the machine lets it happen.
func (s standing) do(in asked, out told) (then standing, may bool) {
	then = s
	then.n = max(out.n, s.n+1)
	if in.op != 0 {
		then.accepted[in.op] = somewhere
		if out.n != 0 {
			then.accepted[in.op] = out.n
		}
	}
	holds := s.owner != 0 && slices.Contains(in.gens, s.gen)
	switch in.act {
	case engine.ActSignIn:
		then.session, then.seated = in.session, in.device
		return then, s.owner == 0 || s.owner == in.device || s.done
	case engine.ActHello:
		if s.done {
			return s, true // nothing is taken: the page hears the result
		}
		then.owner, then.gen = in.device, s.gen+1
		made := out.gen == then.gen
		if out.code == unknown {
			n, may := in.made[then.gen]
			made = in.made == nil || may && n > s.n
			then.n = max(then.n, n)
		}
		return then, made && s.session == in.session && s.seated == in.device
	case show:
		then.n = max(out.n, s.n)
		return then, s.sheet == out.sheet && s.gen == out.gen && (s.done || out.n >= s.n)
	case engine.ActAnswer:
		then.answers[in.q-1] = in.c
		return then, holds && !s.done
	case engine.ActMark:
		then.marks[in.q-1] = in.on
		return then, holds && !s.done
	case engine.ActSelfEnd:
		then.done = true
		return then, holds && !s.done
	case engine.ActRelease, engine.ActMove:
		then.owner, then.session, then.seated = 0, 0, 0
		return then, !s.done
	}
	return s, false
}

// linearBegin is an attempt that the first device has signed in to.
var linearBegin = standing{session: 1, seated: 1}

func linearModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return linearBegin },
		Step: func(state, in, out any) (bool, any) { return state.(standing).next(in.(asked), out.(told)) },
		Hash: func(state any) uint64 {
			s := state.(standing)
			return uint64(s.n)<<32 ^ uint64(s.gen)<<16 ^ uint64(s.session)
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%v → %v", in, out) },
		DescribeState:     func(state any) string { return fmt.Sprint(state) },
	}
}

func (a asked) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "device %d: %s", a.device, a.act)
	if a.op != 0 {
		fmt.Fprintf(&b, " #%d", a.op)
	}
	switch a.act {
	case engine.ActAnswer:
		fmt.Fprintf(&b, " %d=%q", a.q, a.c)
	case engine.ActMark:
		fmt.Fprintf(&b, " %d %t", a.q, a.on)
	case engine.ActSignIn, engine.ActHello:
		fmt.Fprintf(&b, " session %d", a.session)
	}
	if len(a.gens) > 0 {
		fmt.Fprintf(&b, " as generation %d", a.gens)
	}
	return b.String()
}

func (t told) String() string {
	switch {
	case t.code != "":
		return string(t.code)
	case t.sheet != sheet{}:
		return fmt.Sprintf("n %d, generation %d, %s", t.n, t.gen, t.sheet)
	case t.gen != 0:
		return fmt.Sprintf("n %d, generation %d", t.n, t.gen)
	}
	return fmt.Sprintf("n %d", t.n)
}

func (s sheet) String() string {
	over := ""
	if s.done {
		over = ", finished"
	}
	return fmt.Sprintf("%q, marks %v%s", s.answers, s.marks, over)
}

func (s standing) String() string {
	return fmt.Sprintf("n %d: device %d holds generation %d, session %d of device %d, %s", s.n, s.owner, s.gen, s.session, s.seated, s.sheet)
}

// history is what was asked of one attempt and what was told. Its instants are a count
// that all callers share: of two calls, everybody sees which was first.
type history struct {
	id    string // of the attempt
	clock *atomic.Int64

	mu    sync.Mutex
	calls []porcupine.Operation
	seen  map[string]int // how often each act was answered how
}

func (h *history) now() int64 { return h.clock.Add(1) }

// add notes a call and its answer, with when they were.
func (h *history) add(call, back int64, in asked, out told) {
	if out.code == unknown {
		back = atTheEnd // it may yet happen
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen[in.act+" "+cmp.Or(string(out.code), "ok")]++
	h.calls = append(h.calls, porcupine.Operation{Input: in, Output: out, Call: call, Return: back})
}

func (h *history) size() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.calls)
}

// learn asks the journal, at the end, for what nobody was told: which of the unknown calls
// happened, as which version. That saves the search to guess; when they took effect is
// still open.
func (h *history) learn(events []engine.Event) {
	heard := map[int]bool{} // generations that somebody was told of
	for _, c := range h.calls {
		if in, out := c.Input.(asked), c.Output.(told); in.act == engine.ActHello && out.code == "" {
			heard[out.gen] = true
		}
	}
	stored := map[string]int{}
	made := map[string]map[int]int{} // the other ones, by device and node
	for i := range events {
		switch e := &events[i]; {
		case e.Kind == engine.DeviceBound && !heard[e.Gen]:
			key := e.Device + " " + e.Node
			if made[key] == nil {
				made[key] = map[int]int{}
			}
			made[key][e.Gen] = i + 1
		case e.Kind == engine.SignedIn:
			stored[e.Session] = i + 1
		case e.Op != "" && stored[e.Op] == 0:
			stored[e.Op] = i + 1
		}
	}
	calls := make([]porcupine.Operation, 0, len(h.calls))
	for _, c := range h.calls {
		in, out := c.Input.(asked), c.Output.(told)
		switch {
		case out.code != unknown:
		case in.act == engine.ActHello && made[in.id+" "+in.node] != nil:
			in.made = made[in.id+" "+in.node]
			c.Input = in
		case stored[in.id] != 0:
			c.Output = told{n: stored[in.id]}
			if behind := h.behind(stored[in.id]); behind > c.Call {
				c.Return = behind
			}
		default:
			continue // it never happened
		}
		calls = append(calls, c)
	}
	h.calls = calls
}

// behind is when somebody was first told of a version behind n: n was stored before that.
func (h *history) behind(n int) int64 {
	first := int64(atTheEnd)
	for _, c := range h.calls {
		if out := c.Output.(told); out.code == "" && out.n > n {
			first = min(first, c.Return)
		}
	}
	return first
}

// atTheEnd is after all that has been answered.
const atTheEnd = 1 << 62

// judge says whether the history is in order. The search takes milliseconds as a rule, and
// may take exponentially long.
func (h *history) judge(within time.Duration) (porcupine.CheckResult, porcupine.LinearizationInfo) {
	h.mu.Lock()
	defer h.mu.Unlock()
	lanes(h.calls)
	return porcupine.CheckOperationsVerbose(linearModel(), h.calls, within)
}

// lanes gives calls that overlap different lines of the picture.
func lanes(calls []porcupine.Operation) {
	slices.SortFunc(calls, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var free []int64 // when each line's last call was answered
	for i := range calls {
		lane := slices.IndexFunc(free, func(back int64) bool { return back < calls[i].Call })
		if lane < 0 {
			lane = len(free)
			free = append(free, 0)
		}
		calls[i].ClientId, free[lane] = lane, calls[i].Return
	}
}

// picture draws the history for a browser, where it outlives the test: the artifacts of a
// run that was not asked to keep any are removed with it.
func picture(t testing.TB, info porcupine.LinearizationInfo) (path string, err error) {
	dir := t.ArtifactDir()
	if keep := flag.Lookup("test.artifacts"); keep == nil || keep.Value.String() != "true" {
		if dir, err = os.MkdirTemp("", "terang-history-"); err != nil {
			return "", err
		}
	}
	path = filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".html")
	return path, porcupine.VisualizePath(linearModel(), info, path)
}

// stuck tells in words where the search ended: the last calls of the longest order that
// it found, what then stood, and the calls under way, of which none could be next.
func (h *history) stuck(info porcupine.LinearizationInfo) string {
	var longest []int
	for _, orders := range info.PartialLinearizations() {
		for _, order := range orders {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d calls can be put in order, the last of them:", len(longest), len(h.calls))
	line := func(what string, c porcupine.Operation) {
		fmt.Fprintf(&b, "\n%s %v → %v [%d, %d]", what, c.Input, c.Output, c.Call, c.Return)
	}
	s, placed := linearBegin, map[int]bool{}
	for i, id := range longest {
		c := h.calls[id]
		placed[id] = true
		_, s = s.next(c.Input.(asked), c.Output.(told))
		if i >= len(longest)-8 {
			line("    ", c)
		}
	}
	fmt.Fprintf(&b, "\nthen stands %v, and next may be:", s)
	first := int64(atTheEnd)
	for id, c := range h.calls {
		if !placed[id] {
			first = min(first, c.Return)
		}
	}
	for id, c := range h.calls {
		if !placed[id] && c.Call <= first {
			line("    ", c)
		}
	}
	return b.String()
}
