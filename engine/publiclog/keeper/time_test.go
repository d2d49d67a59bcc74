package keeper

import (
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
	"terang/engine/publiclog"
)

// A leaf shows an instant as every page and export does.
func TestALeafShowsInstantsAsTheEngineDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(1, 4_102_444_800_000).Draw(t, "at") // to the year 2100
		if leaf, wire := publiclog.Time(at).String(), engine.Instant(at).String(); leaf != wire {
			t.Errorf("a leaf says %s, the engine %s", leaf, wire)
		}
	})
}
