package main

import (
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
)

// Who mends a file wants to know all that is wrong with it, and each of it once.
func TestAnExamFilesFaultsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	d, err := create.SampleDefinition(3, time.Now(), false)
	check(t, err)
	file, err := d.File()
	check(t, err)
	check(t, examFileFaults(file))
	wrong := string(file)
	for _, change := range [][2]string{
		{`"title": "`, `"colour": "red", "Title": "x", "title": "`},
		{`"seats": `, `"seats": "many", "spar": `},
		{`"count": `, `"count": "few", "coun": `},
		{`"id": "TIU",`, `"id": "T I U",`},
	} {
		if !strings.Contains(wrong, change[0]) {
			t.Fatalf("the sample has no %s", change[0])
		}
		wrong = strings.Replace(wrong, change[0], change[1], 1)
	}
	err = examFileFaults([]byte(wrong))
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, says := range []string{"colour: unknown field", "Title: unknown field", "rooms[0].seats: a string", "rooms[0].spar: unknown field", "cells[0].coun: unknown field", "cells[0].count: a string", `section id "T I U" is malformed`} {
		if n := strings.Count(err.Error(), says); n != 1 {
			t.Errorf("%q is said %d times: %v", says, n, err)
		}
	}
}
