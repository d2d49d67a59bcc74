package stores

import "terang/engine"

func Now() engine.Instant { return engine.NewClock().Now() }
