package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"terang/engine"
	"terang/proctor"
)

// SeenFlag says where a server keeps how far it has seen its journal.
type SeenFlag struct {
	Seen string `help:"File in which this server keeps how far it has seen the journal, so that its next start notices an older backup in the journal's place. Default: the key file's name with .seen after it." type:"path" placeholder:"FILE"`
}

// SeenPath is the file; if none is named, it stands beside the key file.
func (f *SeenFlag) SeenPath(keys string) string {
	if f.Seen != "" {
		return f.Seen
	}
	return keys + ".seen"
}

// seenEvery is how often it is written down. What came after the last time before a machine
// fell may be missed unseen; what was acknowledged waits for none of it.
const seenEvery = time.Second

// seen is how far this node has seen its journal. It is kept outside of it, in a file with a
// line for each journal that a server with this key file has served: whatever takes a
// journal's place takes the place of all that stands in it, the public log included. Nothing
// is kept that has not been committed, so that no journal that kept its word is suspected.
//
// As a sink of the hall it takes note; it never waits for the file.
type seen struct {
	path string // "": it is not kept
	of   string // --journal and --keys of what is served, for whoever has to name it
	log  *slog.Logger
	told bool // that it cannot be kept; only write looks at it

	mu      sync.Mutex
	journal string // which one it is, see ofJournal; "" while no record tells
	pos     engine.Pos
	hash    engine.Hash // of the record there
	wrote   engine.Pos
}

// ofJournal says whether a stream's first record tells journals apart: what it holds is never
// taken out of one, as a rehearsal may be.
func ofJournal(stream string) bool {
	return strings.HasPrefix(stream, engine.StaffStream) || stream == engine.LogStream
}

func nameOf(r *engine.Record) string { return hex.EncodeToString(r.Hash[:8]) }

// Apply implements engine.Sink.
func (s *seen) Apply(r engine.Record, _ *engine.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == "" && ofJournal(r.Stream) {
		s.journal = nameOf(&r)
	}
	s.pos, s.hash = r.Pos, r.Hash
}

// mark is a line of the file: a journal, the newest record of it that was seen, and when.
type mark struct {
	journal string
	pos     engine.Pos
	hash    engine.Hash
	at      engine.Instant
}

// String has the same length for all marks, so that each is written over where it stands.
func (m *mark) String() string {
	return fmt.Sprintf("%s %19d %s %s\n", m.journal, m.pos, m.hash, m.at)
}

func parseMark(line string) (m mark, err error) {
	parts := strings.Fields(line)
	if len(parts) != 4 {
		return m, fmt.Errorf("%q is no journal, position, hash and instant", line)
	}
	pos, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return m, err
	}
	m.journal, m.pos = parts[0], engine.Pos(pos)
	if m.hash, err = engine.ParseHash(parts[2]); err != nil {
		return m, err
	}
	at, err := time.Parse(time.RFC3339, parts[3])
	m.at = engine.InstantOf(at)
	return m, err
}

const seenHead = "# Terang: how far servers with this key file have seen their journals, so that a start notices an older one in its place.\n"

// marked finds a journal's line and where it begins; ok is false if there is none. A line that
// is torn, as a fall of the machine may leave it, is none.
func marked(text, journal string) (m mark, at int64, ok bool) {
	for line := range strings.Lines(text) {
		if m, err := parseMark(line); err == nil && m.journal == journal {
			return m, at, true
		}
		at += int64(len(line))
	}
	return mark{}, 0, false
}

// write keeps what is new since the last time. It is not forced to the disk: then it would
// stand in the way of those who wait for theirs; a process that dies loses nothing of it.
func (s *seen) write(now engine.Instant) {
	s.mu.Lock()
	m := mark{s.journal, s.pos, s.hash, now}
	idle := s.path == "" || m.journal == "" || m.pos == s.wrote
	s.mu.Unlock()
	if idle {
		return
	}
	err := s.put(&m)
	if err != nil && !s.told {
		s.log.Warn("how far the journal was seen cannot be kept: an older backup in its place would not be noticed when this server starts again; name a writable place with --seen", "error", err)
	}
	s.told = err != nil
	if err == nil {
		s.mu.Lock()
		s.wrote = m.pos
		s.mu.Unlock()
	}
}

