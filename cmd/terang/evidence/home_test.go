package evidence

import (
	"testing"

	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
)

// Who acted at a site is judged by the accounts that came with the sitting: one that the
// centre closed meanwhile could act there, one that it made could not, and before and after
// that time the centre's accounts count as they are.
func TestActsAtASiteAreJudgedByTheAccountsThatItHad(t *testing.T) {
	told := func(stream string, n int, pos engine.Pos, e engine.Event) keeper.Told {
		return keeper.Told{Record: engine.Record{Stream: stream, N: n, Pos: pos}, Event: &e}
	}
	const sitting = "uji.s1"
	room := engine.SittingStream + sitting
	v := &evidence{
		staff: []keeper.Told{
			told(proctor.StaffAccounts, 1, 2, engine.Event{}), told(proctor.StaffAccounts, 2, 4, engine.Event{}), told(proctor.StaffAccounts, 3, 20, engine.Event{}),
		},
		recorded: []keeper.Told{
			told(room, 1, 5, engine.Event{Kind: engine.SittingPlanned}), told(room, 2, 10, engine.Event{Kind: engine.HandedOver}),
			told(room, 3, 30, engine.Event{Kind: engine.CheckinOpened}), told(room, 4, 50, engine.Event{Kind: engine.SittingClosed}),
			told(engine.SittingStream+"uji.s2", 1, 11, engine.Event{Kind: engine.HandedOver}), // of which nothing has come
			told(proctor.SiteStreamOf(sitting, 2), 1, 29, engine.Event{Kind: engine.SiteOpened, MS: 2}),
		},
	}
	all := v.aways()
	for _, c := range []struct {
		name    string
		sitting string
		pos     engine.Pos
		want    engine.Pos
	}{
		{"before it was handed over", sitting, 9, 9},
		{"the handing over itself", sitting, 10, 10},
		{"at the site", sitting, 31, 5},
		{"the site's last", sitting, 50, 5},
		{"when it has come home", sitting, 51, 51},
		{"at a sitting of which nothing has come", "uji.s2", 31, 31},
		{"in the exam's own stream", "", 31, 31},
	} {
		if got := judgedAt(&done{sitting: c.sitting, pos: c.pos}, all); got != c.want {
			t.Errorf("%s: judged by the accounts before %d, want %d", c.name, got, c.want)
		}
	}
}
