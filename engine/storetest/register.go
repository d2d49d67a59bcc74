package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

// OpenRegister opens a fresh, empty register; reopen as for OpenJournal.
type OpenRegister func(t *testing.T) (r engine.Register, reopen func() engine.Register)

// Register tests a register.
func Register(t *testing.T, open OpenRegister) {
	t.Run("put replaces, get returns, erase removes", func(t *testing.T) { registerBasics(t, open) })
	t.Run("of those who add one entry, one does", func(t *testing.T) { registerAdds(t, open) })
	t.Run("lists are ordered, by prefix and by kind", func(t *testing.T) { registerLists(t, open) })
	t.Run("a list of thousands, with a visitor that writes", func(t *testing.T) { registerLong(t, open) })
	t.Run("random entries follow the model", func(t *testing.T) { registerModel(t, open) })
}

func registerBasics(t *testing.T, open OpenRegister) {
	ctx := context.Background()
	r, reopen := open(t)
	put := func(entries ...engine.Entry) {
		t.Helper()
		if err := r.Put(ctx, entries...); err != nil {
			t.Fatal(err)
		}
	}
	want := func(kind, id, body string) {
		t.Helper()
		if got, err := r.Get(ctx, kind, id); err != nil || string(got) != body {
			t.Errorf("get %s %s: %q, %v; want %q", kind, id, got, err, body)
		}
	}
	absent := func(kind, id string) {
		t.Helper()
		if got, err := r.Get(ctx, kind, id); !errors.Is(err, engine.ErrAbsent) {
			t.Errorf("get %s %s: %q, %v; want engine.ErrAbsent", kind, id, got, err)
		}
	}
	absent("person", "1")
	put()
	put(engine.Entry{Kind: "person", ID: "1", Body: []byte("Sari")}, engine.Entry{Kind: "account", ID: "1", Body: nil})
	want("person", "1", "Sari")
	want("account", "1", "")
	put(engine.Entry{Kind: "person", ID: "1", Body: []byte("first")}, engine.Entry{Kind: "person", ID: "1", Body: []byte("Sari W.")})
	want("person", "1", "Sari W.") // the later of one call stands
	long := randomBytes(1, 300_000)
	put(engine.Entry{Kind: "photo", ID: "1", Body: long})
	if reopen != nil {
		r = reopen()
	}
	want("person", "1", "Sari W.")
	want("photo", "1", string(long))
	for range 2 { // erasing what is absent is no error
		if err := r.Erase(ctx, "person", "1"); err != nil {
			t.Errorf("erase: %v", err)
		}
	}
	absent("person", "1")
	want("account", "1", "")
	if reopen != nil {
		r = reopen()
		absent("person", "1")
	}
}

func registerAdds(t *testing.T, open OpenRegister) {
	ctx := context.Background()
	r, reopen := open(t)
	const writers = 8
	results := make([]error, writers)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			own := fmt.Append(nil, i)
			results[i] = r.Add(ctx, engine.Entry{Kind: "key", ID: "x", Body: own}, engine.Entry{Kind: "note", ID: "last", Body: own}, engine.Entry{Kind: "note", ID: string(own)})
		})
	}
	all.Wait()
	added := slices.Index(results, nil)
	for i, err := range results {
		if i != added && !errors.Is(err, engine.ErrTaken) {
			t.Errorf("writer %d: %v, want one that adds and engine.ErrTaken for the others: %v", i, err, results)
		}
	}
	if reopen != nil {
		r = reopen()
	}
	for kind, id := range map[string]string{"key": "x", "note": "last"} {
		if got, err := r.Get(ctx, kind, id); err != nil || string(got) != fmt.Sprint(added) {
			t.Errorf("%s %s: %q, %v; want that of writer %d", kind, id, got, err, added)
		}
	}
	if got := list(t, r, "note", ""); len(got) != 2 {
		t.Errorf("those who came too late have stored something: %q", got)
	}
	if err := r.Erase(ctx, "key", "x"); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(ctx, engine.Entry{Kind: "key", ID: "x"}); err != nil {
		t.Errorf("what was erased is new again: %v", err)
	}
}

