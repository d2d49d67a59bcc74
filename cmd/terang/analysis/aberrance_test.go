package analysis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A cell that a program left as no number is a fault of its row, and not a score of everybody's
// comparison.
func TestEarlierTotalsAreNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "earlier.csv")
	read := func(cells ...string) (map[string]float64, error) {
		rows := "number,score\n"
		for i, cell := range cells {
			rows += "1-" + string(rune('1'+i)) + "," + cell + "\n"
		}
		if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
		return readEarlier(path)
	}
	for _, none := range []string{"nan", "NaN", "Inf", "-inf", "1e400", "1e200", "", "tiga ratus"} {
		got, err := read("311", none, "287.5")
		if got != nil || err == nil || !strings.Contains(err.Error(), "row 3, column score: ") || !strings.Contains(err.Error(), "1 faults, nothing was taken") {
			t.Errorf("%q: %v, %v", none, got, err)
		}
	}
	if got, err := read("311", "-3", "287.5"); err != nil || got["11"] != 311 || got["12"] != -3 || got["13"] != 287.5 {
		t.Errorf("%v, %v", got, err)
	}
}
