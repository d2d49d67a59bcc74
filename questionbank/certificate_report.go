package questionbank

import (
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"text/tabwriter"
)

// report fills a certificate with what was counted.
func (t *trial) report(c *Certificate) {
	c.Failures, c.Swaps, c.LongestRun = t.failures, t.swaps, t.longestRun
	counted := int64(max(c.Forms-t.failures, 1))
	share := func(n int64) int { return int(n * 10_000 / counted) }
	var expected, plain int64
	c.Exposure.Least = 10_000
	for s, section := range t.plan.file.Sections {
		supply := 0
		for _, cell := range section.Cells {
			row := CellSupply{Section: section.ID, Cell: cell.cell().String(), Places: len(cell.Slots), Smallest: len(cell.Slots[0])}
			for _, slot := range cell.Slots {
				row.Supply, row.Smallest = row.Supply+len(slot), min(row.Smallest, len(slot))
				for _, i := range slot {
					n, size := t.seen[i], int64(t.plan.span[i])
					if share(n) > row.Most {
						row.Most = share(n)
					}
					if share(n) > c.Exposure.Most {
						c.Exposure.Most, c.Exposure.Item = share(n), t.plan.file.Items[i].ID
					}
					c.Exposure.Least = min(c.Exposure.Least, share(n))
					if n == 0 {
						c.Exposure.Never += int(size)
					}
					supply += int(size)
					expected += size * n * (n - 1)
					plain += size * t.plainSeen[i] * (t.plainSeen[i] - 1)
				}
			}
			c.Cells = append(c.Cells, row)
		}
		places := t.plan.sections[s].To - t.plan.sections[s].From + 1
		c.Overlap.Bound += int64(100 * places * places / supply)
		c.Known.Items += supply
		c.Spreads = append(c.Spreads, t.spreadOf(s, section.ID, section.Target))
		if k, ok := t.keyPlaces(s); ok {
			c.Keys = append(c.Keys, k)
		}
	}
	pairs := counted * max(counted-1, 1)
	c.Overlap.Expected, c.Overlap.Plain = hundredths(expected, pairs), hundredths(plain, pairs)
	c.Exposure.Limit, c.Exposure.Mean = t.plan.file.MaxExposure, 10_000*c.Places/c.Known.Items
	c.Spreads = append(c.Spreads, t.spreadOf(len(t.target), "", int(t.plan.target())))
}

func hundredths(n, of int64) int64 {
	r := new(big.Int).Mul(big.NewInt(100), big.NewInt(n))
	return r.Quo(r, big.NewInt(of)).Int64()
}

func (t *trial) spreadOf(s int, id string, target int) Spread {
	r := Spread{Section: id, Target: target, Outside: t.outside[s]}
	for l, name := range levelNames {
		if l > 0 && !t.plan.balancedOnCurves() {
			break
		}
		own, plain := &t.spread[s][l], &t.plainSpread[s][l]
		aim := int64(target)
		if l > 0 {
			aim = t.aim(s, l)
		}
		r.At = append(r.At, AbilitySpread{
			Ability: name, Mean: aim + own.mean(), SD: own.deviation(), Furthest: own.most, PlainSD: plain.deviation(), PlainFurther: plain.most,
		})
	}
	return r
}

// aim is the target of a section, or of the total, at a level.
func (t *trial) aim(s, l int) int64 {
	if s < len(t.target) {
		return t.target[s][l]
	}
	var sum int64
	for _, target := range t.target {
		sum += target[l]
	}
	return sum
}

// chiLimits are the .001 points of chi-square with 1 to 9 degrees of freedom, in thousandths.
var chiLimits = [...]int64{10828, 13816, 16266, 18467, 20515, 22458, 24322, 26124, 27877}

func (t *trial) keyPlaces(s int) (KeyPlaces, bool) {
	n := t.usual[s]
	k := KeyPlaces{Section: t.plan.file.Sections[s].ID, Options: n, Letters: slices.Clone(t.letters[s][:n])}
	var total int64
	for _, count := range k.Letters {
		total += count
	}
	if total == 0 || n < minOptions {
		return k, false
	}
	sum := new(big.Int)
	for _, count := range k.Letters {
		d := big.NewInt(int64(n)*count - total)
		sum.Add(sum, d.Mul(d, d))
	}
	sum.Mul(sum, big.NewInt(1000))
	k.ChiSquare, k.Limit = sum.Quo(sum, big.NewInt(int64(n)*total)).Int64(), chiLimits[n-minOptions]
	return k, true
}

// Print writes the certificate for people to read.
func (c *Certificate) Print(out io.Writer) error {
	w := &report{Writer: tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)}
	w.line("Plan %s (%s) of bank %s: %d items a form", c.Plan[:12], c.Assembly, c.Bank[:12], c.Places)
	w.line("%d simulated forms, beside as many drawn at random within sections", c.Forms)
	w.line("")
	c.printSpread(w)
	w.line("")
	c.printShares(w)
	w.line("")
	c.printSupply(w)
	return w.Flush()
}

