package pgjournal

import (
	"terang/engine"
)

// batch is what one Append sends: packs for attempts, and for table event a column an array, a
// record a row. Positions count from base, which the database tells.
type batch struct {
	runs     []engine.Run
	streams  []*stream // of the runs
	outcomes []engine.Outcome
	at       engine.Pos // the end of the journal by which it was decided; -1: by none
	base     engine.Pos // the end of the journal when it was stored
	count    int64      // of the records

	stream []int64
	n      []int32
	body   [][]byte
	hash   [][]byte
	begins []bool
	run    map[int64]int // index of the run that is sent to table event for a stream
	events []int         // these runs, in their order

	first, last []int64 // of the packs
	packs       [][]byte
	open        []int        // indexes of the runs that are packed
	in          []engine.Pos // the first position of the pack of each of their records

	stored []entry
}

// decide makes a batch of runs. Whether a run for table event is stored the database says;
// of a packed one it is known.
func (d *DB) decide(runs []engine.Run, streams []*stream) *batch {
	b := &d.batch
	b.reset(runs, streams)
	some := false
	for i := range runs {
		b.outcomes[i].Conflict = true
		// A second run of a stream in one batch lost to the first.
		if inPacks(runs[i].Stream) {
			some = true
		} else if _, twice := b.run[streams[i].id]; !twice {
			b.run[streams[i].id] = i
			b.add(i)
		}
	}
	b.count = int64(len(b.n))
	if some {
		d.pack(b)
	}
	return b
}

// reset empties it for other runs, and keeps its rooms.
func (b *batch) reset(runs []engine.Run, streams []*stream) {
	if b.run == nil {
		b.run = map[int64]int{}
	}
	clear(b.run)
	*b = batch{
		runs: runs, streams: streams, outcomes: make([]engine.Outcome, len(runs)), at: -1, run: b.run, events: b.events[:0],
		stream: b.stream[:0], n: b.n[:0], body: b.body[:0], hash: b.hash[:0], begins: b.begins[:0],
		first: b.first[:0], last: b.last[:0], packs: b.packs[:0], open: b.open[:0], in: b.in[:0], stored: b.stored[:0],
	}
}

// anyhow says that it may be sent wherever the journal ends.
func (b *batch) anyhow() bool { return b.at < 0 }

// add puts a run into the columns for table event.
func (b *batch) add(run int) {
	b.events = append(b.events, run)
	for k := range b.runs[run].Records {
		r := &b.runs[run].Records[k]
		body := r.Body
		if body == nil {
			body = []byte{} // nil would be stored as NULL
		}
		b.stream = append(b.stream, b.streams[run].id)
		b.n = append(b.n, int32(r.N))
		b.body = append(b.body, body)
		b.hash = append(b.hash, r.Hash[:])
		b.begins = append(b.begins, k == 0)
	}
}

// pack packs the runs that follow what is known of their streams.
func (d *DB) pack(b *batch) {
	p := &d.packer
	p.Reset()
	d.batches++
	k := &d.known
	k.mu.RLock()
	b.at = k.last
	for i := range b.runs {
		st, records := b.streams[i], b.runs[i].Records
		if !inPacks(st.name) || records[0].N != st.n+1 || st.batch == d.batches {
			continue
		}
		st.batch = d.batches
		b.open = append(b.open, i)
		b.outcomes[i] = engine.Outcome{First: engine.Pos(b.count + 1)} // settle adds the base
		for j := range records {
			b.count++
			b.in = append(b.in, p.Add(engine.Pos(b.count), st.id, &records[j]))
		}
	}
	k.mu.RUnlock()
	for pack := range p.All() {
		b.first, b.last, b.packs = append(b.first, int64(pack.First)), append(b.last, int64(pack.Last)), append(b.packs, pack.Body)
	}
}

// settle completes the outcomes of a batch that was stored, and returns what it stored, in the
// order of the positions.
func (b *batch) settle() []entry {
	for _, i := range b.events {
		if !b.outcomes[i].Conflict {
			b.enter(i)
		}
	}
	from := len(b.stored)
	for _, i := range b.open {
		b.outcomes[i].First += b.base
		b.enter(i)
	}
	for j := range b.stored[from:] {
		b.stored[from+j].pack = b.base + b.in[j]
	}
	return b.stored
}

// enter adds the records of a run to what was stored.
func (b *batch) enter(run int) {
	for j, r := range b.runs[run].Records {
		r.Pos = b.outcomes[run].First + engine.Pos(j)
		b.stored = append(b.stored, entry{Record: r, stream: b.streams[run].id})
	}
}
