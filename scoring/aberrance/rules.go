package aberrance

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Rules are the thresholds of the indicators. They are frozen before the first sitting; a
// change is another version with another hash.
type Rules struct {
	Version string `json:"version"`

	BurstAnswers int     `json:"burst_answers"` // B1: consecutive answers
	BurstMeanMS  int64   `json:"burst_mean_ms"` // of at most this mean time
	BurstRight   float64 `json:"burst_right"`   // and at least this share right

	FastShare  float64 `json:"fast_share"` // F1: faster than this share of the item's mean time
	FastMS     int64   `json:"fast_ms"`    // and than this
	FastLeast  int     `json:"fast_least"` // so many answers at least
	FastZ      float64 `json:"fast_z"`
	FastShrink float64 `json:"fast_shrink"` // answers that the mean counts for when ability is estimated from few others
	FastOthers int     `json:"fast_others"` // other answers that an estimate needs

	BrowseItems int   `json:"browse_items"` // V1: so many items
	BrowseMS    int64 `json:"browse_ms"`    // shown shorter, and answered within
	BrowseGapMS int64 `json:"browse_gap_ms"`

	RoomRate   float64 `json:"room_rate"`   // R1: honest candidates with B1, F1 or V1
	RoomChance float64 `json:"room_chance"` // how often chance may give so many

	SameLetters float64 `json:"same_letters"` // P1: how often chance may give so many equal letters
	JumpZ       float64 `json:"jump_z"`       // J1
	JumpLeast   int     `json:"jump_least"`   // candidates who came back, to judge at all
}

// DefaultRules are from simulations (Simulate repeats them): B1 or F1 name at most 5 of
// 100,000 honest candidates, P1 some four pairs of eight million.
func DefaultRules() Rules {
	return Rules{
		Version:      "2026-1",
		BurstAnswers: 20, BurstMeanMS: 12_000, BurstRight: .75,
		FastShare: .30, FastMS: 20_000, FastLeast: 10, FastZ: 4, FastShrink: 6, FastOthers: 10,
		BrowseItems: 20, BrowseMS: 15_000, BrowseGapMS: 120_000,
		RoomRate: .0002, RoomChance: 1e-5,
		SameLetters: 4.5e-7, JumpZ: 4, JumpLeast: 200,
	}
}

// Hash is the SHA-256 of the rules' JSON, in hex: what is published before the window.
func (r Rules) Hash() string {
	body, err := json.Marshal(r)
	if err != nil {
		panic("aberrance: rules hold only numbers: " + err.Error())
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
