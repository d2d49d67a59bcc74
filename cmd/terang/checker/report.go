package checker

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what a check found. A sound journal has only zeros among its counts.
type Report struct {
	Events, Streams, Attempts int
	Stored                    int // operations in the journal
	Acked                     int // operations that candidates were told of
	Rows                      int // board rows compared

	Lost    Count // acknowledged, and not in the journal
	Twice   Count // in effect twice
	Differs Count // acknowledged as something else than what is stored
	Late    Count // accepted out of time
	Holes   Count // in a stream, its chain or the journal's order
	Given   Count // time made good twice, or after the finish
	Boards  Count // rows that are not what the answers are worth
	Short   Count // times without work that were not made good
	Over    Count // time made good without such a time

	Longest  time.Duration // wait of a candidate for an acknowledgement
	Credits  int
	Credited time.Duration
	Outage   time.Duration // what candidates lost beyond what their pages cover
}

// Count is how often something was found, with the first examples.
type Count struct {
	N        int
	Examples []string
}

// examplesMost of one kind are enough to begin with.
const examplesMost = 3

func (c *Count) add(format string, args ...any) {
	if c.N++; len(c.Examples) < examplesMost {
		c.Examples = append(c.Examples, fmt.Sprintf(format, args...))
	}
}

func (r *Report) counts() []struct {
	what string
	*Count
} {
	return []struct {
		what string
		*Count
	}{
		{"lost", &r.Lost}, {"applied twice", &r.Twice}, {"acknowledged otherwise", &r.Differs}, {"accepted out of time", &r.Late},
		{"holes", &r.Holes}, {"time given twice", &r.Given}, {"board rows that differ", &r.Boards},
		{"outage not made good", &r.Short}, {"time given for no outage", &r.Over},
	}
}

// Faults is how much is wrong, in all.
func (r *Report) Faults() int {
	n := 0
	for _, c := range r.counts() {
		n += c.N
	}
	return n
}

// String is a table for people: what was looked at, then what was found.
func (r *Report) String() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "events\t%d\tin %d streams, %d of them attempts\n", r.Events, r.Streams, r.Attempts)
	fmt.Fprintf(w, "operations stored\t%d\t\n", r.Stored)
	fmt.Fprintf(w, "operations acknowledged\t%d\tlongest wait %v\n", r.Acked, r.Longest.Round(time.Millisecond))
	fmt.Fprintf(w, "time credited\t%v\tin %d credits", r.Credited.Round(time.Millisecond), r.Credits)
	if r.Outage > 0 {
		fmt.Fprintf(w, ", for %v that candidates lost beyond their pages' cover", r.Outage.Round(time.Millisecond))
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "board rows compared\t%d\t\n", r.Rows)
	for _, c := range r.counts() {
		fmt.Fprintf(w, "%s\t%d\t", c.what, c.N)
		fmt.Fprintln(w, strings.Join(c.Examples, "\n\t\t"))
	}
	_ = w.Flush()
	return out.String()
}
