package questionbank

import (
	"crypto/sha256"
	"encoding"
	"hash"
)

// orderStreams gives every (candidate, item) its own stream:
// HMAC-SHA256(seed, "opt/v1" 0x00 candidate 0x00 item). What all items of a form share is
// hashed once and its state restored for each of them: two blocks an item instead of four,
// and this is most of the cost of a form.
type orderStreams struct {
	digest       hash.Hash
	inner, outer []byte // states after the padded key; inner also after the candidate
	id, sum      []byte // room for one item
}

func newOrderStreams(seed []byte, candidate string) *orderStreams {
	if len(seed) > sha256.BlockSize {
		sum := sha256.Sum256(seed)
		seed = sum[:]
	}
	var inner, outer [sha256.BlockSize]byte
	copy(inner[:], seed)
	copy(outer[:], seed)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	o := &orderStreams{digest: sha256.New(), sum: make([]byte, 0, sha256.Size)}
	o.digest.Write(outer[:])
	o.outer = o.save()
	o.digest.Reset()
	o.digest.Write(inner[:])
	o.digest.Write([]byte(orderVersion + "\x00" + candidate + "\x00"))
	o.inner = o.save()
	return o
}

// save and restore rely on crypto/sha256 documenting that its hashes implement
// encoding.BinaryMarshaler and BinaryUnmarshaler; neither fails on its own states.
func (o *orderStreams) save() []byte {
	state, err := o.digest.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("questionbank: save the state of SHA-256: " + err.Error())
	}
	return state
}

func (o *orderStreams) restore(state []byte) {
	if err := o.digest.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		panic("questionbank: restore the state of SHA-256: " + err.Error())
	}
}

func (o *orderStreams) item(id string) stream {
	o.id = append(o.id[:0], id...)
	o.restore(o.inner)
	o.digest.Write(o.id)
	o.sum = o.digest.Sum(o.sum[:0])
	o.restore(o.outer)
	o.digest.Write(o.sum)
	o.sum = o.digest.Sum(o.sum[:0])
	return streamOf((*[sha256.Size]byte)(o.sum))
}

// order writes the displayed order of n = len(out) options: out[i] is the canonical index
// of the option shown as letter 'a'+i. Rules that leave no choice use no number.
func (o *orderStreams) order(out []uint8, rule Rule, id string) {
	for i := range out {
		out[i] = uint8(i)
	}
	n := len(out)
	switch rule {
	case Free:
		s := o.item(id)
		shuffle(&s, n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	case LastFixed:
		s := o.item(id)
		shuffle(&s, n-1, func(i, j int) { out[i], out[j] = out[j], out[i] })
	case OrderedReversible:
		if s := o.item(id); s.pick(2) == 1 {
			for i := range out {
				out[i] = uint8(n - 1 - i)
			}
		}
	case Pairs:
		s := o.item(id)
		shuffle(&s, n/2, func(i, j int) {
			out[2*i], out[2*j] = out[2*j], out[2*i]
			out[2*i+1], out[2*j+1] = out[2*j+1], out[2*i+1]
		})
	}
}

// shuffle is Fisher-Yates from the end: for i = n-1 down to 1, swap i with below(i+1).
func shuffle(s *stream, n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, s.pick(i+1))
	}
}
