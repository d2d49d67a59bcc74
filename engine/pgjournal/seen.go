package pgjournal

import (
	"fmt"
	"sync"

	"terang/engine"
)

// seen is how far this node knows the journal to reach, and whether it may go on.
type seen struct {
	mu      sync.Mutex
	head    engine.Pos  // the journal reached at least so far
	last    engine.Pos  // position of the newest record that is known, 0 if none
	hash    engine.Hash // of that record
	stopped error       // why nothing goes on: ErrSetBack or ErrClosed
}

// reached takes note of the head that a statement has returned.
func (s *seen) reached(head engine.Pos) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head = max(s.head, head)
}

// atLeast takes note of the head that a statement has returned, which began when it was known to be
// at least so far.
func (s *seen) atLeast(least, head engine.Pos) error {
	if head < least {
		return s.setBack("it ends at position %d, this node has seen %d", head, least)
	}
	s.reached(head)
	return nil
}

// record takes note of a record that is known to be stored.
func (s *seen) record(pos engine.Pos, hash engine.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head = max(s.head, pos)
	if pos > s.last {
		s.last, s.hash = pos, hash
	}
}

func (s *seen) now() (head, last engine.Pos, hash engine.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head, s.last, s.hash
}

// setBack stops this node for good and returns why.
func (s *seen) setBack(format string, args ...any) error {
	return s.stop(fmt.Errorf("%w (%s)", ErrSetBack, fmt.Sprintf(format, args...)))
}

// stop keeps the first reason.
func (s *seen) stop(why error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == nil {
		s.stopped = why
	}
	return s.stopped
}

func (s *seen) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}
