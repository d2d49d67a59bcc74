package pgjournal

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"terang/engine"
)

//go:embed queries/intern.sql
var intern string

// namesKept bounds what names remembers. Beyond it everything is asked anew, which costs
// one round trip.
const namesKept = 1 << 18

// names remembers which id stands for which stream. They never change.
type names struct {
	mu  sync.RWMutex
	ids map[string]int64
	of  map[int64]string
}

func (n *names) id(name string) int64 { // 0 if it is not known
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.ids[name]
}

// add takes rows of id and name.
func (n *names) add(rows pgx.Rows, err error) (map[string]int64, error) {
	if err != nil {
		return nil, err
	}
	found := map[string]int64{}
	var id int64
	var name string
	if _, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		found[name] = id
		return nil
	}); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ids == nil || len(n.ids)+len(found) > namesKept {
		n.ids, n.of = map[string]int64{}, map[int64]string{}
	}
	for name, id := range found {
		n.ids[name], n.of[id] = id, name
	}
	return found, nil
}

// intern returns the ids of the runs' streams, in the order of the runs. Names that are
// new are stored by this; that alone means nothing.
func (d *DB) intern(ctx context.Context, runs []engine.Run) ([]int64, error) {
	ids := make([]int64, len(runs))
	var missing []string
	for i := range runs {
		if ids[i] = d.names.id(runs[i].Stream); ids[i] == 0 {
			missing = append(missing, runs[i].Stream)
		}
	}
	if len(missing) == 0 {
		return ids, nil
	}
	// In one order, so that two nodes cannot wait for each other.
	slices.Sort(missing)
	missing = slices.Compact(missing)
	var found map[string]int64
	for range attempts {
		some, err := d.names.add(d.w.Query(ctx, intern, missing))
		if err != nil {
			return nil, err
		}
		if found == nil {
			found = some
		}
		for name, id := range some {
			found[name] = id
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return found[name] != 0 })
		if len(missing) == 0 {
			break
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the stream %q is neither there nor can it be made: is its table being changed by hand?", missing[0])
	}
	for i := range runs {
		if ids[i] == 0 {
			ids[i] = found[runs[i].Stream]
		}
	}
	return ids, nil
}

// name fills in the streams of records that carry only ids.
func (d *DB) name(ctx context.Context, records []engine.Record, ids []int64) error {
	missing := d.names.fill(records, ids)
	if len(missing) == 0 {
		return nil
	}
	found, err := d.names.add(d.pool.Query(ctx, `select id, name from stream where id = any($1::bigint[])`, missing))
	if err != nil {
		return err
	}
	of := make(map[int64]string, len(found))
	for name, id := range found {
		of[id] = name
	}
	for i, id := range ids {
		if records[i].Stream != "" {
			continue
		}
		if records[i].Stream = of[id]; records[i].Stream == "" {
			return fmt.Errorf("the record at position %d is of stream %d, which has no name: %w", records[i].Pos, id, errDamaged)
		}
	}
	return nil
}

// fill names what it can, and returns the ids that it does not know.
func (n *names) fill(records []engine.Record, ids []int64) (missing []int64) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for i, id := range ids {
		if records[i].Stream = n.of[id]; records[i].Stream == "" {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}
