package rehearse

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// bottleneck is what was full first, or would have been next.
type bottleneck struct {
	Resource string             `json:"resource"`
	Reached  bool               `json:"reached"` // it was full, and did not only come nearest
	AtS      float64            `json:"at_s,omitempty"`
	Share    float64            `json:"share"` // of what it may be; 1 is full
	Text     string             `json:"text"`
	Figures  map[string]float64 `json:"figures"`
}

// Resources that can be a bottleneck.
const (
	resourceServer  = "cpu of the server"
	resourceClient  = "cpu of the crowd"
	resourceReaders = "cpu of the readers and their board"
	resourceOthers  = "cpu of other programs"
	resourceFiles   = "descriptors"
	ResourceJournal = "journal"
	resourceNetwork = "network"
	resourceGone    = "the server itself"
	resourceUnknown = "unknown"
)

// When a resource is called full.
const (
	cpuFull   = 0.9  // of the processors; what is left is the system's own
	filesFull = 0.97 // of the descriptors
	busyFull  = 0.9  // of the time a commit was under way, and processors were not what it waited for
	slowShare = 0.4  // of the wait for an acknowledgement lies in the commit: an answer waits for up to two
	feltFrom  = 0.25 // of the limit of an acknowledgement, that a request without the journal takes
	inARow    = 2    // windows; one alone is an accident
)

// pressure is how near a resource came to being full.
type pressure struct {
	resource string
	share    float64
	text     string
}

// bottleneck names what was full first. Where nothing was, it says what came nearest.
func (p *performance) bottleneck(o *Outcome) *bottleneck {
	g := p.gauges
	g.mu.Lock()
	defer g.mu.Unlock()
	b := &bottleneck{Resource: resourceUnknown, Figures: map[string]float64{"round_trip_ms": ms(g.trip), "beat_ms": ms(p.log.Figures().Beat)}}
	if len(g.windows) == 0 {
		b.Text = "not known: the server's metrics could not be read"
		if g.fault != nil {
			b.Text += ": " + g.fault.Error()
		}
		return b
	}
	limit := p.Limits.P99
	if limit == 0 {
		limit = 20 * time.Millisecond
	}
	limit = max(limit, time.Millisecond) // shares of less say nothing
	streak := map[string]int{}
	var nearest pressure
	for _, w := range g.windows {
		var full *pressure
		all := w.pressures(g.here, ms(limit))
		for i := range all {
			f := &all[i]
			if f.share < 1 {
				streak[f.resource] = 0
			} else if streak[f.resource]++; streak[f.resource] >= inARow && full == nil {
				full = f
			}
			if f.share > nearest.share {
				nearest = *f
			}
		}
		if full != nil && !b.Reached {
			b.Resource, b.Reached, b.Share, b.AtS = full.resource, true, round(100*full.share)/100, round(w.at.Seconds())
			b.Text = fmt.Sprintf("%s, from %s s on: %s", full.resource, number(b.AtS), full.text)
		}
	}
	whole := average(g.windows)
	if g.whole != nil {
		whole.commit, whole.ack, whole.batch = g.whole.commit, g.whole.ack, g.whole.batch
	}
	for k, v := range whole.figures() {
		b.Figures[k] = v
	}
	trip := g.trip
	switch {
	case !g.silent.IsZero():
		b.Resource, b.Reached, b.Share = resourceGone, true, 1
		b.Text = fmt.Sprintf("the server itself: from %s s on it did not answer: %v", number(round(g.silent.Sub(g.since).Seconds())), g.fault)
	case b.Reached:
	case whole.ack > ms(limit) && whole.commit > ms(limit)/2 && whole.commit > slowShare*whole.ack:
		// Not all the time, but whenever an answer waited long.
		b.Resource, b.Reached, b.Share = ResourceJournal, true, round(whole.commit/(ms(limit)/2))
		b.Text = "journal, again and again: " + whole.journal()
	case trip > limit/2 && o.P99 > ms(limit):
		b.Resource, b.Reached, b.Share = resourceNetwork, true, round(100*float64(trip)/float64(limit))/100
		b.Text = fmt.Sprintf("network: a round trip takes %s before there is any load, p99 of acknowledgements is %s", Long(ms(trip)), Long(o.P99))
	default:
		b.Resource, b.Share = nearest.resource, min(0.99, round(100*nearest.share)/100)
		b.Text = fmt.Sprintf("none was reached; nearest came %s at %.0f%%: %s", nearest.resource, 100*b.Share, nearest.text)
	}
	return b
}

