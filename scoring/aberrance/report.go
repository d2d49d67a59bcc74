package aberrance

import (
	"slices"
	"strings"

	"terang/scoring/itemstats"
)

// Schema names the JSON of Report.
const Schema = "terang/aberrance/1"

// Report is the advisory list of an exam. It names candidates by number, never by name,
// and has no score.
type Report struct {
	Schema     string               `json:"schema"`
	Source     itemstats.Source     `json:"source"`
	Population itemstats.Population `json:"population"`
	Rules      Rules                `json:"rules"`
	Hash       string               `json:"rules_sha256"`
	Advice     [2]string            `json:"advice"`   // Indonesian, English
	Examined   int                  `json:"examined"` // by times
	Apart      int                  `json:"apart"`    // with an accommodation: not looked at by times
	Pairs      int                  `json:"pairs"`    // of neighbours compared
	Expected   float64              `json:"expected"` // honest candidates that B1 or F1 name by chance among the examined
	Candidates []Named              `json:"candidates"`
	Neighbours []Pair               `json:"neighbours"`
	Rooms      []Place              `json:"rooms"`
}

// Named is a candidate with findings.
type Named struct {
	Number   string    `json:"number"`
	Sitting  string    `json:"sitting"`
	Seat     string    `json:"seat"`
	Findings []Finding `json:"findings"`
}

// Pair are two neighbours.
type Pair struct {
	Numbers [2]string `json:"numbers"`
	Seats   [2]string `json:"seats"`
	Sitting string    `json:"sitting"`
	Finding Finding   `json:"finding"`
}

// Place is a room in one sitting, or a site on one day.
type Place struct {
	Name    string  `json:"name"`
	Seats   int     `json:"seats"`
	Flagged int     `json:"flagged"`
	Finding Finding `json:"finding"`
}

// falseAlarms is how many of 100,000 honest candidates B1 or F1 name: Simulate.
const falseAlarms = 3

// ExpectedAlarms is how many of so many honest candidates B1 or F1 name by chance.
func ExpectedAlarms(examined int) float64 { return float64(examined) * falseAlarms / 100_000 }

// Advice says what the list is, Indonesian and English.
func Advice() [2]string {
	return [2]string{
		"Tanda untuk diperiksa, bukan bukti dan bukan putusan. Tidak ada yang di sini mengubah nilai, peringkat, atau status. " +
			"Lihat bersama keterangan lain (kamera, perangkat, catatan pengawas); dengarkan peserta sebelum ada akibat apa pun; dua orang yang meneruskannya. " +
			"Orang yang sangat mampu dan sangat cepat dapat tercantum.",
		"Hints to look into: no evidence, no verdict. Nothing here changes a score, a rank or a status. " +
			"See it together with what else is known (camera, device, the supervisor's notes); hear the candidate before any consequence; two people pass it on. " +
			"Very able and very fast people can be on it.",
	}
}

// Beside says whether two seats are next to each other: the same row with numbers one
// apart, or the same number in rows one apart, where seats are named as A-07 or 12.
func Beside(a, b string) bool {
	rowA, nA, okA := seat(a)
	rowB, nB, okB := seat(b)
	if !okA || !okB {
		return false
	}
	if rowA == rowB {
		return nA-nB == 1 || nB-nA == 1
	}
	if nA != nB || len(rowA) == 0 || len(rowA) != len(rowB) || rowA[:len(rowA)-1] != rowB[:len(rowB)-1] {
		return false
	}
	apart := int(rowA[len(rowA)-1]) - int(rowB[len(rowB)-1])
	return apart == 1 || apart == -1
}

func seat(name string) (row string, n int, ok bool) {
	digits := len(name)
	for digits > 0 && name[digits-1] >= '0' && name[digits-1] <= '9' && len(name)-digits < 6 {
		digits--
	}
	for _, c := range name[digits:] {
		n = n*10 + int(c-'0')
	}
	return strings.ToUpper(strings.TrimRight(name[:digits], "- ")), n, digits < len(name)
}

// Sort puts a report's lists in an order that does not depend on the journal's.
func (r *Report) Sort() {
	slices.SortFunc(r.Candidates, func(a, b Named) int { return strings.Compare(a.Number, b.Number) })
	slices.SortFunc(r.Neighbours, func(a, b Pair) int {
		return strings.Compare(a.Numbers[0]+" "+a.Numbers[1], b.Numbers[0]+" "+b.Numbers[1])
	})
	slices.SortFunc(r.Rooms, func(a, b Place) int { return strings.Compare(a.Name, b.Name) })
}
