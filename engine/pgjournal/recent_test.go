package pgjournal

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

// What a node kept of its own appends is what the database has there, whoever else
// appends, whatever is refused, and however much of it was let go.
func TestTheTailFromMemoryIsTheDatabases(t *testing.T) {
	dsn := storetest.Postgres(t).Fresh(t, fmt.Sprint("journal", databases.Add(1)))
	d, other := mustOpen(t, dsn), mustOpen(t, dsn)
	nodes := []*writer{newWriter(t, d, 1), newWriter(t, other, 2)}
	random := rand.New(rand.NewPCG(3, 3))
	kept := 0
	for i := range 60 {
		w := nodes[0]
		if random.IntN(5) == 0 {
			w = nodes[1]
		}
		if err := w.append(w.batch(40, 1+random.IntN(30), fmt.Sprint("batch ", i))); err != nil {
			t.Fatal(err)
		}
		head, _, _ := d.seen.now()
		for range 5 {
			after, limit := engine.Pos(random.Int64N(int64(head)+1)), 1+random.IntN(40)
			got, ok := d.known.after(after, limit, nil)
			if !ok {
				continue
			}
			kept++
			want, err := d.behind(t.Context(), after, limit)
			if err != nil {
				t.Fatal(err)
			}
			// The other node may have appended behind what memory has.
			if len(got) > len(want) || !reflect.DeepEqual(got, want[:len(got)]) {
				t.Fatalf("%d records after %d: memory has %d, the database %d", limit, after, len(got), len(want))
			}
		}
	}
	if kept < 20 {
		t.Errorf("memory answered %d times only", kept)
	}
}

// Records that were let go are the database's to tell.
func TestOldRecordsAreLetGo(t *testing.T) {
	var c recent
	for pos := range engine.Pos(2*recentMost + 2) {
		c.push(engine.Record{Pos: pos + 1, Body: []byte("x")})
	}
	if _, ok := c.after(0, 1, nil); ok || len(c.records) > 2*recentMost {
		t.Errorf("%d records are kept, from %d", len(c.records), c.base)
	}
	if got, ok := c.after(c.base, 3, make([]engine.Record, 0, 2)); !ok || len(got) != 3 || got[0].Pos != c.base+1 {
		t.Errorf("after %d come %+v", c.base, got)
	}
	if _, ok := c.after(2*recentMost+2, 1, nil); ok {
		t.Error("what is not there yet is known")
	}
}