// pressures of a window, those first that make others look full: what waits for a
// processor is slow everywhere.
func (w window) pressures(here bool, limit float64) []pressure {
	server := fmt.Sprintf("the server used %.2f of %.0f processors, the crowd %.2f", w.server, w.cores, w.own)
	var all []pressure
	mine := float64(runtime.NumCPU())
	others := w.busy - w.own - w.aside
	if here {
		others -= w.server
	}
	if others > w.own && others > w.server {
		// Others may have what nobody else wants: it is felt when a simple request waits too.
		share := w.busy / mine / cpuFull
		if w.trip < feltFrom*limit {
			share = min(share, 0.9)
		}
		all = append(all, pressure{resourceOthers, share, fmt.Sprintf("%s, other programs on this machine %.2f: let it do nothing else meanwhile", server, others)})
	}
	together := (w.server + w.own + w.aside) / w.cores / cpuFull
	switch {
	case here && w.aside > w.server && w.aside > w.own:
		all = append(all, pressure{resourceReaders, together, fmt.Sprintf("%s, the readers and their board server %.2f of the same ones, after everybody else", server, w.aside)})
	case here && w.server >= w.own:
		all = append(all, pressure{resourceServer, together, server + " of the same ones"})
	case here:
		all = append(all, pressure{resourceClient, together, server + " of the same ones: it is this machine that is full, not the server"})
	default:
		all = append(all, pressure{resourceClient, w.own / mine / cpuFull, fmt.Sprintf("the crowd used %.2f of its %.0f processors: what it measured is not the server alone", w.own, mine)},
			pressure{resourceServer, w.server / w.cores / cpuFull, server})
	}
	journal := pressure{resource: ResourceJournal, share: w.occupied / busyFull}
	if w.mean > limit/2 && w.ack > limit {
		journal.share = max(journal.share, w.mean/(limit/2))
	}
	journal.text = w.journal()
	return append(all, journal,
		pressure{resourceFiles, w.files / filesFull, fmt.Sprintf("the server held %.0f%% of its descriptors", 100*w.files)},
		pressure{resourceFiles, w.ownFiles / filesFull, fmt.Sprintf("the crowd held %.0f%% of its descriptors", 100*w.ownFiles)})
}

func (w window) journal() string {
	return fmt.Sprintf("a commit was under way for %.0f%% of the time, p99 of commits %s of %.0f events, p99 of acknowledgements in the server %s",
		100*w.occupied, Long(w.commit), w.batch, Long(w.ack))
}

// average of all windows; quantiles are the median of theirs.
func average(windows []window) window {
	middle := func(of func(*window) float64) float64 {
		var all []float64
		for i := range windows {
			all = append(all, of(&windows[i]))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	var sum window
	for _, w := range windows {
		sum.server += w.server
		sum.own += w.own
		sum.aside += w.aside
		sum.busy += w.busy
		sum.occupied += w.occupied
		sum.files, sum.ownFiles, sum.cores = max(sum.files, w.files), max(sum.ownFiles, w.ownFiles), w.cores
	}
	n := float64(len(windows))
	sum.server, sum.own, sum.aside, sum.busy, sum.occupied = sum.server/n, sum.own/n, sum.aside/n, sum.busy/n, sum.occupied/n
	sum.commit = middle(func(w *window) float64 { return w.commit })
	sum.ack = middle(func(w *window) float64 { return w.ack })
	sum.batch = middle(func(w *window) float64 { return w.batch })
	return sum
}

// load says how much of everything was used, over the measured time.
func (b *bottleneck) load() string {
	f := b.Figures
	if f["processors"] == 0 {
		return fmt.Sprintf("round trip before the load %s", Long(f["round_trip_ms"]))
	}
	return fmt.Sprintf("over the whole time: server %s of %s processors, crowd %s, this machine in all %s; a commit under way for %.0f%%, p99 of commits %s; descriptors %.0f%% and %.0f%%; round trip before the load %s, of beats %s",
		number(f["server_processors"]), number(f["processors"]), number(f["crowd_processors"]), number(f["busy_processors"]), 100*f["journal_occupied"], Long(f["commit_p99_ms"]),
		100*f["server_descriptors"], 100*f["crowd_descriptors"], Long(f["round_trip_ms"]), Long(f["beat_ms"]))
}

// figures of the whole measured time.
func (w window) figures() map[string]float64 {
	two := func(f float64) float64 { return round(10*f) / 10 }
	return map[string]float64{
		"readers_processors": two(w.aside),
		"server_processors":  two(w.server), "processors": w.cores, "crowd_processors": two(w.own), "busy_processors": two(w.busy), "journal_occupied": two(w.occupied),
		"commit_p99_ms": two(w.commit), "batch_events": two(w.batch), "acknowledge_p99_ms": two(w.ack),
		"server_descriptors": two(w.files), "crowd_descriptors": two(w.ownFiles),
	}
}
