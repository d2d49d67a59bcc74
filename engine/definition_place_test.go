package engine

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const placeFile = `{"code":"x","title":"X","ruleset":"skd-2024","bank":"sample","blueprint":{},
 "sites":[{"code":"a","name":"A","zone":"Asia/Jakarta","address":"Jalan 1"}],
 "rooms":[{"code":"r","site":"a","name":"R","seats":5,"fits":["ground_floor","wheelchair"]},{"code":"k","site":"a","name":"K","seats":1,"fits":["separate"],"reserved":true}],
 "sittings":[{"code":"s","site":"a","room":"r","title":"S","start":"2026-11-22T08:00"}],"policy":{},
 "seating":{"formations":"kept","reserve_percent":5,"rooms_for":{"blind":["separate","separate"],"pregnant":["ground_floor"],"low_vision":[]}}}`

func TestAnAccommodationAsksForARoomThatFits(t *testing.T) {
	d, err := ParseDefinition([]byte(placeFile))
	if err != nil {
		t.Fatal(err)
	}
	for accommodation, want := range map[string][]string{"": nil, "blind": {"separate"}, "pregnant": {"ground_floor"}, "low_vision": nil, "wheelchair": {"wheelchair"}, "left_handed": nil} {
		if got := d.Asks(accommodation); !slices.Equal(got, want) {
			t.Errorf("%q asks for %v, not %v", accommodation, got, want)
		}
	}
	if d.Seating = nil; d.SeatingRule().Formations != FormationsSpread || d.Asks("blind") != nil {
		t.Error("an exam that says nothing has another rule")
	}
}

func TestFaultsOfRoomsSeatingAndCardAreNamedTogether(t *testing.T) {
	file := strings.NewReplacer(
		`"fits":["ground_floor","wheelchair"]`, `"fits":["Ground Floor"]`, `"fits":["separate"],"reserved":true`, `"reserved":true`,
		`"kept"`, `"mixed"`, `"reserve_percent":5`, `"reserve_percent":60`, `"policy":{}`, `"policy":{},"card":{"rules":[""]}`, `Jalan 1`, strings.Repeat("J", 301),
	).Replace(placeFile)
	_, err := ParseDefinition([]byte(file))
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, want := range []string{`fits "Ground Floor"`, "room k: it is reserved and fits nothing", `formations "mixed"`, "reserve_percent 60", `rooms_for blind asks for "separate", and no room fits it`, "card: use up to 12 lines", "site a: the address has 301 letters"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q:\n%v", want, err)
		}
	}
}

func TestACodeNamesOnePlaceOnly(t *testing.T) {
	for _, twice := range []string{"site a", "room r", "sitting s"} {
		d, err := ParseDefinition([]byte(placeFile))
		if err != nil {
			t.Fatal(err)
		}
		switch twice {
		case "site a":
			d.Sites = append(d.Sites, d.Sites[0])
		case "room r":
			d.Rooms = append(d.Rooms, d.Rooms[0])
		case "sitting s":
			d.Sittings = append(d.Sittings, d.Sittings[0])
		}
		if err := d.Validate(); err == nil || !strings.Contains(err.Error(), twice+" stands twice") {
			t.Errorf("%s: %v", twice, err)
		}
	}
}

// An exam file of before is written as it was: its hash stays.
func TestADefinitionWithoutSeatingIsWrittenAsBefore(t *testing.T) {
	body, err := json.Marshal(Definition{Rooms: []RoomDef{{Code: "r"}}, Sites: []SiteDef{{Code: "a"}}})
	places, _, _ := strings.Cut(string(body), `"policy"`) // which has a seating of its own: at the door
	if err != nil || strings.Contains(places, "seating") || strings.Contains(string(body), "fits") || strings.Contains(string(body), "card") || strings.Contains(string(body), "address") {
		t.Errorf("%v %s", err, body)
	}
}
