package engine_test

import (
	"testing"
	"testing/synctest"

	"terang/engine"
)

// Attempts are told of what was done to their room after it was answered. Who acts on one of
// them at once finds it as the room is.
func TestASeatGoesOnRightAfterItsRoomWasPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, newMemory(), "n1")
		defer w.stop()
		l := w.begin()
		room := w.hall.Sitting(wardRoom)
		for range 20 {
			if _, err := room.Act(engine.Command{Act: engine.ActPause, By: "ratna", At: w.hall.Now(), Why: "power"}); err != nil {
				t.Fatal(err)
			}
			w.must(engine.Command{Act: engine.ActResume, By: "sari", Why: "power"})
			if s := w.state(); s.State != engine.Running {
				t.Fatalf("%s after it was let go on", s.State)
			}
			if _, err := room.Act(engine.Command{Act: engine.ActResume, By: "ratna", At: w.hall.Now(), Why: "power"}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := l.heard(engine.Paused); n != 20 {
			t.Errorf("the page heard of %d pauses of 20", n)
		}
	})
}
