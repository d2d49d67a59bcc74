package publiclog

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// The worked example of the formats' description: key of the bytes 00 to 1f, leaves a, b, c.
const (
	exampleVkey = "exam.example.org/board+76b7499b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
	exampleNote = "exam.example.org/board\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n" +
		"— exam.example.org/board drdJm3XyJv/Gih9nPIDplopAFkRZGmJ08Yf2hntAp5wiarsaHv6Nw9GPJQgn6md6Ccqn1hOobeQNzeYBcPWtvnbSDQM=\n" +
		"— witness.example.org/w1 z80aZwAAAABlU/EAEqlt/SRStpaxvN8auBZmQ4kYn16aIKQYxmjHB+8cr747ZqvgLrVy7rd4jeOTMoO8+BfU+My85t7T2gfCQQISAA==\n"
)

func exampleSeed() []byte {
	seed := make([]byte, 32)
	for i := range seed {
		seed[i] = byte(i)
	}
	return seed
}

func TestTheWorkedExample(t *testing.T) {
	skey := func(name, id string) string {
		return "PRIVATE+KEY+" + name + "+" + id + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, exampleSeed()...))
	}
	signer, err := note.NewSigner(skey("exam.example.org/board", "76b7499b"))
	if err != nil {
		t.Fatal(err)
	}
	tree := new(growing)
	for _, leaf := range []string{"a", "b", "c"} {
		tree.add([]byte(leaf))
	}
	if h := tlog.RecordHash([]byte("a")); hex.EncodeToString(h[:]) != "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c" {
		t.Error("leaf hash of a is", h)
	}
	cp := Checkpoint{Origin: "exam.example.org/board", Tree: tree.at(3)}
	if hex.EncodeToString(cp.Hash[:]) != "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1" {
		t.Errorf("root is %x", cp.Hash)
	}
	signed, err := note.Sign(&note.Note{Text: cp.Text()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	// The witness's key is the same one with another type: it makes another id.
	pub, _ := hex.DecodeString("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
	w1 := WitnessVkey("witness.example.org/w1", pub)
	if got := w1[len("witness.example.org/w1+"):][:8]; got != "cfcd1a67" {
		t.Error("the witness's key id is", got)
	}
	cosigner, err := NewCosigner(noteKey(t, "witness.example.org/w1"))
	if err != nil || cosigner.Vkey() != w1 {
		t.Fatalf("the cosigner's vkey is %q, %v; want %q", cosigner.Vkey(), err, w1)
	}
	got := append(signed, cosigner.Line(cp.Text(), time.Unix(1700000000, 0))...)
	if string(got) != exampleNote {
		t.Errorf("the signed checkpoint is\n%swant\n%s", got, exampleNote)
	}
	logKey, err := note.NewVerifier(exampleVkey)
	if err != nil {
		t.Fatal(err)
	}
	read, n, err := Open([]byte(exampleNote), logKey)
	if err != nil || read != cp || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 1 {
		t.Errorf("the example is read as %+v, %v", read, err)
	}
	if at, ok := CosignedAt(n.UnverifiedSigs[0]); !ok || at.Unix() != 1700000000 {
		t.Error("it was cosigned at", at)
	}
	witness, err := NewWitness(w1)
	if err != nil {
		t.Fatal(err)
	}
	if n, err = note.Open([]byte(exampleNote), note.VerifierList(logKey, witness)); err != nil || len(n.Sigs) != 2 {
		t.Errorf("with the witness's key: %v", err)
	}
	inclusion, err := tlog.ProveRecord(3, 1, tree)
	if err != nil || fmt.Sprint(inclusion) != "[Aippeebat6pa5MPl5F9+l3ESp+Y1k4INvsHsc4ok+Tw= WX/LMSgtNGVMIA00GPylcFxkjr8ybsc9jd7xGEH4dtg=]" {
		t.Errorf("inclusion of b: %v, %v", inclusion, err)
	}
	consistency, err := tlog.ProveTree(3, 2, tree)
	if err != nil || fmt.Sprint(consistency) != "[WX/LMSgtNGVMIA00GPylcFxkjr8ybsc9jd7xGEH4dtg=]" {
		t.Errorf("consistency: %v, %v", consistency, err)
	}
}

// noteKey is the example's secret key under another name, as package note writes it.
func noteKey(t *testing.T, name string) string {
	t.Helper()
	skey, _, err := note.GenerateKey(bytes.NewReader(exampleSeed()), name)
	if err != nil {
		t.Fatal(err)
	}
	return skey
}

func TestPathsAreThoseOfTlogTiles(t *testing.T) {
	for path, tile := range map[string]Tile{
		"tile/0/x001/x234/067":       {0, 1234067, 256},
		"tile/entries/000":           {Entries, 0, 256},
		"tile/entries/x001/000.p/9":  {Entries, 1000, 9},
		"tile/2/000.p/1":             {2, 0, 1},
		"tile/0/273.p/112":           {0, 273, 112},
		"tile/1/x999/x999/999.p/255": {1, 999999999, 255},
	} {
		if got := tile.Path(); got != path {
			t.Errorf("%+v has the path %s, want %s", tile, got, path)
		}
		if got, ok := ParsePath(path); !ok || got != tile {
			t.Errorf("%s is read as %+v, %v", path, got, ok)
		}
	}
	for _, wrong := range []string{
		"", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/1000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/6/000", "tile/-1/000",
		"tile/data/000", "tile/8/0/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/+01", "tile/0/-01", "tile/00/000", "tile/entries/../0/000",
	} {
		if tile, ok := ParsePath(wrong); ok {
			t.Errorf("%q was read as %+v", wrong, tile)
		}
	}
	// The example of the description: 70 000 leaves.
	want := []string{"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"}
	var partial []string
	for _, tile := range Tiles(0, 70_000) {
		if tile.W < Width {
			partial = append(partial, tile.Path())
		}
	}
	slices.Sort(partial)
	if !slices.Equal(partial, want) {
		t.Errorf("partial tiles of 70000 leaves: %v, want %v", partial, want)
	}
	if n := len(Tiles(0, 70_000)); n != 2*274+2+1 {
		t.Errorf("70000 leaves have %d tiles", n)
	}
}

// What a mirror has fetched by Tiles is all that a reader of package tlog asks for.
func TestAMirrorHasAllThatAReaderAsksFor(t *testing.T) {
	tree, mirror, had := new(growing), map[Tile][]byte{}, int64(0)
	for _, size := range []int64{1, 2, 255, 256, 257, 512, 700, 65_536, 65_793} {
		for int64(len(tree.leaves)) < size {
			tree.add(fmt.Appendf(nil, "leaf %d", len(tree.leaves)))
		}
		for _, tile := range Tiles(had, size) {
			if !tile.In(size) || tile.In(tile.N*Width) {
				t.Fatalf("%s, size %d: In is wrong", tile.Path(), size)
			}
			if tile.Level == Entries {
				b, err := Bundle(tree.leaves[tile.N*Width : tile.N*Width+int64(tile.W)])
				if err != nil {
					t.Fatal(err)
				}
				mirror[tile] = b
				continue
			}
			data, err := tile.Hashes(tree)
			if err != nil {
				t.Fatal(err)
			}
			mirror[tile] = data
		}
		had = size
		source := Source(func(tile Tile) ([]byte, error) {
			if data, ok := mirror[tile]; ok {
				return data, nil
			}
			return nil, fmt.Errorf("no tile %s", tile.Path())
		})
		head := tree.at(size)
		for _, i := range []int64{0, size / 2, size - 1} {
			proof, err := tlog.ProveRecord(size, i, source.Read(head))
			if err != nil {
				t.Fatalf("size %d, leaf %d: %v", size, i, err)
			}
			if err := tlog.CheckRecord(proof, size, head.Hash, i, tlog.RecordHash(tree.leaves[i])); err != nil {
				t.Errorf("size %d, leaf %d: %v", size, i, err)
			}
		}
	}
}

func TestABundleIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 1, 20).Draw(t, "leaves")
		b, err := Bundle(leaves)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseBundle(b, len(leaves))
		if err != nil || !slices.EqualFunc(again, leaves, bytes.Equal) {
			t.Fatalf("%v, %v", again, err)
		}
		if _, err := ParseBundle(b[:len(b)-1], len(leaves)); err == nil {
			t.Fatal("a bundle that was cut was read")
		}
		if _, err := ParseBundle(b, len(leaves)+1); err == nil {
			t.Fatal("a bundle was read as a wider one")
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add([]byte(exampleNote))
	f.Add([]byte("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"))
	logKey, _ := note.NewVerifier(exampleVkey)
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := ParseCheckpoint(string(data)); err == nil && !bytes.HasPrefix(data, []byte(c.Text())) {
			t.Errorf("%q was read as %+v", data, c)
		}
		if c, n, err := Open(data, logKey); err == nil && (c.Text() != n.Text || c.N != 3) {
			t.Errorf("%q is no checkpoint that the key has signed, and was taken", data)
		}
		if text, lines, err := Lines(data); err == nil && !bytes.Equal(Join(text, lines...), data) {
			t.Errorf("%q is not joined again", data)
		}
	})
}

// growing is a tree in memory.
type growing struct {
	leaves [][]byte
	hashes []tlog.Hash
}

func (g *growing) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = g.hashes[at]
	}
	return out, nil
}

func (g *growing) add(leaf []byte) {
	more, err := tlog.StoredHashes(int64(len(g.leaves)), leaf, g)
	if err != nil {
		panic(err)
	}
	g.leaves, g.hashes = append(g.leaves, leaf), append(g.hashes, more...)
}

func (g *growing) at(size int64) tlog.Tree {
	h, err := tlog.TreeHash(size, g)
	if err != nil {
		panic(err)
	}
	return tlog.Tree{N: size, Hash: h}
}
