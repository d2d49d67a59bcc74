package evidence

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
)

// Actor is a line of accounts.jsonl: whose an account is that acted in the exam, as the
// register had it when the export was made.
type Actor struct {
	Account string `json:"account"`
	Name    string `json:"name,omitempty"`
	Person  string `json:"person,omitempty"` // employee number: two accounts with one are one human
	Unit    string `json:"unit,omitempty"`
}

// done is something that staff did, or a step towards it.
type done struct {
	stream  string
	n       int
	pos     engine.Pos
	sitting string // EXAM.SITTING; "" in streams of none
	event   engine.Event
	needs   proctor.Requirement
	beyond  bool       // it gives or takes more of a candidate's time than one person may
	judged  engine.Pos // accounts count as they were before it
}

// act notes an event of whose actor the rights are asked. Of one that moves a candidate's time
// beyond says whether that is more than one person may.
func (v *evidence) act(stream string, n int, pos engine.Pos, sitting string, e *engine.Event, beyond bool) {
	needs, ok := proctor.RequiredBy(stream, e)
	if !ok {
		return
	}
	v.report.mu.Lock()
	defer v.report.mu.Unlock()
	v.acts = append(v.acts, done{stream: stream, n: n, pos: pos, sitting: sitting, event: *e, needs: needs, beyond: beyond})
}

const authority = "authority"

// authority holds every act of staff against what its people were allowed then, by the
// stream of accounts, which is first held against the log itself: who takes a revocation out
// of it, or writes a grant into it, has to change a leaf. Where two people are asked for
// they have to be two. The roles' rights are those that this program gives them.
func (v *evidence) authority(context.Context, *Case) error {
	if v.staff == nil {
		v.report.left(authority, "it has no stream of accounts, so that nobody's rights are known")
		return nil
	}
	if err := v.accounted(); err != nil {
		return err
	}
	persons, err := v.persons()
	if err != nil {
		return err
	}
	for i := range v.recorded {
		t := &v.recorded[i]
		sitting, _ := strings.CutPrefix(t.Record.Stream, engine.SittingStream)
		if sitting == t.Record.Stream {
			sitting = ""
		}
		v.act(t.Record.Stream, t.Record.N, t.Record.Pos, sitting, t.Event, false)
	}
	away := v.aways()
	for i := range v.acts {
		v.acts[i].judged = judgedAt(&v.acts[i], away)
	}
	slices.SortFunc(v.acts, func(a, b done) int { return cmp.Or(cmp.Compare(a.judged, b.judged), cmp.Compare(a.pos, b.pos)) })
	j := &judge{v: v, held: proctor.NewHeldRights(), persons: persons, frozen: make(map[string]bool)}
	next := 0
	for i := range v.acts {
		for ; next < len(v.staff) && v.staff[next].Record.Pos < v.acts[i].judged; next++ {
			if err := j.held.Apply(v.staff[next].Record.Pos, v.staff[next].Event); err != nil {
				return fmt.Errorf("%s version %d: %w", proctor.StaffAccounts, v.staff[next].Record.N, err)
			}
		}
		j.judge(&v.acts[i])
	}
	more := ""
	if j.setup > 0 {
		more += fmt.Sprintf(", %d by setup, whoever held the machine", j.setup)
	}
	if j.late > 0 {
		more += fmt.Sprintf(" (%d of them though there was an administrator)", j.late)
	}
	if j.unknown > 0 {
		more += fmt.Sprintf(", %d by accounts whose first grants no record has", j.unknown)
	}
	v.report.did(authority, "%d acts held against the rights of who did them, %d of two people%s", len(v.acts), j.pairs, more)
	return nil
}

// accounted makes the leaves of the stream of accounts and of what was read of no exam again
// and holds them against the log: there are exactly these, in this order.
func (v *evidence) accounted() error {
	if v.remaker == nil || v.logged == nil {
		return nil // and it is said why
	}
	made, err := v.remaker.Staff(slices.Concat(v.staff, v.browsed))
	if err != nil {
		return err
	}
	all := evidence{}
	all.keep(made)
	for i := range max(len(all.made), len(v.of)) {
		switch {
		case i >= len(v.of) || i < len(all.made) && all.made[i].sum != v.of[i].sum:
			v.report.add(authority, all.made[i].Stream, "version %d makes a leaf (%s) that the log does not have there: it was changed or added, or one before it was changed or left out", all.made[i].N, leafName(all.made[i].Kind, all.made[i].Act))
			return errFound
		case i >= len(all.made):
			v.report.add(authority, proctor.StaffAccounts, "leaf %d of the log (%s, %s) comes from no record of it, nor from anything read: it was left out", v.of[i].index, leafName(v.of[i].kind, v.of[i].act), v.of[i].at)
			return errFound
		}
	}
	return nil
}

