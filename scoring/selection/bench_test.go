package selection

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// rows is a sheet that is made while it is read, so that the memory of a benchmark is the
// list's and not the sheet's.
type rows struct {
	n, of int
	rest  string
}

func (r *rows) Read(p []byte) (int, error) {
	for r.rest == "" {
		switch {
		case r.n > r.of:
			return 0, io.EOF
		case r.n == 0:
			r.rest = finalHeader
		default:
			h := uint(r.n) * 2654435761 // spreads the scores
			r.rest = fmt.Sprintf("24%010d,f-%d,,%d,%d,%d,%d.%03d,ipk,3.%02d,19%02d-%02d-%02d\n", r.n, h%20_000, 65+5*((h>>8)%18), 80+5*((h>>13)%20), 166+(h>>18)%60,
				30+(h>>7)%70, (h>>3)%1000, (h>>5)%100, 85+(h>>9)%14, 1+(h>>4)%12, 1+(h>>6)%28)
		}
		r.n++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// BenchmarkFinal1Million reads, decides and writes a nation's final, and says how much of
// it is held at once.
func BenchmarkFinal1Million(b *testing.B) {
	const people = 1_000_000
	rs := rules(b, "skd-2024")
	var formations []Formation
	for i := range 20_000 {
		formations = append(formations, Formation{Code: fmt.Sprint("f-", i), Post: fmt.Sprint(i / 8), Placement: fmt.Sprint(i % 8), Need: needs[i%4], Seats: 1 + i%5})
	}
	for b.Loop() {
		l := listing(b, rs, formations...)
		l.Expect(people)
		if faults := l.Read(&rows{of: people}, FinalStage); len(faults) > 0 {
			b.Fatal(faults[0])
		}
		l.Final()
		l.Optimise()
		if err := l.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/people, "live-B/row")
		runtime.KeepAlive(l)
	}
}

func TestTheBenchmarksSheetIsSound(t *testing.T) {
	var text strings.Builder
	if _, err := io.Copy(&text, &rows{of: 1000}); err != nil {
		t.Fatal(err)
	}
	if l, said := read(t, rules(t, "skd-2024"), text.String()); said != "" || len(l.People) != 1000 {
		t.Fatalf("%d people: %.300s", len(l.People), said)
	}
}
