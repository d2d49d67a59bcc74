package proctor

import (
	"errors"
	"testing"

	"terang/engine"
)

func TestTheOwnSeatIsOfTheOwnRoom(t *testing.T) {
	t.Parallel()
	def := &engine.Definition{
		Code: "x", Sites: []engine.SiteDef{{Code: "barat"}, {Code: "timur"}},
		Rooms:    []engine.RoomDef{{Code: "r1", Site: "barat", Seats: 120}, {Code: "r2", Site: "timur", Seats: 120}},
		Sittings: []engine.SittingDef{{Code: "s1", Site: "barat", Room: "r1"}},
	}
	k := &knock{person: &Person{Exam: "x", Site: "barat", Sitting: "s1"}, seat: "007"}
	for registered, want := range map[string]error{
		"barat/r1/007": nil, "barat/r1/7": nil, "barat/r1/07": nil,
		"":             engine.NoSeat,
		"barat/r1/008": engine.OtherSeat, "barat/r2/007": engine.OtherSeat, "timur/r1/007": engine.OtherSeat, "barat/r1/": engine.OtherSeat, "007": engine.OtherSeat,
	} {
		if err := ownSeat(k, def, registered); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", registered, err, want)
		}
	}
}
