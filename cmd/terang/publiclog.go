package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
	"terang/scoring"
	"terang/web"
)

// logSalts are the salts of a journal's public log.
func (k *keyFile) logSalts() publiclog.Salts { return publiclog.NewSalts(k.derive("public log")) }

// programVersion is what the public log calls this program, with the hash of its file.
func programVersion() (name string, h publiclog.Hash) {
	name = strings.NewReplacer(" (changed)", "+changed", "(", "", ")", "").Replace(version())
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

// logMarker counts points for the public log, of the exams that find knows.
type logMarker struct {
	stores *stores
	find   func(code string) (*web.Exam, examRecord, error)

	mu       sync.Mutex
	annulled map[annulledAt]*scoring.Annulled
}

// annulledAt are the first so many annulments of an exam.
type annulledAt struct {
	exam string
	n    int
}

func newLogMarker(s *stores, find func(string) (*web.Exam, examRecord, error)) *logMarker {
	return &logMarker{stores: s, find: find, annulled: make(map[annulledAt]*scoring.Annulled)}
}

// Mark implements keeper.Marker.
func (m *logMarker) Mark(s *keeper.Sheet, annulments int) ([]publiclog.Score, bool, error) {
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
func (m *logMarker) first(x *web.Exam, recorded examRecord, n int) (*scoring.Annulled, error) {
	if n == 0 {
		return nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := annulledAt{x.Def.Code, n}
	if a := m.annulled[at]; a != nil {
		return a, nil
	}
	if len(recorded.annulled) < n {
		return nil, fmt.Errorf("exam %s: %d annulments, %d are known here: %w", at.exam, n, len(recorded.annulled), keeper.ErrNotOpen)
	}
	recorded.annulled = recorded.annulled[:n]
	decided, err := m.stores.annulments(context.Background(), recorded)
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
func (o *openings) served(code string) (*web.Exam, examRecord, error) {
	x := o.find(code)
	if x == nil {
		return nil, examRecord{}, fmt.Errorf("exam %s: %w", code, keeper.ErrNotOpen)
	}
	return x.Exam, x.recorded, nil
}

// newPublicLog is the keeper of a node's public log. Without a key the node serves the log
// and signs nothing.
func (n *node) newPublicLog(parts nodeParts, name string, clock *engine.Clock) *keeper.Keeper {
	p := keeper.Parts{
		Register: n.stores.register, Salts: n.keys.logSalts(), Marker: newLogMarker(n.stores, n.exams.served), Node: name, Alone: n.stores.sqlite != nil, Now: clock.Now, Log: n.log,
	}
	p.Version, p.Program = programVersion()
	if parts.logKeys != nil {
		p.Signers, p.Vkeys = parts.logKeys.signers, parts.logKeys.vkeys
	}
	return keeper.New(p)
}