// report writes lines as they are and rows into columns.
type report struct{ *tabwriter.Writer }

func (w *report) line(format string, args ...any) {
	_ = w.Flush()
	fmt.Fprintf(w, format+"\n", args...)
}

func (w *report) row(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")+"\t") }

func points(n int64) string {
	half := int64(5)
	if n < 0 {
		half = -5
	}
	return decimal((n+half)/10, 2)
}

func (c *Certificate) printSpread(w *report) {
	w.line("HOW EQUAL FORMS ARE: expected points of a candidate, from form to form")
	w.row("section", "ability", "mean", "SD", "furthest", "plain draw: SD", "furthest")
	for _, s := range c.Spreads {
		name := s.Section
		if name == "" {
			name = "total"
		}
		for _, a := range s.At {
			w.row(name, a.Ability, points(a.Mean), points(a.SD), points(a.Furthest), points(a.PlainSD), points(a.PlainFurther))
		}
	}
	if c.Balance == "curve" {
		w.line("Forms are balanced at abilities -1, 0 and +1.")
	} else {
		w.line("Forms are balanced on the mean: %d of %d items have fewer than %d responses.", c.Known.Judged+c.Known.Few, c.Known.Items, sureResponses)
	}
	if n := c.Spreads[len(c.Spreads)-1].Outside; n > 0 {
		w.line("%d forms (%s %%) stayed outside the tolerance of a section; each is the nearest that was found.", n, decimal(int64(n)*10_000/int64(c.Forms), 2))
	}
	if c.Known.Unknown() {
		w.line("FORM SD UNKNOWN, EXPECTED ABOUT %d POINTS: %d of %d items have no response yet. The figures above say", (c.Known.Error+500)/1000, c.Known.Judged, c.Known.Items)
		w.line("how equal forms are if the judged bands were true. Pilot the items, or compile again after the first day, with --stats.")
		return
	}
	w.line("What is not known of the items adds an SD of %s points: together %s.", points(c.Known.Error), points(together(c.Known.Error, c.Spreads[len(c.Spreads)-1].At[0].SD)))
}

func together(a, b int64) int64 { return root(a*a + b*b) }

func (c *Certificate) printShares(w *report) {
	w.line("WHAT COULD GO WRONG")
	w.line("  forms that could not be filled: %d", c.Failures)
	if r := c.Return; r != nil {
		w.line("  candidates with %d earlier sittings (%d simulated): %d without a form, %d items met again, SD of the total %s points",
			r.Sittings, r.Forms, r.Failures, r.Repeats, points(r.SD))
	}
	limit := "no limit set"
	if c.Exposure.Limit > 0 {
		limit = "limit " + decimal(int64(c.Exposure.Limit), 1) + " %"
	}
	w.line("  most seen item: %s, on %s %% of forms (%s; mean %s %%)", c.Exposure.Item, decimal(int64(c.Exposure.Most), 2), limit, decimal(int64(c.Exposure.Mean), 2))
	if c.Candidates > 0 {
		w.line("    of %d candidates about %d will have seen it", c.Candidates, (c.Candidates*c.Exposure.Most+5000)/10_000)
	}
	if c.Exposure.Never > 0 {
		w.line("  items on no form: %d", c.Exposure.Never)
	}
	w.line("  items that two candidates have in common: %s (plain draw %s, no draw below %s)",
		decimal(c.Overlap.Expected, 2), decimal(c.Overlap.Plain, 2), decimal(c.Overlap.Bound, 2))
	for _, k := range c.Keys {
		verdict := "even"
		if !k.Even() {
			verdict = "NOT EVEN"
		}
		w.line("  best option of %s by letter: %s; chi-square %s (%s; limit %s)", k.Section, shares(k.Letters), decimal(k.ChiSquare, 3), verdict, decimal(k.Limit, 3))
	}
	w.line("  longest run of one letter as the best option: %d", c.LongestRun)
}

func shares(counts []int64) string {
	var total int64
	for _, n := range counts {
		total += n
	}
	parts := make([]string, len(counts))
	for i, n := range counts {
		parts[i] = fmt.Sprintf("%c %s %%", 'A'+i, decimal(n*10_000/total, 2))
	}
	return strings.Join(parts, ", ")
}

func (c *Certificate) printSupply(w *report) {
	w.line("SUPPLY")
	w.row("section", "cell", "places", "to choose from", "smallest slot", "most seen on")
	for _, r := range c.Cells {
		w.row(r.Section, r.Cell, fmt.Sprint(r.Places), fmt.Sprint(r.Supply), fmt.Sprint(r.Smallest), decimal(int64(r.Most), 2)+" %")
	}
}