func (s *seen) put(m *mark) error {
	text, err := os.ReadFile(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, at, ok := marked(string(text), m.journal)
	if ok {
		file, err := os.OpenFile(s.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = file.WriteAt([]byte(m.String()), at)
		return errors.Join(err, file.Close())
	}
	line := m.String()
	switch {
	case len(text) == 0:
		line = seenHead + line
	case text[len(text)-1] != '\n':
		line = "\n" + line
	}
	file, err := os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line)
	return errors.Join(err, file.Close())
}

// Loss names what a journal lacks: the newest record that a server had seen in it. People
// hand it on as POSITION-HASH.
type Loss struct {
	Pos  engine.Pos
	Hash string // first 16 digits of the record's
}

// lossHash is how much of a hash people copy by hand.
const lossHash = 16

func (l Loss) String() string { return fmt.Sprintf("%d-%s", l.Pos, l.Hash) }

// ParseLoss reads what String wrote.
func ParseLoss(text string) (Loss, error) {
	pos, hash, _ := strings.Cut(text, "-")
	n, err := strconv.ParseInt(pos, 10, 64)
	if _, bad := hex.DecodeString(hash); err != nil || bad != nil || n < 1 || len(hash) != lossHash {
		return Loss{}, fmt.Errorf("%q is no POSITION-HASH as terang serve names what its journal lacks", text)
	}
	return Loss{engine.Pos(n), hash}, nil
}

// Missing says in words how the journal lacks what the loss names; "" says that it does not.
// A journal that ends before it may then be of no use any more to whoever has it open.
func (l Loss) Missing(ctx context.Context, j engine.Journal) (string, error) {
	records, err := j.Tail(ctx, l.Pos-1, 1)
	switch {
	case errors.Is(err, engine.ErrSetBack), err == nil && len(records) == 0:
		return "the journal ends before that", nil
	case err != nil:
		return "", err
	case records[0].Pos == l.Pos && records[0].Hash.String()[:lossHash] == l.Hash:
		return "", nil
	case records[0].Pos == l.Pos:
		return "the journal has another record there", nil
	}
	removed := false
	err = j.Read(ctx, engine.RemovalStream, 0, func(r engine.Record) error {
		removed = removed || r.Pos > l.Pos
		return nil
	})
	if removed || err != nil {
		return "", err // of a rehearsal that was taken out
	}
	return "the journal has no record there", nil
}

// setBackBefore is for whoever finds that a server does not start.
const setBackBefore = `this server does not start, because its journal lacks what servers have seen in it.
Seen: position %d at %s, says %s. Found: %s.
What happened: an old backup was restored, or a replica that lagged has taken the database's place.
  Answers that candidates were told are stored may not be in it.
What to do: 1. Find out which backup was restored, by whom, and what it lacks; keep a copy of it.
  2. Bring back the newest database, and start again. If there is none, whoever answers for the exam decides how it goes on.
  3. To go on without what is missing: terang restored %s %s --reason WHY --as USER. It is recorded; then start again.
%w`

// check refuses a journal that lacks what its file says was seen of it, unless somebody has
// recorded that it was restored.
func (s *seen) check(ctx context.Context, j engine.Journal) error {
	text, err := os.ReadFile(s.path)
	if s.path == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("how far the journal was seen: %w; name the file with --seen", err)
	}
	journal, err := whichJournal(ctx, j)
	if err != nil {
		return fmt.Errorf("compare the journal with %s: %w", s.path, err)
	}
	m, _, ok := marked(string(text), journal)
	if !ok {
		return nil
	}
	loss := Loss{m.pos, m.hash.String()[:lossHash]}
	known, err := accepted(ctx, j, loss, m.at)
	if known {
		s.log.Warn("this journal was restored, as somebody has recorded: what came later is not in it", "seen", loss.String(), "at", m.at.String())
		return nil
	}
	missing := ""
	if err == nil {
		missing, err = loss.Missing(ctx, j)
	}
	if err != nil {
		return fmt.Errorf("compare the journal with %s: %w", s.path, err)
	}
	if missing != "" {
		return fmt.Errorf(setBackBefore, m.pos, m.at, s.path, missing, loss, s.of, engine.ErrSetBack)
	}
	return nil
}

// whichJournal is what tells this journal from others; "" while nothing does.
func whichJournal(ctx context.Context, j engine.Journal) (string, error) {
	for pos := engine.Pos(0); ; {
		records, err := j.Tail(ctx, pos, 4096)
		if err != nil || len(records) == 0 {
			return "", err
		}
		for i := range records {
			if ofJournal(records[i].Stream) {
				return nameOf(&records[i]), nil
			}
		}
		pos = records[len(records)-1].Pos
	}
}

// accepted says whether somebody has recorded this loss, or another of the same restoration:
// what any server had seen until then is lost with it.
func accepted(ctx context.Context, j engine.Journal, l Loss, seen engine.Instant) (bool, error) {
	known := false
	err := j.Read(ctx, proctor.StaffAccounts, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.JournalRestored {
			known = known || e.At >= seen || e.Extra == int64(l.Pos) && e.Form == l.Hash
		}
		return err
	})
	return known, err
}
