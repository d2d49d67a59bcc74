package keeper

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"terang/engine/publiclog"
)

// get is what a server answers at a path below the log's address.
func (n *node) get(path string) ([]byte, error) {
	if path == "checkpoint" {
		return n.Checkpoint(context.Background())
	}
	t, ok := publiclog.ParsePath(path)
	if !ok {
		return nil, fmt.Errorf("no tile has the path %s", path)
	}
	return n.Tile(context.Background(), t)
}

// stranger reads a log by the published formats alone: it uses nothing of ours and nothing
// of x/mod.
type stranger struct {
	*testing.T
	get func(path string) ([]byte, error)
}

func (s *stranger) must(body []byte, err error) []byte {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	return body
}

// checkpoint checks the signature of a vkey, and returns size and root.
func (s *stranger) checkpoint(vkey string) (size int, root []byte) {
	s.Helper()
	name, rest, _ := strings.Cut(vkey, "+")
	id, key64, _ := strings.Cut(rest, "+")
	key := s.must(base64.StdEncoding.DecodeString(key64))
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	if key[0] != 1 || hex.EncodeToString(sum[:4]) != id {
		s.Fatalf("the key's id is %x", sum[:4])
	}
	body := string(s.must(s.get("checkpoint")))
	text, sigs, found := strings.Cut(body, "\n\n")
	text += "\n"
	lines := strings.Split(text, "\n")
	if !found || len(lines) != 4 || lines[0] != name {
		s.Fatalf("checkpoint:\n%s", body)
	}
	signed := false
	for line := range strings.Lines(sigs) {
		parts := strings.Fields(line)
		raw := s.must(base64.StdEncoding.DecodeString(parts[2]))
		if parts[0] == "\u2014" && parts[1] == name && bytes.Equal(raw[:4], sum[:4]) {
			signed = ed25519.Verify(key[1:], []byte(text), raw[4:])
		}
	}
	size, err := strconv.Atoi(lines[1])
	if !signed || err != nil {
		s.Fatalf("the checkpoint is not signed, or has no size: %v", err)
	}
	return size, s.must(base64.StdEncoding.DecodeString(lines[2]))
}

// path is that of a tile, by hand.
func (s *stranger) path(level string, n, width int) string {
	number := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	if width < 256 {
		number += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + number
}

// leaves reads every entry.
func (s *stranger) leaves(size int) (all [][]byte) {
	s.Helper()
	for n := 0; n*256 < size; n++ {
		body := s.must(s.get(s.path("entries", n, min(256, size-n*256))))
		for len(body) > 0 {
			length := int(binary.BigEndian.Uint16(body))
			all, body = append(all, body[2:2+length]), body[2+length:]
		}
	}
	return all
}

// root is the Merkle tree hash of RFC 6962.
func root(hashes [][]byte) []byte {
	if len(hashes) == 1 {
		return hashes[0]
	}
	k := 1
	for k*2 < len(hashes) {
		k *= 2
	}
	sum := sha256.Sum256(bytes.Join([][]byte{{1}, root(hashes[:k]), root(hashes[k:])}, nil))
	return sum[:]
}

// A reader that knows the formats only, and one of x/mod's, find the same log.
func TestStrangersReadTheLog(t *testing.T) {
	h := newHall(t)
	n := h.node("a")
	h.define("skd", false)
	for i := range 600 {
		h.sits("skd", fmt.Sprintf("0197a3c4-5b6d-7e8f-9a0b-%012d", i), fmt.Sprint(i), 0)
		if i == 300 {
			n.settle()
		}
	}
	n.settle()
	s := &stranger{T: t, get: n.get}
	size, want := s.checkpoint(n.Vkeys[0])
	leaves := s.leaves(size)
	if len(leaves) != size || size < 600 {
		t.Fatalf("%d entries, the checkpoint says %d", len(leaves), size)
	}
	var level [][]byte
	for _, l := range leaves {
		sum := sha256.Sum256(append([]byte{0}, l...))
		level = append(level, sum[:])
	}
	if got := root(level); !bytes.Equal(got, want) {
		t.Fatalf("the entries have the root %x, %x is signed", got, want)
	}
	for number := 0; len(level) > 0; number++ {
		var above [][]byte
		for i := 0; i*256 < len(level); i++ {
			some := level[i*256 : min(len(level), i*256+256)]
			path := s.path(strconv.Itoa(number), i, len(some))
			if body := s.must(s.get(path)); !bytes.Equal(body, bytes.Join(some, nil)) {
				t.Errorf("%s is not made of the hashes below it", path)
			}
			if len(some) == 256 {
				above = append(above, root(some))
			}
		}
		level = above
	}

	// x/mod's own client code: note, tiles, proofs.
	key, err := note.NewVerifier(n.Vkeys[0])
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(s.must(s.get("checkpoint")), note.VerifierList(key))
	if err != nil || len(opened.Sigs) != 1 {
		t.Fatal(err)
	}
	tree := tlog.Tree{N: int64(size), Hash: tlog.Hash(want)}
	reader := tlog.TileHashReader(tree, modTiles{s})
	for _, at := range []int64{0, 255, 256, int64(size) - 1} {
		proof, err := tlog.ProveRecord(tree.N, at, reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, at, tlog.RecordHash(leaves[at])); err != nil {
			t.Errorf("leaf %d: %v", at, err)
		}
	}
}

// modTiles reads tiles for x/mod: only the path is another.
type modTiles struct{ *stranger }

func (modTiles) Height() int                     { return 8 }
func (modTiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (m modTiles) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, t := range tiles {
		body, err := m.get(m.path(strconv.Itoa(t.L), int(t.N), t.W))
		if err != nil {
			return nil, err
		}
		all = append(all, body)
	}
	return all, nil
}
