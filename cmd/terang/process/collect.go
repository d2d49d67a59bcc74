package process

import (
	"os"
	"runtime/debug"
)

// SpareHeap makes the collector wait until this much and more has been allocated. A few
// attempts are a small heap, which would be collected several times a second, and with
// each time the stacks of thousands of sockets.
const SpareHeap = 128 << 20

// garbage is how much more than what is in use the heap of a crowd may hold before it is
// collected, in per cent.
const garbage = 400

// CollectSeldom is for a process that measures. While its heap is collected, each goroutine that
// allocates helps first: with 19,000 sockets an answer then seems to have taken 0.2 s, and
// every 30 s. A server keeps to the usual percentage, since what is in use lies the more
// scattered the less often it is collected. GOGC, if it is set, decides instead.
func CollectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}
