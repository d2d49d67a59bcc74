package proctor

import (
	"context"
	"encoding/json"
	"fmt"

	"terang/engine"
)

// differs is the code of a signature over a hand count that is not the minutes'.
const differs = "differs"

// HandCount is what people counted in the room. A nil number was not counted.
type HandCount struct {
	Present *int `json:"present,omitempty"`
	Absent  *int `json:"absent,omitempty"`
}

func (h *HandCount) valid() bool {
	for _, n := range []*int{h.Present, h.Absent} {
		if n != nil && (*n < 0 || *n > 100_000) {
			return false
		}
	}
	return true
}

func (h *HandCount) present() *int {
	if h == nil {
		return nil
	}
	return h.Present
}

func (h *HandCount) absent() *int {
	if h == nil {
		return nil
	}
	return h.Absent
}

// Difference is by how much a hand count lies above what the minutes say.
type Difference struct {
	Present int `json:"present"`
	Absent  int `json:"absent"`
}

// against compares with what the journal says.
func (h *HandCount) against(t *Attendance) (d Difference) {
	if h == nil {
		return d
	}
	if h.Present != nil {
		d.Present = *h.Present - t.Present
	}
	if h.Absent != nil {
		d.Absent = *h.Absent - t.Absent
	}
	return d
}

// Counted is a hand count as it is kept in the archive beside the version that it was
// signed with. The words of its reason stay in the register.
type Counted struct {
	Format     string     `json:"format"` // terang/minutes-count/1
	Sitting    string     `json:"sitting"`
	Version    int        `json:"version"`
	Minutes    string     `json:"minutes"` // hash of the version
	Hand       HandCount  `json:"hand"`
	Difference Difference `json:"difference"`
	Reason     string     `json:"reason,omitempty"` // SHA-256 of the words
}

// keepCount keeps a hand count in the archive, and returns its hash.
func (m *Minutes) keepCount(ctx context.Context, p *Proposal, q *signPayload) (string, error) {
	words, err := KeepText(ctx, m.desk.register, p.Reason)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(Counted{
		Format: "terang/minutes-count/1", Sitting: p.SittingID(), Version: q.Version, Minutes: q.Minutes, Hand: *q.Hand, Difference: q.Difference, Reason: words,
	})
	if err != nil {
		return "", fmt.Errorf("hand count of %s: %w", p.SittingID(), err)
	}
	hash, err := m.archive.Keep(ctx, body)
	if err != nil {
		return "", fmt.Errorf("keep the hand count of %s: %w", p.SittingID(), err)
	}
	return hash.String(), nil
}

// ReadCount is the hand count that a version was signed with, and the words of its reason;
// nil if there was none.
func ReadCount(ctx context.Context, archive engine.Archive, r engine.Register, v *engine.MinutesVersion) (*Counted, string, error) {
	if v.Signed.Form == "" {
		return nil, "", nil
	}
	hash, err := engine.ParseHash(v.Signed.Form)
	if err != nil {
		return nil, "", err
	}
	body, err := archive.Fetch(ctx, hash)
	if err != nil {
		return nil, "", fmt.Errorf("hand count: %w", err)
	}
	c := new(Counted)
	if err := json.Unmarshal(body, c); err != nil {
		return nil, "", fmt.Errorf("hand count: %w", err)
	}
	words, err := Text(ctx, r, c.Reason)
	return c, words, err
}

// Count is the hand count that a version was signed with; see ReadCount.
func (m *Minutes) Count(ctx context.Context, v *engine.MinutesVersion) (*Counted, string, error) {
	return ReadCount(ctx, m.archive, m.desk.register, v)
}
