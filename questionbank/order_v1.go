package questionbank

import (
	"crypto/sha256"
	"encoding"
	"hash"
)

// itemOrders are the orders of loft/v1: every (candidate, item) has its own stream,
// HMAC-SHA256(seed, "opt/v1" 0x00 candidate 0x00 item). What all items of a form share is
// hashed once and its state restored for each of them.
type itemOrders struct {
	digest       hash.Hash
	inner, outer []byte // states after the padded key; inner also after the candidate
	id, sum      []byte // room for one item
}

func newItemOrders(seed []byte, candidate string) *itemOrders {
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
	o := &itemOrders{digest: sha256.New(), sum: make([]byte, 0, sha256.Size)}
	o.digest.Write(outer[:])
	o.outer = o.save()
	o.digest.Reset()
	o.digest.Write(inner[:])
	o.digest.Write([]byte(orderV1 + "\x00" + candidate + "\x00"))
	o.inner = o.save()
	return o
}

// save and restore rely on crypto/sha256 documenting that its hashes implement
// encoding.BinaryMarshaler and BinaryUnmarshaler; neither fails on its own states.
func (o *itemOrders) save() []byte {
	state, err := o.digest.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("questionbank: save the state of SHA-256: " + err.Error())
	}
	return state
}

func (o *itemOrders) restore(state []byte) {
	if err := o.digest.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		panic("questionbank: restore the state of SHA-256: " + err.Error())
	}
}

func (o *itemOrders) item(id string) stream {
	o.id = append(o.id[:0], id...)
	o.restore(o.inner)
	o.digest.Write(o.id)
	o.sum = o.digest.Sum(o.sum[:0])
	o.restore(o.outer)
	o.digest.Write(o.sum)
	o.sum = o.digest.Sum(o.sum[:0])
	return newStream([sha256.Size]byte(o.sum))
}

func (o *itemOrders) order(out []uint8, rule Rule, id string, _ int) {
	straight(out)
	if rule.ways(len(out)) > 1 {
		s := o.item(id)
		arrange(out, rule, &s)
	}
}
