package sqlitejournal

import (
	"context"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

func TestRemover(t *testing.T) {
	for name, opts := range map[string]Options{"in memory": {}, "from the file": {Tail: 3}} {
		t.Run(name, func(t *testing.T) {
			storetest.Remover(t, func(t *testing.T) (storetest.Whole, func() storetest.Whole) {
				d, reopen := file(t, opts)
				return d, func() storetest.Whole { return reopen() }
			})
		})
	}
}

// A sitting that was closed has settled: its events stand elsewhere.
func TestRemoveWhatHasSettled(t *testing.T) {
	ctx := context.Background()
	d, _ := file(t, Options{})
	record := func(stream string, n int) engine.Run {
		return engine.Run{Stream: stream, Records: []engine.Record{{Stream: stream, N: n, Body: []byte(stream)}}}
	}
	for n := range 9 {
		if _, err := d.Append(ctx, []engine.Run{record("attempt/a", n+1), record("attempt/b", n+1)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Settle(ctx, []string{"attempt/a", "attempt/b"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Remove(ctx, engine.Removal{Streams: []string{"attempt/a"}, Record: record(engine.RemovalStream, 1)}); err != nil {
		t.Fatal(err)
	}
	left := map[string]int{}
	tail, err := d.Tail(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range tail {
		left[r.Stream]++
	}
	if left["attempt/a"] != 0 || left["attempt/b"] != 9 || left[engine.RemovalStream] != 1 {
		t.Errorf("left are %v", left)
	}
	for _, table := range []string{"event", "settled", "moved"} {
		var n int
		if err := d.pool.QueryRow("select count(*) from " + table + " where stream = (select id from stream where name = 'attempt/a')").Scan(&n); err != nil || n != 0 {
			t.Errorf("%s holds %d rows of it, %v", table, n, err)
		}
	}
}
