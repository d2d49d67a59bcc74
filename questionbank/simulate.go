package questionbank

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"sync"
)

// simulate calls one for every form from 0, on all processors, each with a tally of its
// own. Tallies are sums, so that who did which form changes nothing.
func simulate[T any](forms int, tally func() T, one func(t T, n int)) []T {
	workers := runtime.GOMAXPROCS(0)
	tallies := make([]T, workers)
	var group sync.WaitGroup
	for w := range tallies {
		tallies[w] = tally()
		group.Go(func() {
			for n := w; n < forms; n += workers {
				one(tallies[w], n)
			}
		})
	}
	group.Wait()
	return tallies
}

// simulated is the stream of a candidate who exists in a simulation only.
func simulated(key [sha256.Size]byte, n int) stream {
	return newStream(simulatedKey(key, "draw", n))
}

func simulatedKey(key [sha256.Size]byte, use string, n int) [sha256.Size]byte {
	var message [sha256.Size + 16]byte
	copy(message[:], key[:])
	copy(message[sha256.Size:], use)
	binary.BigEndian.PutUint64(message[sha256.Size+8:], uint64(n))
	return sha256.Sum256(message[:])
}
