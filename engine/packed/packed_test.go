package packed

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"terang/engine"
)

// packed are packs of at most 2,000 bytes that hold records with bodies of these lengths.
func packed(lengths ...int) (packs []Pack, want []Record, firsts []engine.Pos) {
	p := Packer{Room: 2000}
	p.Add(1, 1, &engine.Record{Body: []byte("of another batch")})
	p.Reset()
	for i, length := range lengths {
		r := engine.Record{N: i + 1, Hash: engine.Hash{byte(i)}, Body: bytes.Repeat([]byte{byte('a' + i)}, length)}
		pos := engine.Pos(1000 + 3*i)
		firsts = append(firsts, p.Add(pos, int64(i%3+1), &r))
		want = append(want, Record{Pos: pos, Stream: int64(i%3 + 1), N: r.N, Hash: r.Hash, Body: r.Body})
	}
	return slices.Collect(p.All()), want, firsts
}

func TestAPackHoldsWhatWasPutIn(t *testing.T) {
	packs, want, firsts := packed(150, 0, 300, 1, 5000, 2, 1900, 1900, 200, 200, 200)
	var got []Record
	for _, p := range packs {
		n := len(got)
		if !Unpack(p.First, p.Body, func(r Record) { got = append(got, r) }) {
			t.Fatalf("the pack from %d on is damaged", p.First)
		}
		if got[n].Pos != p.First || got[len(got)-1].Pos != p.Last {
			t.Errorf("the pack of %d to %d says that it holds %d to %d", got[n].Pos, got[len(got)-1].Pos, p.First, p.Last)
		}
		for i := range got[n:] {
			if firsts[n+i] != p.First {
				t.Errorf("the record at %d was said to be in the pack from %d on, and is in that from %d on", got[n+i].Pos, firsts[n+i], p.First)
			}
		}
		if len(p.Body) > 2000 && p.First != p.Last {
			t.Errorf("a pack of %d to %d takes %d bytes", p.First, p.Last, len(p.Body))
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nis not\n%+v", got, want)
	}
	if len(packs) < 4 {
		t.Errorf("%d packs", len(packs))
	}
}

func TestADamagedPackIsNotRead(t *testing.T) {
	packs, _, _ := packed(20)
	body := packs[0].Body
	for n := 1; n < len(body); n++ {
		if Unpack(1000, body[:n], func(r Record) { t.Errorf("%d of %d bytes hold %+v", n, len(body), r) }) {
			t.Errorf("%d of %d bytes are taken for a pack", n, len(body))
		}
	}
}

func TestPlacesAreThoseOfTheNewestVersions(t *testing.T) {
	var p Places
	for _, pos := range []engine.Pos{70, 70, 75, 1 << 31} {
		p.Extend(pos)
	}
	if p.Len() != 4 {
		t.Errorf("%d places, want 4", p.Len())
	}
	const n = 6 // of versions 1 and 2 no place is known
	for _, test := range []struct {
		from, to int
		want     []engine.Pos
	}{
		{1, 2, nil},
		{1, 3, []engine.Pos{70}},
		{4, 5, []engine.Pos{70, 75}},
		{6, 600, []engine.Pos{1 << 31}},
		{7, 600, nil},
		{1, 600, []engine.Pos{70, 70, 75, 1 << 31}},
	} {
		if got := p.Of(n, test.from, test.to); !slices.Equal(got, test.want) {
			t.Errorf("versions %d to %d stand at %v, want %v", test.from, test.to, got, test.want)
		}
	}
}
