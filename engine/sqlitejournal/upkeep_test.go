package sqlitejournal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"terang/engine"
)

func TestReaderBesideTheWriter(t *testing.T) {
	ctx := context.Background()
	d, _ := file(t, Options{})
	streams := append(names(3), "exam/x")
	fill(t, d, append(streams, "attempt/gone"), 1, 30)
	r, err := OpenReader(d.path)
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, r, streams, 30)
	fill(t, d, streams, 31, 40)
	remove(t, d, 1, "attempt/gone")
	fill(t, d, streams, 41, 45)
	mustHold(t, r, streams, 45)
	records, err := r.Tail(ctx, 0, 1000)
	if err != nil || len(records) != 45*4+1 {
		t.Errorf("the reader's tail has %d records, want %d: %v", len(records), 45*4+1, err)
	}
	for name, err := range map[string]error{
		"append": second(r.Append(ctx, []engine.Run{oneRun("attempt/9", 1)})),
		"beat":   second(r.Beat(ctx, "n", 1)),
		"put":    r.Put(ctx, engine.Entry{Kind: "k", ID: "1"}),
		"erase":  r.Erase(ctx, "k", "1"),
		"keep":   second(r.Keep(ctx, []byte("new"))),
		"remove": second(r.Remove(ctx, engine.Removal{Streams: streams, Record: oneRun(engine.RemovalStream, 2)})),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v; want ErrReadOnly", name, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = OpenReader(d.path); err != nil { // without a writer
		t.Fatal(err)
	}
	mustHold(t, r, streams, 45)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(d.path + ".absent"); err == nil {
		t.Error("a file that is not there was opened")
	}
}

func second[T any](_ T, err error) error { return err }

func TestBackupIsWhole(t *testing.T) {
	ctx := context.Background()
	d, _ := file(t, Options{})
	streams := append(names(5), "exam/x")
	fill(t, d, append(streams, "attempt/gone"), 1, 20)
	remove(t, d, 1, "attempt/gone")
	fill(t, d, streams, 21, 30)
	if err := d.Put(ctx, engine.Entry{Kind: "person", ID: "1", Body: []byte("Sari")}); err != nil {
		t.Fatal(err)
	}
	h, err := d.Keep(ctx, []byte("figure"))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReader(d.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	for _, from := range []*DB{d, reader} {
		to := t.TempDir() + "/copy.db"
		if err := from.Backup(ctx, to); err != nil {
			t.Fatal(err)
		}
		if err := from.Backup(ctx, to); err == nil {
			t.Error("a backup was overwritten")
		}
		copied := mustOpen(t, to, Options{})
		mustHold(t, copied, streams, 30)
		fill(t, copied, streams, 31, 31)
		if body, err := copied.Get(ctx, "person", "1"); err != nil || string(body) != "Sari" {
			t.Errorf("register: %q, %v", body, err)
		}
		if body, err := copied.Fetch(ctx, h); err != nil || string(body) != "figure" {
			t.Errorf("archive: %q, %v", body, err)
		}
		if err := copied.Close(); err != nil {
			t.Error(err)
		}
	}
	mustHold(t, d, streams, 30)
}

func TestErasedNamesLeaveTheFile(t *testing.T) {
	ctx := context.Background()
	d, _ := file(t, Options{})
	secret := []byte("a name that nobody else has")
	for _, id := range []string{"1", "2", "3"} {
		if err := d.Put(ctx, engine.Entry{Kind: "person", ID: id, Body: append(secret, id...)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Erase(ctx, "person", "1"); err != nil {
		t.Fatal(err)
	}
	if err := d.Put(ctx, engine.Entry{Kind: "person", ID: "2", Body: []byte("corrected")}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(d.path + suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if n := bytes.Count(b, append(secret, '1')) + bytes.Count(b, append(secret, '2')); n != 0 {
			t.Errorf("%s: what was erased or corrected is still there %d times", suffix, n)
		}
	}
}

func TestIdleJournalEmptiesItsLog(t *testing.T) {
	ctx := context.Background()
	d, _ := file(t, Options{})
	size := func() int64 {
		t.Helper()
		info, err := os.Stat(d.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	var idle idleness
	tidy := func() {
		t.Helper()
		if err := d.tidy(ctx, &idle); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, d, names(10), 1, 20)
	tidy() // copies, beside the writer
	if size() == 0 {
		t.Error("the log was emptied while events came")
	}
	tidy()
	if size() != 0 {
		t.Errorf("the log still has %d bytes", size())
	}
	// A reader that stays keeps the log from being emptied; once it is gone that is made up for.
	reader, err := OpenReader(d.path)
	if err != nil {
		t.Fatal(err)
	}
	look, err := reader.pool.BeginTx(ctx, nil)
	if err == nil {
		_, err = look.ExecContext(ctx, "select count(*) from event")
	}
	if err != nil {
		t.Fatal(err)
	}
	fill(t, d, names(10), 21, 22)
	tidy()
	tidy()
	if size() == 0 {
		t.Error("the log was emptied under a reader")
	}
	if err := errors.Join(look.Rollback(), reader.Close()); err != nil {
		t.Fatal(err)
	}
	tidy()
	if size() != 0 {
		t.Errorf("after the reader is gone the log still has %d bytes", size())
	}
	var waits string
	if err := d.w.conn.QueryRowContext(ctx, "pragma busy_timeout").Scan(&waits); err != nil || waits != busyMS {
		t.Errorf("afterwards a statement waits %s ms for others: %v", waits, err)
	}
	mustHold(t, d, names(10), 22)
	stopped, stop := context.WithCancel(ctx)
	stop()
	if err := d.Run(stopped); err != nil {
		t.Error(err)
	}
}

func TestTheTailInMemoryIsBounded(t *testing.T) {
	d, _ := file(t, Options{Tail: 100})
	fill(t, d, names(10), 1, 30)
	if d.tail.last != 300 || d.tail.base != 200 {
		t.Errorf("memory holds %d to %d, want 201 to 300", d.tail.base+1, d.tail.last)
	}
	for _, after := range []engine.Pos{0, 199, 200, 250, 299, 300, 301, 1000} {
		records, err := d.Tail(context.Background(), after, 1000)
		if want := max(300-int(after), 0); err != nil || len(records) != want {
			t.Errorf("after %d: %d records, want %d: %v", after, len(records), want, err)
		}
	}
	big := oneRun("attempt/big", 1)
	big.Records[0].Body = make([]byte, ringBytes-100)
	if _, err := d.Append(context.Background(), []engine.Run{big}); err != nil {
		t.Fatal(err)
	}
	if d.tail.bytes > ringBytes || d.tail.last-d.tail.base > 100 {
		t.Errorf("memory holds %d bytes in %d records", d.tail.bytes, d.tail.last-d.tail.base)
	}
}
