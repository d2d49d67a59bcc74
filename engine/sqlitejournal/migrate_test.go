package sqlitejournal

import (
	"bytes"
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"terang/engine"
)

// A file that an earlier program wrote keeps its register, and is searched by key as before.
func TestAFileOfTheFirstSchemaKeepsItsRegister(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrations.ReadFile("migrations/0001_journal.sql")
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("roster"), 100_000)
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{string(first) + "\npragma user_version = 1;", nil},
		{`insert into register values ('payload', 'x', ?), ('person', 'skd/2', cast('Budi' as blob)), ('person', 'skd/1', cast('Sari' as blob))`, []any{large}},
	} {
		if _, err := old.ExecContext(t.Context(), step.sql, step.args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx := context.Background()
	if body, err := db.Get(ctx, "payload", "x"); err != nil || !bytes.Equal(body, large) {
		t.Fatal(len(body), err)
	}
	var people string
	err = db.List(ctx, "person", "skd/", func(e engine.Entry) error {
		people += string(e.Body) + " "
		return nil
	})
	if err != nil || people != "Sari Budi " {
		t.Fatal(people, err)
	}
	if err := db.Put(ctx, engine.Entry{Kind: "person", ID: "skd/1", Body: []byte("Sari W.")}); err != nil {
		t.Fatal(err)
	}
	if body, err := db.Get(ctx, "person", "skd/1"); err != nil || string(body) != "Sari W." {
		t.Fatal(string(body), err)
	}
}
