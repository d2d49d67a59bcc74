package proctor

import (
	"strings"
	"testing"
	"time"

	"terang/engine"
)

// A candidate stays signed in for as long as they use the page, and no longer than the bound; the
// cookie says since when, and nobody makes one up.
func TestTheOwnSessionGoesOnWithUse(t *testing.T) {
	k := Keys{Secret: []byte("a secret of thirty-two bytes ...")}
	began := engine.InstantOf(time.Date(2031, 11, 22, 8, 0, 0, 0, time.UTC))
	own := Own{Exam: "skd", Number: "26-1-1", Issue: 2, Since: began}.Used(began)
	now := began
	for now < began.Add(OwnMost-OwnLife) { // used every twenty minutes
		now = now.Add(20 * time.Minute)
		read, ok := k.OwnSessionOf(k.OwnSession(own), now)
		if !ok || read != own {
			t.Fatalf("after %v: %+v, %v", now.Sub(began), read, ok)
		}
		own = own.Used(now)
	}
	own = own.Used(began.Add(OwnMost - time.Second))
	if own.Until != began.Add(OwnMost) {
		t.Errorf("it ends after %v", own.Until.Sub(began))
	}
	cookie := k.OwnSession(own)
	for what, c := range map[string]struct {
		cookie string
		at     engine.Instant
	}{
		"over":            {cookie, own.Until},
		"of another":      {strings.Replace(cookie, "26-1-1", "26-1-2", 1), now},
		"begun otherwise": {strings.Replace(cookie, ".2.", ".3.", 1), now},
		"no cookie":       {"", now},
	} {
		if read, ok := k.OwnSessionOf(c.cookie, c.at); ok {
			t.Errorf("%s: %+v", what, read)
		}
	}
	idle := Own{Since: began}.Used(began)
	if _, ok := k.OwnSessionOf(k.OwnSession(idle), began.Add(OwnLife)); ok {
		t.Error("a page that nobody uses stays open")
	}
}
