package crowd

import (
	"testing"
	"time"
)

// A stopped node is tried once, not every second time.
func TestANodeThatDoesNotAnswerIsLeftAloneWhileAnotherMay(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var r route
	r.goOn(2, false, now) // node 0 was stopped
	for range 5 {         // node 1 sends everybody away for a while
		if r.at != 1 {
			t.Fatalf("the candidate goes to node %d, which did not answer", r.at)
		}
		now = now.Add(4 * time.Second)
		r.goOn(2, true, now)
	}
	now = now.Add(avoid)
	if r.goOn(2, true, now); r.at != 0 {
		t.Error("a node that was silent long ago is never tried again")
	}
}

func TestWhereNobodyAnswersEachNodeIsTriedInTurn(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var r route
	var tried []int
	for range 6 {
		tried = append(tried, r.at)
		r.goOn(3, false, now)
		now = now.Add(2 * time.Second)
	}
	for i, at := range tried {
		if at != i%3 {
			t.Fatalf("tried %v", tried)
		}
	}
}

func TestOneNodeAloneIsTriedAgain(t *testing.T) {
	var r route
	if r.goOn(1, false, time.Unix(1, 0)); r.at != 0 {
		t.Error(r.at)
	}
}
