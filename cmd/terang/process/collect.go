package process

import (
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// garbage is how much more than what is in use a heap may hold before it is collected,
	// in per cent. While one is collected, each goroutine that allocates helps first: with
	// 19,000 sockets an answer then waits 0.2 s, and at 100 per cent that is every 30 s.
	garbage = 400
	// share of the memory of the machine or the container that a heap keeps to, as long as
	// what is in use allows: a database may stand beside.
	share = 0.5
)

// CollectSeldom lets the heap of a process that serves or measures sockets grow where there
// is memory. GOGC and GOMEMLIMIT, if they are set, decide instead.
func CollectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	memory := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)
	// Where nobody can say how much there is, there is no limit.
	_, _ = memlimit.Set(memlimit.WithProvider(memory), memlimit.WithRatio(share))
}
