package engine

import (
	"context"
	"errors"
	"time"
)

// Pos numbers the events of one journal in commit order, from 1. It has gaps: what was
// refused leaves its positions unused.
type Pos int64

// Record is an event as the journal holds it.
type Record struct {
	Pos    Pos
	Stream string
	N      int // version of the stream, from 1
	Body   []byte
	Hash   Hash
}

// Run is what one decision appends to one stream: whole or not at all.
// Records[0].N is the version that the writer expects to be free.
type Run struct {
	Stream  string
	Records []Record // Stream, N, Body and Hash set; Pos is given by the journal
}

// Outcome answers a Run: where it was stored, or that another writer was first.
type Outcome struct {
	Conflict bool
	First    Pos // position of the run's first record; the others follow without a gap
}

// Errors of the stores. Anything else that Append returns means that the outcome is
// unknown: the streams are read again before they are decided again.
var (
	// ErrAbsent: no such entry.
	ErrAbsent = errors.New("absent")
	// ErrTaken: there is such an entry already, and nothing was stored.
	ErrTaken = errors.New("taken")
	// ErrFull: nothing of the batch was stored because there is no room; try again later.
	ErrFull = errors.New("no room on the journal's disk: free some, the exam goes on by itself")
	// ErrSetBack: the journal lacks what this node has seen in it. Nothing that is read of it
	// or written to it counts any more, until the process starts anew.
	ErrSetBack = errors.New("the journal was set back")
	// ErrLocked: another process writes this journal.
	ErrLocked = errors.New("the journal is held by another process")
)

// Journal is the one truth: streams of events, each with its own versions, all in one
// order of commit. When Append has returned a run as stored, it has reached the disk.
type Journal interface {
	// Append commits the runs of one batch. A run is stored whole or not at all; one
	// run's conflict does not touch the others; a run whose predecessor does not exist
	// is a conflict, so that no stream has a hole. There is at most one run per stream.
	// The bodies are kept for who follows the tail: nobody changes them from here on. The
	// slices of runs and records are the caller's again once there is no error.
	Append(ctx context.Context, runs []Run) ([]Outcome, error)
	// Read visits the records of a stream after version after, in order.
	Read(ctx context.Context, stream string, after int, visit func(Record) error) error
	// Tail returns at most limit records after a position, in commit order. Nothing
	// that commits later ever stands before what Tail has returned. Fewer are not the end, for a
	// node may remember some without asking: where there are none, nothing followed.
	Tail(ctx context.Context, after Pos, limit int) ([]Record, error)
	// Beat stores that the node was alive at the instant, and returns what all nodes
	// stored last, this one's earlier lives included. A negative instant is a goodbye: the
	// node held its pages until then, and has gone. It is stored and returned as it is. 0 stores
	// nothing: whoever only reads is no node.
	Beat(ctx context.Context, node string, at Instant) (map[string]Instant, error)
	Close() error
}

// Follower is a Journal for who follows its tail closely. Not every journal is one.
type Follower interface {
	// TailInto is Tail with room for the records, as many as it holds.
	TailInto(ctx context.Context, after Pos, room []Record) ([]Record, error)
}

// tailInto reads the tail of any journal.
func tailInto(ctx context.Context, j Journal, after Pos, room []Record) ([]Record, error) {
	if f, ok := j.(Follower); ok {
		return f.TailInto(ctx, after, room)
	}
	return j.Tail(ctx, after, cap(room))
}

// Entry is a row of the register.
type Entry struct {
	Kind string // "person", "account", "session", "text", ...
	ID   string // unique within the kind; lists are ordered by it
	Body []byte
}

// Register holds what can be corrected and erased: who people are, accounts, the words
// behind the hashes. Events name its rows by id only.
type Register interface {
	Put(ctx context.Context, entries ...Entry) error // all or none; replaces
	// Add is Put of entries whose first must be new: of all nodes that add it, one does, and
	// the others get ErrTaken.
	Add(ctx context.Context, first Entry, more ...Entry) error
	Get(ctx context.Context, kind, id string) ([]byte, error)
	// List visits the entries of a kind whose id begins with prefix, in order of id.
	List(ctx context.Context, kind, prefix string, visit func(Entry) error) error
	Erase(ctx context.Context, kind, id string) error
}

// Archive holds immutable bytes by their SHA-256.
type Archive interface {
	Keep(ctx context.Context, body []byte) (Hash, error)
	Fetch(ctx context.Context, h Hash) ([]byte, error)
}

// Presence is what a station shows of an attempt without asking its holder.
type Presence struct {
	Attempt  string
	Sitting  string
	Seat     string
	State    State
	Progress int     // items answered
	Last     Instant // last contact
	Ends     Instant // deadline, Never while the clock stands
	Node     string
	Told     int     // version of the clock that the page has said it shows
	Noted    Instant // when it was noted in the session store, 0 if it was not
}

// Limit is a bucket: Burst at once, refilled one per Every.
type Limit struct {
	Burst int
	Every time.Duration
}

// Store is fast and may be lost at any moment: presence, limits, and deadlines as hints.
// Nothing in it decides.
type Store interface {
	Note(ctx context.Context, seen []Presence) error
	Presences(ctx context.Context, sitting string) ([]Presence, error)
	// Allow takes one from the bucket at key, or says how long to wait.
	Allow(ctx context.Context, key string, limit Limit, now Instant) (ok bool, retry time.Duration, err error)
	// Schedule sets (or with Never removes) the instant at which an attempt wants to be looked at.
	Schedule(ctx context.Context, due map[string]Instant) error
	// Due returns at most max attempts whose instant has come, earliest first, and keeps them.
	Due(ctx context.Context, now Instant, max int) ([]string, error)
}

// Volatile is a Store that can lose what it holds while the exam goes on.
type Volatile interface {
	// Kept says whether all that was noted and scheduled since Kept was last asked, and
	// before, is still there. It says no when it cannot know: at first, and after any call
	// that has failed. Who hears no notes everything again.
	Kept(ctx context.Context) (bool, error)
}
