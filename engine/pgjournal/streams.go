package pgjournal

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"terang/engine"
	"terang/engine/packed"
)

//go:embed queries/intern.sql
var intern string

// selectNames is for streams that are met by their ids.
const selectNames = `select id, name, coalesce((select max(n) from event where event.stream = stream.id), 0)
	from stream where id = any($1::bigint[])`

// namesKept is how many streams are known before those are forgotten that have nothing in packs:
// what has to be known of them is asked anew, which costs one round trip.
const namesKept = 1 << 18

// stream is what this node knows of a stream.
type stream struct {
	id   int64
	name string

	// Of a stream whose records come in packs: its last version, and for each of the newest
	// the first position of its pack. That table has no index by stream.
	n     int
	packs packed.Places

	batch uint64 // the last that had a run of it; of Append
}

// inPacks tells streams whose records are held in packs from the others, which stand under
// (stream, n) and are checked there: they are few, and whoever reads or writes one should not have
// to know the packs.
func inPacks(stream string) bool { return strings.HasPrefix(stream, engine.AttemptStream) }

// streams are those that this node knows; guarded by known.mu.
type streams struct {
	byName map[string]*stream
	byID   map[int64]*stream
	most   int // how many there may be before some are forgotten
}

func (s *streams) add(id int64, name string, n int) *stream {
	st := s.byID[id]
	if st == nil {
		if s.byID == nil {
			s.byName, s.byID = map[string]*stream{}, map[int64]*stream{}
		}
		st = &stream{id: id, name: name, n: n}
		s.byName[name], s.byID[id] = st, st
	}
	return st
}

// prune forgets streams that have nothing in packs, if there are many. Nobody holds one while
// it runs: an append would decide by what it was.
func (k *known) prune() {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := &k.streams
	if len(s.byID) <= max(s.most, namesKept) {
		return
	}
	for id, st := range s.byID {
		if st.packs.Len() == 0 {
			delete(s.byID, id)
			delete(s.byName, st.name)
		}
	}
	s.most = 2 * len(s.byID)
}

// meet asks for streams, and returns how many there are: in rows of id, name, version.
func (k *known) meet(ctx context.Context, from querier, query string, which any) (int, error) {
	rows, err := from.Query(ctx, query, which)
	if err != nil {
		return 0, err
	}
	found := 0
	var st stream
	_, err = pgx.ForEachRow(rows, []any{&st.id, &st.name, &st.n}, func() error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.streams.add(st.id, st.name, st.n)
		found++
		return nil
	})
	return found, err
}

// intern returns the runs' streams, in the order of the runs. Names that are new are stored by
// this; that alone means nothing.
func (d *DB) intern(ctx context.Context, runs []engine.Run) ([]*stream, error) {
	all := make([]*stream, len(runs))
	for try := 0; ; try++ {
		missing := d.known.find(runs, all)
		if len(missing) == 0 {
			return all, nil
		}
		if try == attempts {
			return nil, fmt.Errorf("the stream %q is neither there nor can it be made: is its table being changed by hand?", missing[0])
		}
		// In one order, so that two nodes cannot wait for each other.
		slices.Sort(missing)
		if _, err := d.known.meet(ctx, d.w, intern, slices.Compact(missing)); err != nil {
			return nil, err
		}
	}
}

// find fills in the streams of runs, and returns the names that it does not know.
func (k *known) find(runs []engine.Run, all []*stream) (missing []string) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for i := range runs {
		if all[i] = k.streams.byName[runs[i].Stream]; all[i] == nil {
			missing = append(missing, runs[i].Stream)
		}
	}
	return missing
}

// name gives entries the names of their streams.
func (d *DB) name(ctx context.Context, from querier, entries []entry) error {
	for range attempts {
		missing := d.known.fill(entries)
		if len(missing) == 0 {
			return nil
		}
		if found, err := d.known.meet(ctx, from, selectNames, missing); err != nil {
			return err
		} else if found < len(missing) {
			return fmt.Errorf("there are records of stream %d, or of one beside it, which has no name: %w", missing[0], errDamaged)
		}
	}
	return errors.New("streams are forgotten faster than they can be named")
}

// fill names what it can, and returns the ids that it does not know.
func (k *known) fill(entries []entry) (missing []int64) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for i := range entries {
		if st := k.streams.byID[entries[i].stream]; st != nil {
			entries[i].Stream = st.name
		} else {
			missing = append(missing, entries[i].stream)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}
