package web

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

func TestATextOfSeveralItemsComesOnceAndNamesItsPositions(t *testing.T) {
	options := []engine.Option{{ID: "a", HTML: "ya"}, {ID: "b", HTML: "tidak"}}
	first, second := &engine.Stimulus{ID: "U-1", Lang: "id", HTML: "<p>Kapal</p>"}, &engine.Stimulus{ID: "U-2", Lang: "en", HTML: "<p>Ship</p>", Figure: &engine.Figure{Type: "image/png", Alt: "x"}}
	var bank []*engine.Item
	var places []engine.Place
	for _, s := range []*engine.Stimulus{nil, first, first, first, second, second} {
		it := &engine.Item{ID: "X", Section: "TIU", Lang: "id", HTML: "<p>Soal</p>", Options: options, Stimulus: s}
		bank = append(bank, it)
		places = append(places, engine.Place{Item: it, Order: []uint8{1, 0}})
	}
	type stimulus struct {
		From, To   int
		Lang, HTML string
		Figure     *figureJSON
	}
	var got []struct {
		Q        int
		HTML     string
		Stimulus *stimulus
	}
	if err := json.Unmarshal(newItemCache(bank).appendForm(nil, storetest.Form("e", nil, places...)), &got); err != nil {
		t.Fatal(err)
	}
	for i, want := range []*stimulus{nil, {2, 4, "id", "<p>Kapal</p>", nil}, {2, 4, "", "", nil}, {2, 4, "", "", nil}, {5, 6, "en", "<p>Ship</p>", nil}, {5, 6, "", "", nil}} {
		s := got[i].Stimulus
		if want == nil || s == nil {
			if (want == nil) != (s == nil) {
				t.Errorf("position %d: %+v, want %+v", i+1, s, want)
			}
			continue
		}
		if (s.Figure != nil) != (i == 4) {
			t.Errorf("position %d: figure %v", i+1, s.Figure)
		}
		s.Figure = nil
		if *s != *want || got[i].HTML != "<p>Soal</p>" {
			t.Errorf("position %d: %+v, want %+v", i+1, *s, *want)
		}
	}
}

// Rooms are lent to many at once: what is sealed for one candidate must hold nothing of
// another's form, however long the form before it was.
func TestFormsSealedAtOnceAreEachTheirOwn(t *testing.T) {
	var sealing sync.WaitGroup
	for who := range 8 {
		attempt := "attempt-" + strconv.Itoa(who)
		items := bytes.Repeat([]byte{'a' + byte(who)}, (8-who)*40_000)
		gcm, err := sealingOf([]byte("secret"), "sitting", attempt)
		if err != nil {
			t.Fatal(err)
		}
		sealing.Go(func() {
			for range 50 {
				withRoom(func(b []byte) []byte {
					b = appendSealed(b, gcm, attempt, func(b []byte) []byte { return append(b, items...) })
					opened, err := gcm.Open(nil, b[:gcm.NonceSize()], b[gcm.NonceSize():], []byte(attempt))
					if err != nil || !bytes.Equal(opened, items) {
						t.Errorf("%s: opened %d bytes of %d, or not its own: %v", attempt, len(opened), len(items), err)
					}
					if _, err := gcm.Open(nil, b[:gcm.NonceSize()], b[gcm.NonceSize():], []byte("another")); err == nil {
						t.Errorf("%s: opens for another attempt as well", attempt)
					}
					return b
				})
			}
		})
	}
	sealing.Wait()
}
