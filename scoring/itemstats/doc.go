// Package itemstats says how items and forms behaved, after a sitting, where every
// candidate had a form of their own. Everything is computed from one cube of counts, item
// by option by section score by group, and a few sums: integers only, so that neither the
// order of the candidates nor the way they were divided over machines changes a digit, and
// a candidate can be taken out again exactly. Floats appear when a figure is printed, and
// never touch a score.
//
// Who counts: candidates whose attempt stands finished, by themselves, the deadline or a
// supervisor, at the end of what was read. Disqualified, unfinished and reopened attempts
// are left out and counted apart. Each statistic of an item uses only the candidates who
// were given the item; an item without an answer is worth 0 points and stays in the number.
//
// Definitions are those of classical test theory: facility (mean points over the most
// possible), the correlation of the item with the section score without it, the upper and
// lower 27 % (Kelley 1939), Cronbach's alpha over the places of the plan, since items
// differ between forms (an alpha pooled by item is too high when forms differ), KR-21,
// Mantel-Haenszel DIF with the ETS classes A, B, C, Mantel's test and the standardised mean
// difference for graded items, and on request Rasch difficulties by marginal maximum
// likelihood, with the slope that each item would have if it were free, and by conditional
// likelihood where all candidates had the same items. Groups are matched by the raw section
// score, which is sound where forms are balanced. Below the least numbers in Limits a figure is
// not given.
//
// # How it counts
//
// The cells of a bank of thousands do not fit a processor's near caches, and an answer
// touches one of them at random: what counting costs is waiting for memory. So forms are
// laid into a block of columns by place of the plan (block), and counted place by place:
// the few items of one place stay near. Counters are of 16 bits, what is beyond stands
// beside them (counts). On a machine whose two cores had 38 processes to run this
// took 27 ns an answer where queues for each item took 57 (medians of three pairs in turns).
// BenchmarkFourMillion measures processor time; TestCubeIsThePlainCount compares with a count
// of one answer at a time.
//
// # Report
//
// Report is also the JSON schema "terang/itemstats/1". Figures are decimal numbers of up to
// ten significant digits, null where there are too few candidates or no variance; points
// are exam points, times seconds, n candidates. Sections stand in the order of the rule
// set, items in order of id. The fields are documented at Report, SectionReport,
// ItemReport, OptionReport, DIF and Flag; the fairness report's at Fairness
// ("terang/fairness/1").
//
// The package has the key (Design) and must never be reached by a candidate's page. Begin
// with Sheet (an attempt's events become a Taken), Cube (all of them), Analyse.
package itemstats
