package aberrance

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"terang/scoring/itemstats"
)

// Room is R1: whether a room in one sitting has more candidates with B1, F1 or V1 than
// chance gives. seats are the candidates whose times were looked at.
func Room(seats, flagged int, r Rules) (Finding, bool) {
	p := BinomialTail(seats, r.RoomRate, flagged)
	if flagged < 2 || p > r.RoomChance {
		return Finding{}, false
	}
	return Finding{
		Code: "R1", Chance: p,
		ID:       fmt.Sprintf("%d dari %d peserta di ruang ini mempunyai B1, F1 atau V1", flagged, seats),
		EN:       fmt.Sprintf("%d of %d candidates of this room have B1, F1 or V1", flagged, seats),
		Expected: fmt.Sprintf("%.2f by chance; so many or more in one of %s rooms", float64(seats)*r.RoomRate, oneIn(p, ',')),
		Usual:    fmt.Sprintf("kebetulan: %s; sebanyak ini atau lebih pada satu dari %s ruang", itemstats.Comma(float64(seats)*r.RoomRate, 2), oneIn(p, '.')),
	}, true
}

// Neighbours is P1: whether two neighbours, whose forms and orders of options differ,
// answered with the same letters at the same numbers more often than chance does. options
// is how many letters a position shows.
func Neighbours(a, b *Session, options int, r Rules) (Finding, bool) {
	same, both := 0, 0
	for q := range min(len(a.Letters), len(b.Letters)) {
		if a.Letters[q] == 0 || b.Letters[q] == 0 {
			continue
		}
		both++
		if a.Letters[q] == b.Letters[q] {
			same++
		}
	}
	p := BinomialTail(both, 1/float64(options), same)
	if p > r.SameLetters {
		return Finding{}, false
	}
	return Finding{
		Code: "P1", Chance: p,
		ID:       fmt.Sprintf("%d dari %d nomor dijawab dengan huruf yang sama di layar, padahal naskah dan urutan pilihannya berbeda", same, both),
		EN:       fmt.Sprintf("%d of %d numbers were answered with the same letter on the screen, though forms and orders of options differ", same, both),
		Expected: fmt.Sprintf("some %d by chance; so many or more in one of %s pairs", both/options, oneIn(p, ',')),
		Usual:    fmt.Sprintf("kebetulan: sekitar %d; sebanyak ini atau lebih pada satu dari %s pasangan", both/options, oneIn(p, '.')),
	}, true
}

// Return is somebody who came back: an earlier total, and this one.
type Return struct{ Before, Now float64 }

// Jumps is J1: who of those who came back scores far above what their earlier score lets
// expect, by the regression on all of them. The indexes are those of all. Below
// Rules.JumpLeast nobody is named.
func Jumps(all []Return, r Rules) map[int]Finding {
	n := float64(len(all))
	if len(all) < r.JumpLeast {
		return nil
	}
	var sx, sy, sxx, sxy, syy float64
	for _, v := range all {
		sx, sy = sx+v.Before, sy+v.Now
		sxx, sxy, syy = sxx+v.Before*v.Before, sxy+v.Before*v.Now, syy+v.Now*v.Now
	}
	dx := n*sxx - sx*sx
	if !(dx > 0) { // nor where it is no number, as of scores that are none
		return nil
	}
	b := (n*sxy - sx*sy) / dx
	a := (sy - b*sx) / n
	rest := syy - a*sy - b*sxy
	sd := math.Sqrt(rest / (n - 2))
	if !(sd > 0) {
		return nil
	}
	out := make(map[int]Finding)
	for i, v := range all {
		want := a + b*v.Before
		if !((v.Now-want)/sd >= r.JumpZ) {
			continue
		}
		out[i] = Finding{
			Code:     "J1",
			ID:       fmt.Sprintf("Jauh di atas perkiraan dari penyelenggaraan sebelumnya (%s simpangan baku)", itemstats.Comma((v.Now-want)/sd, 1)),
			EN:       fmt.Sprintf("Far above what the earlier administration lets expect (%.1f standard deviations)", (v.Now-want)/sd),
			Expected: "about 3 in 100,000 who came back by chance; most who studied hard are among them: look at it together with others only",
			Usual:    "kebetulan: sekitar 3 dari 100.000 peserta yang kembali; kebanyakan belajar dengan sungguh-sungguh: lihat hanya bersama tanda lain",
		}
	}
	return out
}

// oneIn is the reverse of a chance, in two figures that stand for something, with what a
// language sets between thousands.
func oneIn(p float64, thousands byte) string {
	if p <= 1e-18 {
		return "1" + strings.Repeat(string(thousands)+"000", 6) // more says nothing new
	}
	n := int64(math.Round(1 / p))
	for scale := int64(10); n/scale >= 10; scale *= 10 {
		if n/scale < 100 {
			n = n / scale * scale
			break
		}
	}
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + string(thousands) + digits[i:]
	}
	return digits
}
