package process

import (
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// How much more than what is in use a heap may hold before it is collected, in per cent. While
// one is collected, each goroutine that allocates helps first: with 19,000 sockets an answer then
// waits 0.2 s and more. What is in use lies the more scattered the less often it is collected.
const (
	// OfServers keeps stops of answers well under one in a hundred, and a candidate's memory
	// near that of a bare connection.
	OfServers = 150
	// OfCrowds is for who measures, and is not measured itself.
	OfCrowds = 400
)

// share of the memory of the machine or the container that a heap keeps to, as long as what is
// in use allows: a database may stand beside.
const share = 0.5

// CollectAt sets how much garbage the heap of this process may hold, in per cent of what is in
// use, as long as there is memory. GOGC and GOMEMLIMIT, if they are set, decide instead.
func CollectAt(garbage int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	memory := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)
	// Where nobody can say how much there is, there is no limit.
	_, _ = memlimit.Set(memlimit.WithProvider(memory), memlimit.WithRatio(share))
}
