package main

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages below cmd/terang, and which others of them each may import. The
// commands themselves may import all.
var rooms = map[string][]string{
	"analysis": {"output", "stores", "usage"},
	"checker":  {"crowd"},
	"create":   {"stores", "usage"},
	"crowd":    {},
	"evidence": {"checker"},
	"export":   {"evidence", "node", "stores"},
	"judge":    {"checker", "create", "crowd", "process", "stores"},
	"node":     {"create", "output", "process", "stores", "usage"},
	"output":   {},
	"process":  {},
	"rehearse": {"checker", "create", "crowd", "judge", "node", "output", "process", "stores", "usage"},
	"site":     {"evidence", "node", "output", "stores"},
	"stores":   {"output", "usage"},
	"usage":    {},
	"witness":  {"output", "usage"},
}

// badRooms are the imports between rooms that no arrow allows, one line each.
func badRooms(all []source) (wrong []string) {
	const below = "cmd/terang/"
	for _, s := range all {
		from, is := strings.CutPrefix(path.Dir(s.file), below)
		if !is || strings.Contains(s.file, "/testdata/") {
			continue
		}
		allowed, known := rooms[from]
		if !known {
			wrong = append(wrong, s.file+": "+from+" is no room of cmd/terang yet: give it its arrows here")
			continue
		}
		for _, i := range s.imports {
			if to, is := strings.CutPrefix(i, module+below); is && to != from && !slices.Contains(allowed, to) {
				wrong = append(wrong, s.file+" imports "+i+": no arrow goes from "+from+" to "+to)
			}
		}
	}
	return wrong
}

func TestTheRoomsOfTheCommandFollowTheirArrows(t *testing.T) {
	all := sources(t)
	for _, wrong := range badRooms(all) {
		t.Error(wrong)
	}
	for room := range rooms {
		if !slices.ContainsFunc(all, func(s source) bool { return path.Dir(s.file) == "cmd/terang/"+room }) {
			t.Errorf("there is no room %s any more", room)
		}
	}
	for _, s := range []source{
		{"cmd/terang/crowd/seat.go", []string{"terang/cmd/terang/checker"}},
		{"cmd/terang/cellar/box.go", nil},
	} {
		if len(badRooms([]source{s})) != 1 {
			t.Errorf("%s importing %v: want one fault", s.file, s.imports)
		}
	}
}
