package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
	"terang/scoring"
	"terang/web"
)

// ProgramVersion is what the public log calls this program, with the hash of its file.
func ProgramVersion() (name string, h publiclog.Hash) {
	name = strings.NewReplacer(" (changed)", "+changed", "(", "", ")", "").Replace(process.Version())
	path, err := os.Executable()
	if err != nil {
		return name, h
	}
	f, err := os.Open(path) //nolint:gosec // ourselves
	if err != nil {
		return name, h
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return name, h
	}
	sum.Sum(h[:0])
	return name, h
}

// LogMarker counts points for the public log, of the exams that find knows.
type LogMarker struct {
	stores *stores.DB
	find   func(code string) (*web.Exam, stores.ExamRecord, error)

	mu       sync.Mutex
	annulled map[annulledAt]*scoring.Annulled
}

// annulledAt are the first so many annulments of an exam.
type annulledAt struct {
	exam string
	n    int
}

// NewLogMarker returns a marker of the exams that find knows by their codes.
func NewLogMarker(s *stores.DB, find func(string) (*web.Exam, stores.ExamRecord, error)) *LogMarker {
	return &LogMarker{stores: s, find: find, annulled: make(map[annulledAt]*scoring.Annulled)}
}

// Mark implements keeper.Marker.
func (m *LogMarker) Mark(s *keeper.Sheet, annulments int) ([]publiclog.Score, bool, error) {
	x, recorded, err := m.find(s.Exam)
	if err != nil {
		return nil, false, err
	}
	a, err := m.first(x, recorded, annulments)
	if err != nil {
		return nil, false, err
	}
	return x.Mark(s, a)
}

// first are the first n annulments of an exam, as they were decided.
func (m *LogMarker) first(x *web.Exam, recorded stores.ExamRecord, n int) (*scoring.Annulled, error) {
	if n == 0 {
		return nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := annulledAt{x.Def.Code, n}
	if a := m.annulled[at]; a != nil {
		return a, nil
	}
	if len(recorded.Annulled) < n {
		return nil, fmt.Errorf("exam %s: %d annulments, %d are known here: %w", at.exam, n, len(recorded.Annulled), keeper.ErrNotOpen)
	}
	recorded.Annulled = recorded.Annulled[:n]
	decided, err := m.stores.Annulments(context.Background(), recorded)
	if err != nil {
		return nil, err
	}
	a, err := x.Annulled(decided.List)
	if err == nil {
		m.annulled[at] = a
	}
	return a, err
}

// served finds the exams that a node serves.
func (o *openings) served(code string) (*web.Exam, stores.ExamRecord, error) {
	x := o.Find(code)
	if x == nil {
		return nil, stores.ExamRecord{}, fmt.Errorf("exam %s: %w", code, keeper.ErrNotOpen)
	}
	return x.Exam, x.Recorded, nil
}

// newPublicLog is the keeper of a node's public log. Without a key the node serves the log
// and signs nothing.
func (n *Node) newPublicLog(parts Parts, name string, clock *engine.Clock) *keeper.Keeper {
	p := keeper.Parts{
		Register: n.Stores.Register, Salts: n.keys.LogSalts(), Marker: NewLogMarker(n.Stores, n.Exams.served), Node: name, Alone: n.Stores.Sqlite != nil, Now: clock.Now, Log: n.Logger,
	}
	p.Version, p.Program = ProgramVersion()
	if parts.LogKeys != nil {
		p.Signers, p.Vkeys = parts.LogKeys.Signers, parts.LogKeys.Vkeys
	}
	return keeper.New(p)
}
