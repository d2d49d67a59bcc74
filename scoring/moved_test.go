package scoring

import (
	"bytes"
	"fmt"
	"testing"

	"terang/engine"
)

// Who was checked in and then sent to another sitting stands on the boards of that one from the
// record on, also who never comes there: for who follows, and for who folds the same records
// with the roster as it was afterwards.
func TestARowFollowsItsAttemptToAnotherSitting(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before []engine.Event // beside the check-in
		moved  engine.Kind
		status string // once the other sitting has ended
	}{
		"before the start":                    {moved: engine.Transferred, status: StatusTH},
		"after the start":                     {before: []engine.Event{{Kind: engine.Started}, *answered(1, "a", 0)}, moved: engine.Continued, status: Misses},
		"turned away, and expected elsewhere": {before: []engine.Event{{Kind: engine.TurnedAway, Why: "late"}}, moved: engine.Transferred, status: StatusTH},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := smallExam(t, engine.LiveInstant, 7)
			who := &x.Entrants[0] // at u1
			live := boards(t, x)
			j := &journal{pos: 1}
			stream := "attempt/" + who.Attempt
			j.add(stream, engine.Event{Kind: engine.CheckedIn, Sitting: "uji.u1", At: 2000})
			for _, e := range test.before {
				e.At = 2000
				j.add(stream, e)
			}
			j.add(stream, engine.Event{Kind: test.moved, Sitting: "uji.s1", Act: "uji.u1", At: 3000})
			moved := len(j.list)
			for _, s := range []string{"u1", "s1"} {
				j.add("sitting/uji."+s, engine.Event{Kind: engine.SittingEnded, At: 4000})
				j.add("sitting/uji."+s, engine.Event{Kind: engine.SittingClosed, At: 5000})
			}
			for _, r := range j.list[:moved] {
				r.apply(live)
			}
			live.Tick(3500)
			if row := rowOn(t, live, "uji.sitting.s1", who.Number); row == nil || row.Status == StatusTH {
				t.Errorf("moved: the row of the other sitting is %v", shown(row))
			}
			if row := rowOn(t, live, "uji.sitting.u1", who.Number); row != nil {
				t.Errorf("moved: still on the board that was left, %v", shown(row))
			}
			for _, r := range j.list[moved:] {
				r.apply(live)
			}
			live.Tick(6000)
			who.Site, who.Sitting = "selatan", "s1" // as the roster has it now
			again := boards(t, x)
			for _, r := range j.list {
				r.apply(again)
			}
			again.Tick(6000)
			for node, b := range map[string]*Boards{"who followed": live, "who folds it again": again} {
				if row := rowOn(t, b, "uji.sitting.s1", who.Number); row == nil || row.Status != test.status {
					t.Errorf("%s: the row of the other sitting is %v, want status %q", node, shown(row), test.status)
				}
				for _, id := range []string{"uji.sitting.u1", "uji.site.utara"} {
					if row := rowOn(t, b, id, who.Number); row != nil {
						t.Errorf("%s: still on %s, %v", node, id, shown(row))
					}
				}
			}
			for _, id := range []string{"uji", "uji.sitting.u1", "uji.sitting.s1", "uji.site.selatan", "uji.formation.f1"} {
				one, _ := live.Whole(id)
				two, _ := again.Whole(id)
				if !bytes.Equal(rowsOf(t, one), rowsOf(t, two)) {
					t.Errorf("%s: who followed shows\n%s\nwho folds it again\n%s", id, one, two)
				}
			}
		})
	}
}

// Who was sent on before they came anywhere may be given yet another sitting by the roster,
// which no record of the attempt tells.
func TestTheRosterMayGoOnAfterATransfer(t *testing.T) {
	t.Parallel()
	x := smallExam(t, engine.LiveInstant, 7)
	who := &x.Entrants[0]
	j := &journal{pos: 1}
	j.add("attempt/"+who.Attempt, engine.Event{Kind: engine.Transferred, Sitting: "uji.s1", Act: "uji.u1", At: 3000})
	for sitting, roster := range map[string]string{"s1": "u1", "u2": "u2"} { // before and after it has gone on
		who.Sitting = roster
		b := boards(t, x)
		j.list[0].apply(b)
		b.Tick(4000)
		if rowOn(t, b, "uji.sitting."+sitting, who.Number) == nil {
			t.Errorf("with the roster at %s there is no row at %s", roster, sitting)
		}
	}
}

func rowOn(t *testing.T, b *Boards, id, number string) *Row {
	t.Helper()
	page, ok := b.Page(id, 0, MaxPage, number)
	if !ok {
		t.Fatalf("there is no board %s", id)
	}
	if len(page.Rows) == 0 {
		return nil
	}
	return &page.Rows[0]
}

// rowsOf is what is on a board, whenever it was published.
func rowsOf(t *testing.T, body []byte) []byte {
	t.Helper()
	_, rows, ok := bytes.Cut(body, []byte(`"rows":`))
	if !ok {
		t.Fatalf("no rows: %s", body)
	}
	return rows
}

func shown(r *Row) string {
	if r == nil {
		return "none"
	}
	return fmt.Sprintf("one with status %q", r.Status)
}
