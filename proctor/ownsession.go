package proctor

import (
	"crypto/hmac"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"terang/engine"
)

// OwnLife is how long a candidate who came back with the results code stays signed in after they
// used the page last, and OwnMost how long in all: the computer may be one that many use.
const (
	OwnLife = 30 * time.Minute
	OwnMost = 4 * time.Hour
)

// Own is a candidate who came back with number, birth date and results code. A new code voids it.
type Own struct {
	Exam, Number string
	Issue        int            // of the results code
	Since, Until engine.Instant // Until moves on while the page is used
}

// Used is the same candidate, who used the page now.
func (o Own) Used(now engine.Instant) Own {
	o.Until = min(now.Add(OwnLife), o.Since.Add(OwnMost))
	return o
}

// OwnSession is the cookie of a candidate who came back: EXAM.NUMBER.ISSUE.UNTIL.SINCE under a
// signature of the key file. It is stored nowhere.
func (k Keys) OwnSession(o Own) string {
	text := strings.Join([]string{o.Exam, o.Number, strconv.Itoa(o.Issue), strconv.FormatInt(int64(o.Until), 10), strconv.FormatInt(int64(o.Since), 10)}, ".")
	return text + "." + hex.EncodeToString(k.mac("own-session", text))
}

// OwnSessionOf reads such a cookie. It is false for one that was not given here, or whose time is
// over.
func (k Keys) OwnSessionOf(cookie string, now engine.Instant) (Own, bool) {
	cut := strings.LastIndexByte(cookie, '.')
	if cut < 0 {
		return Own{}, false
	}
	mac, err := hex.DecodeString(cookie[cut+1:])
	if err != nil || !hmac.Equal(mac, k.mac("own-session", cookie[:cut])) {
		return Own{}, false
	}
	parts := strings.Split(cookie[:cut], ".")
	if len(parts) != 5 { // an earlier program's had no beginning, and half an hour
		return Own{}, false
	}
	issue, badIssue := strconv.Atoi(parts[2])
	until, badUntil := strconv.ParseInt(parts[3], 10, 64)
	since, badSince := strconv.ParseInt(parts[4], 10, 64)
	ok := badIssue == nil && badUntil == nil && badSince == nil && now < engine.Instant(until)
	return Own{parts[0], parts[1], issue, engine.Instant(since), engine.Instant(until)}, ok
}

// OwnSession is the cookie of a candidate who came back; see Keys.OwnSession.
func (d *Desk) OwnSession(o Own) string { return d.keys.OwnSession(o) }

// OwnSessionOf reads such a cookie.
func (d *Desk) OwnSessionOf(cookie string) (Own, bool) { return d.keys.OwnSessionOf(cookie, d.now()) }
