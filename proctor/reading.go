package proctor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"terang/engine"
)

// What a Viewed event's Act may say was read.
const (
	ReadRoom      = "room"          // the people of a sitting, as the station shows them
	ReadProposals = "proposals"     // what waits for another person, with whom it would be done to
	ReadMinutes   = "minutes_read"  // of a sitting: who was there and what happened
	ReadRoster    = "roster_export" // who is expected, as a file, or beside what a file would change
	ReadPhoto     = "photo"         // somebody's, of the registration or the check-in
	ReadItem      = "item"          // an item with its key
	ReadResult    = "result"        // somebody's result beyond what is public
	ReadPaper     = "certificate"
	ReadAudit     = "audit"
	ReadExport    = "audit_export"
	ReadFlags     = "flags"     // advisory signals of a sitting
	ReadSurvey    = "survey"    // what candidates of an exam wrote after it
	ReadObjection = "objection" // somebody's objection with its words
	ReadNotices   = "notices"   // what people are to be told, as a file
)

// Reading is what somebody was shown that not everybody may see.
type Reading struct {
	What    string // one of Read…
	Sitting string // EXAM.SITTING, or EXAM for all of an exam
	Number  string // of one person
	Item    string // bank id
	Filter  string // of what was asked for; kept in the register, the event has its hash
}

// readingPause ends a reading: a page that asks again within it goes on with the same one,
// so that a station that polls is one reading and not one for each tick.
const readingPause = 5 * time.Minute

// Readings records who reads what, each in a stream of the reader's own, so that readers do
// not wait for each other.
type Readings struct {
	log      *Log
	register engine.Register

	mu   sync.Mutex
	open map[readingKey]engine.Instant // when it was last asked for
}

// file says whether something leaves the house: then each time counts.
func (w *Reading) file() bool {
	return w.What == ReadExport || w.What == ReadRoster || w.What == ReadNotices
}

type readingKey struct {
	user, desk string
	Reading
}

// openMost is how many readings may go on before those that have ended are looked for.
const openMost = 4096

// NewReadings returns a recorder; a process needs one.
func NewReadings(r engine.Register, log *Log) *Readings {
	return &Readings{log: log, register: r, open: make(map[readingKey]engine.Instant)}
}

// Note records that the account reads something, before it is shown. It returns when the
// record is stored; an error says that it is not, and the next call tries again. Whether
// something is shown all the same is the caller's decision: a supervisor must see the room
// while a disk is full.
func (r *Readings) Note(ctx context.Context, a Account, what Reading, now engine.Instant) error {
	key := readingKey{a.User, a.Desk, what}
	r.mu.Lock()
	last, goes := r.open[key]
	if goes = goes && now.Sub(last) < readingPause && !what.file(); !goes && len(r.open) >= openMost {
		for k, at := range r.open {
			if now.Sub(at) >= readingPause {
				delete(r.open, k)
			}
		}
	}
	r.open[key] = now
	r.mu.Unlock()
	if goes {
		return nil
	}
	text, err := KeepText(ctx, r.register, what.Filter)
	if err == nil {
		day := now.Time().UTC().Format(time.DateOnly)
		err = r.log.Append(ctx, r.log.audit(a.User, day), engine.Event{
			Kind: engine.Viewed, At: now, By: a.User, Act: what.What, Sitting: what.Sitting, Number: what.Number, Item: what.Item, Text: text,
		})
	}
	if err != nil {
		r.mu.Lock()
		delete(r.open, key)
		r.mu.Unlock()
		return fmt.Errorf("record that %s reads %s: %w", a.User, what.What, err)
	}
	return nil
}
