package main

import (
	"context"
	"fmt"
	"strings"

	"terang/cmd/terang/stores"
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
	lost, err := astray(ctx, s)
	if err != nil {
		return append(out, finding{false, "staff: " + err.Error(), "restore the journal from a backup"})
	}
	for _, l := range lost {
		out = append(out, finding{true, "  advice: " + l + ": correct it with terang staff grant and staff revoke", ""})
	}
	if len(known) > 0 {
		out = append(out, finding{true, "  advice: their owners take another password, at /akun or with terang staff reset USER --as USER: " + strings.Join(known, ", "), ""})
	}
	return out
}
