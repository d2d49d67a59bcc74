package sqlitejournal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"terang/engine"
)

// head is what an append and a read have to know of a stream.
type head struct {
	id    int64
	n     int
	batch uint64 // the last batch that had a run of this stream

	// Where its records stand in tables pack and event, which have no index by stream: the
	// positions, as distances from the first. Empty for what has settled.
	first engine.Pos
	offs  []uint32
}

// extend notes where the next record of the stream stands.
func (h *head) extend(pos engine.Pos) {
	if len(h.offs) == 0 {
		h.first = pos
	}
	h.offs = append(h.offs, uint32(pos-h.first))
}

// positions returns those of the versions from..to that have not settled; a nil head has none.
func (h *head) positions(from, to int) []engine.Pos {
	if h == nil {
		return nil
	}
	base := h.n - len(h.offs) // the version before the first of offs
	lo, hi := max(from-base-1, 0), min(to-base, len(h.offs))
	if lo >= hi {
		return nil
	}
	at := make([]engine.Pos, 0, hi-lo)
	for _, off := range h.offs[lo:hi] {
		at = append(at, h.first+engine.Pos(off))
	}
	return at
}

// drop forgets the positions up to last, and returns whether none is left.
func (h *head) drop(last engine.Pos) (empty bool) {
	i := 0
	for i < len(h.offs) && h.first+engine.Pos(h.offs[i]) <= last {
		i++
	}
	if i == 0 {
		return len(h.offs) == 0
	}
	rest, first := h.offs[i:], h.first
	h.offs = nil
	for _, off := range rest {
		h.extend(first + engine.Pos(off))
	}
	return len(h.offs) == 0
}

// open tells streams whose events wait in commit order until their sitting is closed from
// those that belong to no sitting, which stand under (stream, n) from the start.
func open(stream string) bool {
	return strings.HasPrefix(stream, "attempt/") || strings.HasPrefix(stream, "sitting/")
}

// scan returns the heads of all streams in tables pack and event, and the last position given.
func (w *writer) scan(ctx context.Context) (map[string]*head, engine.Pos, error) {
	var last engine.Pos
	err := w.conn.QueryRowContext(ctx, `select max(coalesce((select max(pos) from event), 0),
		coalesce((select max(pos) from moved), 0), coalesce((select last from pack order by first desc limit 1), 0))`).Scan(&last)
	if err != nil {
		return nil, 0, err
	}
	var all gathered
	if err := all.follow(ctx, w.conn); err != nil {
		return nil, 0, err
	}
	heads, err := w.names(ctx, all.heads)
	return heads, last, err
}

// selectOpen is what has not settled, in order of position: a pack has no n. No event stands
// between the first and the last of a pack.
const selectOpen = `
	select pos, stream, n, null from event where pos > ?1
	union all
	select first, 0, 0, body from pack where first > ?1
	order by 1`

// querier is what a *sql.DB and a *sql.Conn have in common for reading rows.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// gathered are the heads of the streams in tables pack and event, by the streams' ids.
type gathered struct {
	heads map[int64]*head
	last  engine.Pos // up to which the table was read
}

// follow reads what has come since it was last called.
func (g *gathered) follow(ctx context.Context, from querier) error {
	rows, err := from.QueryContext(ctx, selectOpen, int64(g.last))
	if err != nil {
		return err
	}
	defer rows.Close()
	if g.heads == nil {
		g.heads = map[int64]*head{}
	}
	for rows.Next() {
		var p packed
		var pack sql.RawBytes
		if err := rows.Scan(&p.pos, &p.stream, &p.n, &pack); err != nil {
			return err
		}
		if p.n != 0 {
			g.meet(p)
		} else if err := unpack(p.pos, pack, g.meet); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (g *gathered) meet(p packed) {
	h := g.heads[p.stream]
	if h == nil {
		h = &head{id: p.stream}
		g.heads[p.stream] = h
	}
	h.n, g.last = p.n, p.pos
	h.extend(p.pos)
}

// names keys the heads by name.
func (w *writer) names(ctx context.Context, byID map[int64]*head) (map[string]*head, error) {
	names, err := namesOf(ctx, w.conn, slices.Collect(maps.Keys(byID)))
	if err != nil {
		return nil, err
	}
	heads := make(map[string]*head, len(byID))
	for id, name := range names {
		heads[name] = byID[id]
	}
	return heads, nil
}

// namesOf are the names of streams by their ids.
func namesOf(ctx context.Context, from querier, ids []int64) (map[int64]string, error) {
	list, err := json.Marshal(append([]int64{}, ids...)) // nil would be null
	if err != nil {
		return nil, err
	}
	rows, err := from.QueryContext(ctx, `select id, name from stream where id in (select value from json_each(?))`, string(list))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := make(map[int64]string, len(ids))
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		names[id] = name
	}
	return names, rows.Err()
}

// load finds the head of a stream of which all has settled; nil if there is no such stream.
func (w *writer) load(ctx context.Context, stream string) (*head, error) {
	h := &head{}
	err := w.conn.QueryRowContext(ctx, `select id, (select coalesce(max(n), 0) from settled where stream = id)
		from stream where name = ?`, stream).Scan(&h.id, &h.n)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}
