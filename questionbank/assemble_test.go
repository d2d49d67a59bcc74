package questionbank

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"
)

func readVector(t *testing.T, name string, v any) {
	t.Helper()
	data, err := os.ReadFile("../testdata/vectors/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStreamEqualsThePublishedVector(t *testing.T) {
	var v struct {
		Seed       string   `json:"seed_hex"`
		Commitment string   `json:"seed_sha256_commitment"`
		Candidate  string   `json:"candidate_id"`
		Key        string   `json:"key_hex"`
		Words      []uint32 `json:"first_64_words"`
		Below27    []uint32 `json:"below_27_first_16"`
		Below3e9   []uint32 `json:"below_3000000000_first_8"`
	}
	readVector(t, "loft_stream.json", &v)
	seed := unhex(t, v.Seed)
	if sum := sha256.Sum256(seed); hex.EncodeToString(sum[:]) != v.Commitment {
		t.Error("the commitment is not the SHA-256 of the seed")
	}
	s := newStream(new(keyring).key(seed, loftV1, v.Candidate))
	if got := hex.EncodeToString(s.input[:sha256.Size]); got != v.Key {
		t.Errorf("key %s, want %s", got, v.Key)
	}
	for i, want := range v.Words {
		if got := s.word(); got != want {
			t.Fatalf("word %d is %d, want %d", i, got, want)
		}
	}
	for n, wants := range map[uint32][]uint32{27: v.Below27, 3_000_000_000: v.Below3e9} {
		s := newStream(new(keyring).key(seed, loftV1, v.Candidate))
		for i, want := range wants {
			if got := s.below(n); got != want {
				t.Errorf("below(%d) number %d is %d, want %d", n, i, got, want)
			}
		}
	}
}

type loftSmall struct {
	Seed      string `json:"seed_hex"`
	Tolerance int32  `json:"tolerance_millipoints"`
	Items     []struct {
		Expected int32  `json:"expected_millipoints"`
		Enemy    *int32 `json:"enemy_group"`
	} `json:"items"`
	Slots []struct {
		Section string  `json:"section"`
		Cell    int     `json:"cell"`
		Items   []int32 `json:"items"`
	} `json:"slots"`
	Target map[string]int32 `json:"target_millipoints"`
	Forms  []struct {
		Candidate string           `json:"candidate"`
		Seen      []int32          `json:"seen"`
		Items     []int32          `json:"items"`
		Swaps     int              `json:"swaps"`
		Deviation map[string]int32 `json:"deviation_millipoints"`
	} `json:"forms"`
	Exhausted struct {
		Candidate string  `json:"candidate"`
		Seen      []int32 `json:"seen"`
	} `json:"exhausted"`
}

func (v *loftSmall) pool() (*pool, []string) {
	p := &pool{tries: balanceTries[loftV1]}
	for _, it := range v.Items {
		g := int32(-1)
		if it.Enemy != nil {
			g = *it.Enemy
			p.groups = max(p.groups, int(g)+1)
		}
		p.points, p.enemy, p.thin = append(p.points, curve{it.Expected}), append(p.enemy, g), append(p.thin, 0)
	}
	var names []string
	for j, s := range v.Slots {
		if j == 0 || s.Section != v.Slots[j-1].Section {
			names = append(names, s.Section)
			p.sections = append(p.sections, span{from: j, target: curve{v.Target[s.Section]}, tolerance: v.Tolerance})
		}
		p.slots = append(p.slots, slot{cell: s.Cell, items: s.Items})
		p.sections[len(p.sections)-1].to = j + 1
	}
	p.lay()
	return p, names
}

// begin starts a form of loft/v1.
func begin(p *pool, seed []byte, candidate string, seen []int32) *draw {
	d := newDraw(p)
	d.start(newStream(new(keyring).key(seed, loftV1, candidate)), seen)
	return d
}

func TestDrawEqualsThePublishedForms(t *testing.T) {
	var v loftSmall
	readVector(t, "loft_small.json", &v)
	p, names := v.pool()
	seed := unhex(t, v.Seed)
	if len(v.Forms) != 9 {
		t.Fatalf("%d forms in the vector, want 9", len(v.Forms))
	}
	for _, f := range v.Forms {
		d := begin(p, seed, f.Candidate, f.Seen)
		if j, ok := d.run(); !ok {
			t.Fatalf("%s: slot %d failed", f.Candidate, j)
		}
		if !slices.Equal(d.picks, f.Items) {
			t.Errorf("%s:\n got %v\nwant %v", f.Candidate, d.picks, f.Items)
		}
		if d.swaps != f.Swaps {
			t.Errorf("%s: %d swaps, want %d", f.Candidate, d.swaps, f.Swaps)
		}
		for s, name := range names {
			if d.deviation[s] != (curve{f.Deviation[name]}) {
				t.Errorf("%s: section %s deviates by %d, want %d", f.Candidate, name, d.deviation[s], f.Deviation[name])
			}
		}
	}
	d := begin(p, seed, v.Exhausted.Candidate, v.Exhausted.Seen)
	if j, ok := d.run(); ok || p.slots[j].cell != 0 {
		t.Errorf("a candidate who has seen all of cell 0: slot %d, ok %v; want a failure in cell 0", j, ok)
	}
}

func TestDrawTakesNeighbouringSlotsOfTheCellBeforeItFails(t *testing.T) {
	p := &pool{
		points:   []curve{{1000}, {1000}, {2000}, {2000}, {3000}},
		thin:     make([]uint32, 5),
		enemy:    []int32{-1, -1, -1, -1, -1},
		slots:    []slot{{cell: 0, items: []int32{0, 1}}, {cell: 0, items: []int32{2, 3}}, {cell: 1, items: []int32{4}}},
		sections: []span{{from: 0, to: 3, target: curve{6000}, tolerance: 5000}},
	}
	p.lay()
	d := begin(p, []byte("seed"), "A", []int32{0, 1})
	if j, ok := d.run(); !ok {
		t.Fatalf("slot %d failed although its neighbour had two items", j)
	}
	slices.Sort(d.picks)
	if !slices.Equal(d.picks, []int32{2, 3, 4}) {
		t.Errorf("picked %v, want 2, 3 and 4", d.picks)
	}
	d = begin(p, []byte("seed"), "A", []int32{4})
	if j, ok := d.run(); ok || j != 2 {
		t.Errorf("slot %d, ok %v: another cell must never lend an item", j, ok)
	}
}
