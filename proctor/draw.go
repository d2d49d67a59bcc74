package proctor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"terang/engine"
)

// Seats are drawn so that nobody can arrange who sits beside whom, and so that the draw
// can be checked afterwards. A sitting's secret comes from the key file; its hash stands in
// the sitting's stream before the first draw. The n-th draw takes one of the seats that are
// free then, and names them: with the secret anybody can draw again.

// SeatSecret is what the seats of a sitting EXAM.CODE are drawn by. It may be shown once
// the sitting has ended; before, whoever has it knows who would sit where.
func (k Keys) SeatSecret(sitting string) []byte { return k.mac(seatUse, sitting) }

const seatUse = "seats"

// sealOf is what the sitting's stream says of a secret beforehand.
func sealOf(secret []byte) string {
	h := sha256.Sum256(secret)
	return hex.EncodeToString(h[:])
}

// DrawSeat is the n-th draw of a sitting, from 1, among free seats: HMAC-SHA256 over the
// sitting, n and a try; a number beyond the largest multiple of len(free) is tried again,
// so that every seat is as likely.
func DrawSeat(secret []byte, sitting string, n int, free []string) string {
	size := uint64(len(free))
	if size == 0 {
		return ""
	}
	most := -size % size // 2^64 mod size, the rest that would favour the first
	for try := 0; ; try++ {
		m := hmac.New(sha256.New, secret)
		fmt.Fprintf(m, "terang/seat/1\x00%s\x00%d\x00%d", sitting, n, try)
		if x := binary.BigEndian.Uint64(m.Sum(nil)); x >= most {
			return free[x%size]
		}
	}
}

// packSeats writes seats of a room with so many as a bitmap in base64url: bit i is seat i+1.
func packSeats(free []string, seats int) string {
	in := make(map[string]bool, len(free))
	for _, s := range free {
		in[s] = true
	}
	bits := make([]byte, (seats+7)/8)
	for n := 1; n <= seats; n++ {
		if in[seatNumber(n, seats)] {
			bits[(n-1)/8] |= 1 << ((n - 1) % 8)
		}
	}
	return base64.RawURLEncoding.EncodeToString(bits)
}

func unpackSeats(text string, seats int) ([]string, error) {
	bits, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(bits) != (seats+7)/8 {
		return nil, fmt.Errorf("%.40q is no set of seats of a room with %d", text, seats)
	}
	var free []string
	for n := 1; n <= seats; n++ {
		if bits[(n-1)/8]&(1<<((n-1)%8)) != 0 {
			free = append(free, seatNumber(n, seats))
		}
	}
	return free, nil
}

// DrawReport is what came of drawing the seats of a sitting again.
type DrawReport struct {
	Drawn, Kept, Asked int      // by the secret, as the roster has them, as an exception
	Faults             []string // what is not as the secret gives it
}

// CheckDraws draws the seats of a sitting again, from its stream's events in order, and
// names what differs. seats is the size of the room.
func CheckDraws(secret []byte, sitting string, seats int, events []engine.Event) (r DrawReport) {
	fault := func(n int, format string, args ...any) {
		r.Faults = append(r.Faults, fmt.Sprintf("version %d: ", n+1)+fmt.Sprintf(format, args...))
	}
	sealed := false
	for i := range events {
		switch e := &events[i]; {
		case e.Kind == engine.SeatsSealed && sealed:
			fault(i, "the secret is committed to a second time")
		case e.Kind == engine.SeatsSealed:
			if sealed = true; e.Seed != sealOf(secret) {
				fault(i, "the commitment is %.12s… and the secret's is %.12s…", e.Seed, sealOf(secret))
			}
		case e.Kind != engine.SeatGiven:
		case e.Act == engine.SeatRoster:
			r.Kept++
		case e.Act == engine.SeatAsked:
			if !e.On { // a move is no check-in
				r.Asked++
			}
			if e.Why == "" && e.Text == "" {
				fault(i, "%s got seat %s as an exception, and nobody said why", e.Number, e.Seat)
			}
		default:
			r.Drawn++
			free, err := unpackSeats(e.Form, seats)
			switch {
			case err != nil:
				fault(i, "%v", err)
			case !sealed:
				fault(i, "a seat is drawn before the secret was committed to")
			case e.Q != r.Drawn:
				fault(i, "draw %d stands where draw %d is due", e.Q, r.Drawn)
			default:
				if seat := DrawSeat(secret, sitting, e.Q, free); seat != e.Seat {
					fault(i, "%s got seat %s and the draw gives %s, of %s", e.Number, e.Seat, seat, strings.Join(free, " "))
				}
			}
		}
	}
	return r
}
