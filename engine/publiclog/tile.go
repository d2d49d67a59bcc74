package publiclog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Width is how many hashes a full tile has, and how many entries a full bundle: tiles have
// height 8.
const Width = 256

const tileHeight = 8

// Entries is the level of bundles: their entries are the leaves themselves.
const Entries = -1

// Tile is the place of a tile or bundle of C2SP tlog-tiles.
type Tile struct {
	Level int // 0 to 5, or Entries
	N     int64
	W     int // 1 to Width; Width is a full one
}

// Path is where the tile is below the log's address: tile/LEVEL/N, N in groups of three
// digits, all but the last after an x; a partial one ends in .p/W. The paths of package tlog
// are older ones, with the height in them.
func (t Tile) Path() string {
	n := fmt.Sprintf("%03d", t.N%1000)
	for rest := t.N / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/", rest%1000) + n
	}
	level := strconv.Itoa(t.Level)
	if t.Level == Entries {
		level = "entries"
	}
	if t.W < Width {
		n += ".p/" + strconv.Itoa(t.W)
	}
	return "tile/" + level + "/" + n
}

// ParsePath is the tile at a path, if it is one: what is written otherwise than Path writes
// it is none.
func ParsePath(path string) (Tile, bool) {
	t := Tile{W: Width}
	level, rest, ok := strings.Cut(strings.TrimPrefix(path, "tile/"), "/")
	if level == "entries" {
		t.Level = Entries
	} else if n, err := strconv.Atoi(level); err != nil || n < 0 || n > 5 {
		return t, false
	} else {
		t.Level = n
	}
	if n, width, partial := strings.Cut(rest, ".p/"); partial {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w >= Width {
			return t, false
		}
		rest, t.W = n, w
	}
	parts := strings.Split(rest, "/")
	if !ok || len(parts) > 5 {
		return t, false
	}
	for _, part := range parts {
		n, err := strconv.Atoi(strings.TrimPrefix(part, "x"))
		if err != nil || n < 0 || n > 999 {
			return t, false
		}
		t.N = t.N*1000 + int64(n)
	}
	return t, t.Path() == path
}

// In says whether a tree of that size has the tile.
func (t Tile) In(size int64) bool {
	span := int64(1)
	for range max(t.Level, 0) {
		span *= Width
	}
	return size/span >= t.N*Width+int64(t.W)
}

// Tiles are the paths that a tree of that size has and one of the older size has not, the
// partial ones at the right edge included: what a mirror fetches.
func Tiles(older, size int64) []Tile {
	var all []Tile
	for level, old, now := Entries, older, size; ; {
		for n := old / Width; n*Width < now; n++ {
			if w := int(min(Width, now-n*Width)); n > old/Width || int64(w) > old%Width {
				all = append(all, Tile{level, n, w})
			}
		}
		if level++; level > 0 {
			old, now = old/Width, now/Width
		}
		if now == 0 {
			return all
		}
	}
}

// Hashes are the bytes of a tile of hashes.
func (t Tile) Hashes(r tlog.HashReader) ([]byte, error) {
	return tlog.ReadTileData(tlog.Tile{H: tileHeight, L: t.Level, N: t.N, W: t.W}, r)
}

// Source reads a tile, which is a mirror's, a folder's or a server's.
type Source func(Tile) ([]byte, error)

// reader makes of a source what package tlog reads tiles from.
type reader Source

func (r reader) Height() int { return tileHeight }

// ReadTiles implements tlog.TileReader.
func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := r(Tile{t.L, t.N, t.W})
		if err != nil {
			return nil, err
		}
		if len(data) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes, %d belong into it", Tile{t.L, t.N, t.W}.Path(), len(data), t.W*tlog.HashSize)
		}
		all[i] = data
	}
	return all, nil
}

// SaveTiles implements tlog.TileReader.
func (reader) SaveTiles([]tlog.Tile, [][]byte) {}

// Read is the tree's hashes as a source has them; what does not belong to the tree's root is
// an error, and never a wrong hash.
func (s Source) Read(tree tlog.Tree) tlog.HashReader { return tlog.TileHashReader(tree, reader(s)) }

// Bundle writes leaves as an entry bundle: each as its length in two bytes, big-endian, and
// its bytes.
func Bundle(leaves [][]byte) ([]byte, error) {
	var out []byte
	for _, l := range leaves {
		if len(l) > 1<<16-1 {
			return nil, fmt.Errorf("leaf of %d bytes: at most 65535", len(l))
		}
		out = binary.BigEndian.AppendUint16(out, uint16(len(l)))
		out = append(out, l...)
	}
	return out, nil
}

// ParseBundle reads an entry bundle that holds so many leaves.
func ParseBundle(data []byte, w int) ([][]byte, error) {
	var leaves [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("entry bundle: it ends within an entry")
		}
		n := int(binary.BigEndian.Uint16(data))
		leaves, data = append(leaves, data[2:2+n]), data[2+n:]
	}
	if len(leaves) != w {
		return nil, fmt.Errorf("entry bundle: it has %d entries, %d were asked for", len(leaves), w)
	}
	return leaves, nil
}

// CheckBundle says whether a bundle of so many leaves is that of a tile of hashes.
func CheckBundle(bundle, hashes []byte, w int) error {
	leaves, err := ParseBundle(bundle, w)
	if err != nil {
		return err
	}
	for i, l := range leaves {
		h := tlog.RecordHash(l)
		if len(hashes) < (i+1)*tlog.HashSize || !bytes.Equal(h[:], hashes[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return fmt.Errorf("entry %d is not the leaf whose hash the log has", i)
		}
	}
	return nil
}
