package stores

import "terang/engine"

// Now is the instant by this machine's clock, for a command: a server has one engine.Clock.
func Now() engine.Instant { return engine.NewClock().Now() }
