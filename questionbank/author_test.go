package questionbank

import (
	"io/fs"
	"strings"
	"testing"

	"terang/testdata"
)

// What the editor shows and gets back is what is stored.
func TestAStemIsWrittenAsItWasRead(t *testing.T) {
	files, err := fs.Sub(testdata.Sample, "bank")
	if err != nil {
		t.Fatal(err)
	}
	bank, faults := Parse(files, testdata.BankFiles...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, q := range bank.Questions() {
		again, faults := StemFrom(StemText(q.Stem))
		if len(faults) > 0 || again != q.Stem {
			t.Errorf("%s: %v\n%s\n%s", q.ID, faults, q.Stem, again)
		}
	}
}

func TestAStemIsCleaned(t *testing.T) {
	for text, want := range map[string]string{
		"Satu\ndua\n\ntiga":                "<p>Satu dua</p><p>tiga</p>",
		"a &lt; b <script>x()</script>":    "<p>a &lt; b</p>",
		"x <math><mn>1</mn></math> y":      "<p>x <math><mn>1</mn></math> y</p>",
		"![gambar](figures/a.svg)\n\nApa?": "<p>Apa?</p>",
	} {
		html, faults := StemFrom(text)
		if html != want {
			t.Errorf("%q became %q, want %q", text, html, want)
		}
		if dropped := strings.ContainsAny(text, "!("); dropped != (len(faults) > 0) {
			t.Errorf("%q: faults %v", text, faults)
		}
	}
}
