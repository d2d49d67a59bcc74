package proctor

import (
	"crypto/hmac"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"terang/engine"
)

// OwnLife is how long a candidate who came back with the results code stays signed in.
const OwnLife = 30 * time.Minute

// OwnSession is the cookie of a candidate who came back with number, birth date and results
// code: EXAM.NUMBER.ISSUE.UNTIL under a signature of the key file. It is stored nowhere,
// and a new results code voids it.
func (k Keys) OwnSession(exam, number string, issue int, until engine.Instant) string {
	text := strings.Join([]string{exam, number, strconv.Itoa(issue), strconv.FormatInt(int64(until), 10)}, ".")
	return text + "." + hex.EncodeToString(k.mac("own-session", text))
}

// OwnSessionOf reads such a cookie: whose it is, and by which issue of the code. It is
// false for one that was not given here, or whose time is over.
func (k Keys) OwnSessionOf(cookie string, now engine.Instant) (exam, number string, issue int, ok bool) {
	cut := strings.LastIndexByte(cookie, '.')
	if cut < 0 {
		return "", "", 0, false
	}
	mac, err := hex.DecodeString(cookie[cut+1:])
	if err != nil || !hmac.Equal(mac, k.mac("own-session", cookie[:cut])) {
		return "", "", 0, false
	}
	parts := strings.Split(cookie[:cut], ".")
	if len(parts) != 4 {
		return "", "", 0, false
	}
	issue, badIssue := strconv.Atoi(parts[2])
	until, badUntil := strconv.ParseInt(parts[3], 10, 64)
	ok = badIssue == nil && badUntil == nil && now < engine.Instant(until)
	return parts[0], parts[1], issue, ok
}

// OwnSession is the cookie of a candidate who came back; see Keys.OwnSession.
func (d *Desk) OwnSession(p *Person, issue int) string {
	return d.keys.OwnSession(p.Exam, p.Number, issue, d.now().Add(OwnLife))
}

// OwnSessionOf reads such a cookie.
func (d *Desk) OwnSessionOf(cookie string) (exam, number string, issue int, ok bool) {
	return d.keys.OwnSessionOf(cookie, d.now())
}