// persons are the identity numbers of accounts.
func (v *evidence) persons() (map[string]string, error) {
	all := make(map[string]string)
	if !v.manifest.Has(ActorsName) {
		v.report.left(authority, "it has no %s, so that of two accounts nobody knows whether they are one person's", ActorsName)
		return all, nil
	}
	return all, eachLine(v.path(ActorsName), func(line []byte) error {
		var a Actor
		err := json.Unmarshal(line, &a)
		all[a.Account] = proctor.NormalPerson(a.Person)
		return err
	})
}

// judge goes through acts in the journal's order.
type judge struct {
	v       *evidence
	held    *proctor.HeldRights
	persons map[string]string
	frozen  map[string]bool // rosters that take two from here on

	setup, late, unknown, pairs int
}

func (j *judge) judge(d *done) {
	e := &d.event
	j.right(d, e.By, d.needs.Rights)
	if e.Two != "" {
		j.pairs++
		second := d.needs.Rights
		if d.needs.Second != nil {
			second = d.needs.Second
		}
		j.right(d, e.Two, second)
	}
	switch {
	case e.Two != "" && e.Two == e.By:
		j.v.report.add(authority, d.stream, "version %d (%s) has %q twice where two people acted", d.n, e.Kind, e.By)
	case e.Two != "" && j.persons[e.By] != "" && j.persons[e.By] == j.persons[e.Two]:
		j.v.report.add(authority, d.stream, "version %d (%s) is by %q and %q, which are of one person", d.n, e.Kind, e.By, e.Two)
	case e.Two == "" && j.two(d):
		j.v.report.add(authority, d.stream, "version %d (%s) takes two people, and is by %q alone", d.n, e.Kind, e.By)
	}
	if e.Kind == engine.RosterFrozen {
		j.frozen[d.stream] = true
	}
}

// two says whether an act takes two people. What setup does, it does before there are two.
func (j *judge) two(d *done) bool {
	policy, e := &j.v.parts.Def.Policy, &d.event
	switch {
	case engine.IsStep(e.Kind):
		return false
	case d.needs.Two:
		return true
	case e.By == proctor.Setup:
		return false
	case e.Kind == engine.RosterLoaded && j.frozen[d.stream]:
		return true
	case d.beyond:
		return true
	case d.needs.Name == engine.ActRoster, d.needs.Name == engine.ActPlaces: // from the freeze on
		return false
	}
	return d.needs.Name != "" && policy.NeedsTwo(d.needs.Name)
}

// right looks whether somebody held one of the rights.
func (j *judge) right(d *done, user string, rights []string) {
	def := j.v.parts.Def
	site, code := "", ""
	if d.needs.Where == proctor.AtSitting {
		_, code, _ = strings.Cut(d.sitting, ".")
		for _, s := range def.Sittings {
			if s.Code == code {
				site = s.Site
			}
		}
	}
	switch j.held.Judge(user, rights, d.needs.Where, def.Code, site, code, d.event.At) {
	case proctor.HeldRight:
	case proctor.HeldAsSetup:
		if j.setup++; j.held.Administrated() != 0 {
			j.late++
		}
	case proctor.HeldUnknown:
		j.unknown++
	case proctor.HeldByNobody:
		j.v.report.add(authority, d.stream, "version %d (%s) is by %q, and no account of that name had been made", d.n, d.event.Kind, user)
	case proctor.HeldNot:
		j.v.report.add(authority, d.stream, "version %d (%s, %s) is by %q, who could not do it there: it takes %s, and the account held %s",
			d.n, d.event.Kind, d.event.At.Time().Format(time.RFC3339), user, strings.Join(rights, " or "), cmp.Or(j.held.Grants(user), "nothing"))
	}
}
