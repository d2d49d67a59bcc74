package publiclog

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// examples are a leaf of each kind with every field that it may have.
func examples() []Leaf {
	var key [32]byte
	copy(key[:], "a key of the examples, 32 bytes.")
	salts := NewSalts(key[:])
	commit := func(field, value string) Commitment { return Commit(salts.Of("exam/contoh", 7, field), value) }
	filled := func(k Kind) Leaf {
		l := Leaf{V: Format, Kind: k, At: 1795658400123}
		v := reflect.ValueOf(&l).Elem()
		for _, name := range strings.Fields(fields[k]) {
			if k == SittingLeaf && name == FieldSealed {
				continue // came later, below
			}
			for f, value := range v.Fields() {
				if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != name {
					continue
				}
				switch p := value.Addr().Interface().(type) {
				case *Commitment:
					*p = commit(name, "example")
				case *Hash:
					*p = Hash(commit(name, "document").Hash)
				case *int64:
					*p = 3
				case *Time:
					*p = 1795658402000
				case *[]Score:
					*p = []Score{{"TWK", 110}, {"TIU", 0}, {"TKP", 146}}
				case *By:
					*p = ByStaff
				case *string:
					*p = map[string]string{
						"exam": "skd-2026", "sitting": "sesi-1", "act": "close", "step": "approved", "name": "skd-2024", "status": Finished, "why": "deadline",
						"attempt": "0197a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b", "key": "exam.example.org/board+76b7499b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
					}[name]
				}
			}
		}
		return l
	}
	var all []Leaf
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		all = append(all, filled(k))
	}
	later := filled(SittingLeaf) // as table 3 has it
	later.Sealed, later.Role, later.SecondRole = commit(FieldSealed, "example"), "supervisor", "admin+operator"
	return append(all, later)
}

// The bytes of leaves are logged for good: whatever changes this file breaks every log.
func TestEachKindOfLeafHasTheBytesThatItAlwaysHad(t *testing.T) {
	var got bytes.Buffer
	for _, l := range examples() {
		b, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(b, '\n'))
		again, err := ParseLeaf(b)
		if err != nil || !reflect.DeepEqual(*again, l) {
			t.Errorf("%s read again is %+v, %v", l.Kind, again, err)
		}
	}
	const golden = "testdata/leaves.jsonl"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the leaves are not those of %s (%v):\n%s", golden, err, got.Bytes())
	}
}

// Every field that could hold somebody's words refuses them, in every kind of leaf.
func TestNobodysWordsFitIntoALeaf(t *testing.T) {
	words := []string{"Siti Aminah", "siti@example.org", "3174095505900001 ", "1990-05-15T", "tidak membawa KTP", "TWK.001", "Ā"}
	for _, example := range examples() {
		v := reflect.ValueOf(&example).Elem()
		for f, value := range v.Fields() {
			if f.Name == "Scores" {
				continue
			}
			if value.Kind() != reflect.String {
				continue
			}
			was := value.String()
			for _, w := range words {
				if f.Name == "Name" && !strings.ContainsAny(w, " @Ā") {
					continue // board ids and versions have dots
				}
				value.SetString(w)
				if b, err := example.Bytes(); err == nil {
					t.Errorf("%s took %q as %s: %s", example.Kind, w, f.Name, b)
				}
			}
			value.SetString(was)
		}
	}
}

func TestALeafHasOnlyTheFieldsOfItsKind(t *testing.T) {
	all := examples()
	for i := range all {
		for j := range all {
			from, to := reflect.ValueOf(all[i]), reflect.ValueOf(&all[j]).Elem()
			for f, value := range from.Fields() {
				tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if value.IsZero() || slices.Contains(strings.Fields("v kind at "+fields[all[j].Kind]), tag) {
					continue
				}
				field := to.FieldByIndex(f.Index)
				field.Set(value)
				if _, err := all[j].Bytes(); err == nil {
					t.Errorf("%s took the field %s", all[j].Kind, tag)
				}
				field.SetZero()
			}
		}
	}
}

func TestOnlyCanonicalBytesAreALeaf(t *testing.T) {
	for _, wrong := range []string{
		``, `{}`, `null`, `[]`, `{"v":1}`,
		`{"v":2,"kind":"seed","at":"2026-11-26T02:00:00.123Z"}`,
		`{"v":1,"kind":"sead","at":"2026-11-26T02:00:00.123Z"}`,
		`{"v":1,"kind":"seed","at":"2026-11-26T02:00:00Z"}`,
		`{"v":1,"kind":"seed","at":"2026-11-26T02:00:00.123Z"} `,
		`{"v":1, "kind":"seed","at":"2026-11-26T02:00:00.123Z"}`,
		`{"kind":"seed","v":1,"at":"2026-11-26T02:00:00.123Z"}`,
		`{"v":1,"kind":"seed","at":"2026-11-26T02:00:00.123Z","exam":""}`,
		`{"v":1,"kind":"seed","at":"2026-11-26T02:00:00.123Z","name":"siti"}`,
		`{"v":1,"kind":"seed","at":"2026-11-26T02:00:00.123Z","hash":"ABCDEF"}`,
		`{"v":1,"kind":"seed","at":"2026-11-26T02:00:00.123Z","v":1}`,
	} {
		if l, err := ParseLeaf([]byte(wrong)); err == nil {
			t.Errorf("%s was read as %+v", wrong, l)
		}
	}
	if _, err := ParseLeaf([]byte(`{"v":1,"kind":"seed","at":"2026-11-26T02:00:00.123Z"}`)); err != nil {
		t.Error(err)
	}
}

func FuzzALeafThatIsReadIsWrittenTheSame(f *testing.F) {
	for _, l := range examples() {
		b, _ := l.Bytes()
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseLeaf(data)
		if err != nil {
			return
		}
		if b, err := l.Bytes(); err != nil || !bytes.Equal(b, data) {
			t.Errorf("%q was read and is written as %q, %v", data, b, err)
		}
	})
}

func TestACommitmentOpensWithItsSaltAndValueOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 32, 64).Draw(t, "key")
		salts := NewSalts(key)
		value := rapid.String().Draw(t, "value")
		salt := salts.Of("attempt/a", rapid.IntRange(1, 1e6).Draw(t, "n"), FieldNumber)
		c := Commit(salt, value)
		if !c.Opens(salt, value) {
			t.Fatal("it does not open")
		}
		if c.Opens(salts.Of("attempt/a", 1e6+1, FieldNumber), value) || c.Opens(salt, value+"0") {
			t.Fatal("it opens with another salt or value")
		}
	})
	// Streams and fields cannot be moved into each other.
	s := NewSalts([]byte(strings.Repeat("k", 32)))
	if s.Of("a", 11, "b") == s.Of("a\x001", 1, "b") || s.Of("a", 1, "1b") == s.Of("a", 11, "b") {
		t.Error("two fields share a salt")
	}
}
