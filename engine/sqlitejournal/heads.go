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
	"terang/engine/packed"
)

// head is what an append and a read have to know of a stream.
type head struct {
	id    int64
	n     int
	batch uint64 // the last batch that had a run of this stream

	// Where its records stand in tables pack and event, which have no index by stream. Empty
	// for a stream that belongs to no sitting.
	at packed.Places
}

// positions returns where the versions from..to stand in these tables; a nil head has none.
func (h *head) positions(from, to int) []engine.Pos {
	if h == nil {
		return nil
	}
	return h.at.Of(h.n, from, to)
}

// inPacks tells streams whose records are held in packs, in commit order, from the few that
// belong to no sitting, which stand under (stream, n).
func inPacks(stream string) bool {
	return strings.HasPrefix(stream, engine.AttemptStream) || strings.HasPrefix(stream, engine.SittingStream)
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

// selectPlaces is what tables pack and event hold, in order of position: a pack has no n. No
// event stands between the first and the last of a pack.
const selectPlaces = `
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
	last  engine.Pos // up to which the tables were read
}

// follow reads what has come since it was last called.
func (g *gathered) follow(ctx context.Context, from querier) error {
	rows, err := from.QueryContext(ctx, selectPlaces, int64(g.last))
	if err != nil {
		return err
	}
	defer rows.Close()
	if g.heads == nil {
		g.heads = map[int64]*head{}
	}
	for rows.Next() {
		var p packed.Record
		var pack sql.RawBytes
		if err := rows.Scan(&p.Pos, &p.Stream, &p.N, &pack); err != nil {
			return err
		}
		if p.N != 0 {
			g.meet(p)
		} else if err := unpack(p.Pos, pack, g.meet); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (g *gathered) meet(p packed.Record) {
	h := g.heads[p.Stream]
	if h == nil {
		h = &head{id: p.Stream}
		g.heads[p.Stream] = h
	}
	h.n, g.last = p.N, p.Pos
	h.at.Extend(p.Pos)
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

// load finds the head of a stream that is not in memory, because it belongs to no sitting, or was
// removed; nil if there is no such stream.
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
