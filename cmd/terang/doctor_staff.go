package main

import (
	"context"
	"fmt"
	"strings"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/memstore"
	"terang/proctor"
)

// staff tells before the day which accounts sign nothing that takes two: on the day itself
// nobody may be there to vouch for them. It is advice, for a room can be run without.
func (c *doctorCmd) staff(ctx context.Context, s *stores.DB) []finding {
	hands, err := proctor.NewAccounts(s.Register, memstore.New(), nil, nil).Hands(ctx, proctor.SetupAccount(), proctor.ActStaff)
	if err != nil {
		return []finding{{false, "staff: " + err.Error(), "restore the journal from a backup"}}
	}
	if len(hands) == 0 {
		return nil
	}
	var wait, known []string
	for _, h := range hands {
		switch {
		case h.State == "disabled":
		case h.Password != "":
			known = append(known, h.User)
		case h.Waits:
			wait = append(wait, h.User)
		}
	}
	out := []finding{{true, fmt.Sprintf("staff: %d accounts, %d count as one person with who made them, %d have a password that somebody else knows", len(hands), len(wait), len(known)), ""}}
	if len(wait) > 0 {
		out = append(out, finding{true, "  advice: they sign nothing together that takes two before another administrator vouches: terang staff vouch " + strings.Join(wait, " "), ""})
	}
	exams, err := examsOf(ctx, s)
	var lost []string
	if err == nil {
		lost, err = astray(ctx, s, exams)
	}
	if err != nil {
		return append(out, finding{false, "staff: " + err.Error(), "restore the journal from a backup"})
	}
	for _, l := range lost {
		out = append(out, finding{true, "  advice: " + l + ": correct it with terang staff grant and staff revoke", ""})
	}
	for _, l := range lenient(exams) {
		out = append(out, finding{true, "  advice: " + l, ""})
	}
	if len(known) > 0 {
		out = append(out, finding{true, "  advice: their owners take another password, at /akun or with terang staff reset USER --as USER: " + strings.Join(known, ", "), ""})
	}
	return out
}

// lenient tells which exams let one person do what the sample, made to be rehearsed by one, lets
// them do.
func lenient(exams []*engine.Definition) (said []string) {
	for _, d := range exams {
		var off []string
		if !d.Policy.SeparateIdentity {
			off = append(off, "separate_identity")
		}
		if !d.Policy.VouchedStaff {
			off = append(off, "vouched_staff")
		}
		if len(off) > 0 && !d.Rehearsal {
			said = append(said, fmt.Sprintf("the policy of %s has %s off, as the sample's: a real exam is made with them true", d.Code, strings.Join(off, " and ")))
		}
	}
	return said
}