// list returns the ids of a list, and checks that they come in order and of one kind.
func list(t *testing.T, r engine.Register, kind, prefix string) []string {
	t.Helper()
	var ids []string
	err := r.List(context.Background(), kind, prefix, func(e engine.Entry) error {
		if e.Kind != kind || len(ids) > 0 && e.ID <= ids[len(ids)-1] {
			t.Errorf("list %s %q: %s %q out of order", kind, prefix, e.Kind, e.ID)
		}
		ids = append(ids, e.ID)
		return nil
	})
	if err != nil {
		t.Errorf("list %s %q: %v", kind, prefix, err)
	}
	return ids
}

func registerLists(t *testing.T, open OpenRegister) {
	r, _ := open(t)
	for _, id := range []string{"b/2", "a", "b/10", "b", "B/1", "b0", "b%", "b_x", "ba", "é", "b/1", ""} {
		if err := r.Put(context.Background(), engine.Entry{Kind: "k", ID: id, Body: []byte(id)}, engine.Entry{Kind: "kk", ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{
		"":    {"", "B/1", "a", "b", "b%", "b/1", "b/10", "b/2", "b0", "b_x", "ba", "é"},
		"b/":  {"b/1", "b/10", "b/2"},
		"b%":  {"b%"},
		"b_":  {"b_x"},
		"é":   {"é"},
		"c":   nil,
		"b/2": {"b/2"},
	} {
		if got := list(t, r, "k", prefix); !slices.Equal(got, want) {
			t.Errorf("list of %q: %q, want %q", prefix, got, want)
		}
	}
	enough := errors.New("enough")
	if err := r.List(context.Background(), "k", "", func(engine.Entry) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("a visitor's error came back as %v", err)
	}
}

func registerLong(t *testing.T, open OpenRegister) {
	ctx := context.Background()
	r, _ := open(t)
	var entries []engine.Entry
	for i := range 2500 {
		entries = append(entries, engine.Entry{Kind: "person", ID: fmt.Sprintf("%05d", i), Body: []byte("x")})
	}
	if err := r.Put(ctx, entries...); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := r.List(ctx, "person", "", func(e engine.Entry) error {
		seen++
		if seen%1000 == 0 {
			return r.Put(ctx, engine.Entry{Kind: "seen", ID: e.ID, Body: e.Body})
		}
		return nil
	})
	if err != nil || seen != len(entries) {
		t.Errorf("listed %d of %d: %v", seen, len(entries), err)
	}
	if got := list(t, r, "seen", ""); len(got) != 2 {
		t.Errorf("the visitor's own entries: %q", got)
	}
}

func registerModel(t *testing.T, open OpenRegister) {
	ctx := context.Background()
	r, _ := open(t)
	check := 0
	rapid.Check(t, func(rt *rapid.T) {
		check++
		kind := fmt.Sprint("kind ", check)
		model := map[string][]byte{}
		id := rapid.StringOfN(rapid.RuneFrom([]rune("ab/%é")), 0, 4, -1)
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			if rapid.IntRange(0, 3).Draw(rt, "erase") == 0 {
				gone := id.Draw(rt, "gone")
				delete(model, gone)
				if err := r.Erase(ctx, kind, gone); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			var entries []engine.Entry
			for i, one := range rapid.SliceOfN(id, 1, 5).Draw(rt, "ids") {
				body := fmt.Appendf(nil, "%s %d", one, i)
				entries = append(entries, engine.Entry{Kind: kind, ID: one, Body: body})
				model[one] = body
			}
			if err := r.Put(ctx, entries...); err != nil {
				rt.Fatal(err)
			}
		}
		prefix := id.Draw(rt, "prefix")
		var want []string
		for _, one := range slices.Sorted(maps.Keys(model)) {
			if strings.HasPrefix(one, prefix) {
				want = append(want, one)
			}
			if got, err := r.Get(ctx, kind, one); err != nil || !bytes.Equal(got, model[one]) {
				rt.Fatalf("get %q: %q, %v; want %q", one, got, err, model[one])
			}
		}
		if got := list(t, r, kind, prefix); !slices.Equal(got, want) {
			rt.Fatalf("list of %q: %q, want %q", prefix, got, want)
		}
	})
}
