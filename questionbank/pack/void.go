package pack

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"terang/engine"
)

// Notice says that a pack is void and which one is used instead: two people decided it,
// and the publisher signs it, so that sites can be told without a connection.
type Notice struct {
	Exam    string
	Pack    string // SHA-256 of the pack that is void
	Spare   string // SHA-256 of the pack that is used instead
	Why     Why
	By, And string // accounts
	At      engine.Instant
}

// Why a pack is void.
type Why string

// The reasons.
const (
	Lost   Why = "lost"
	Leaked Why = "leaked"
)

const noticeFormat = "terang/pack-void/v1"

func (n *Notice) text() string {
	return fmt.Sprintf("%s\nexam %s\npack %s\nspare %s\nwhy %s\nby %s\nand %s\nat %s\n", noticeFormat, n.Exam, n.Pack, n.Spare, n.Why, n.By, n.And, n.At)
}

// Check refuses a notice that would not stand.
func (n *Notice) Check() error {
	switch {
	case n.Why != Lost && n.Why != Leaked:
		return fmt.Errorf("void: the reason %q: write %s or %s", n.Why, Lost, Leaked)
	case n.Pack == n.Spare:
		return fmt.Errorf("void: a pack cannot stand in for itself: name the spare")
	case n.By == "" || n.And == "" || strings.EqualFold(n.By, n.And):
		return fmt.Errorf("void: it takes two people, and %q and %q are not: %w", n.By, n.And, engine.SecondPerson)
	}
	return nil
}

// Sign makes the notice a file.
func (n *Notice) Sign(publisher note.Signer) ([]byte, error) {
	if err := n.Check(); err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: n.text()}, publisher)
}

// ReadNotice reads and checks what Sign made.
func ReadNotice(file []byte, publisher note.Verifier) (*Notice, error) {
	text, err := signed(file, publisher)
	if err != nil {
		return nil, fmt.Errorf("the notice: %w", err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		fields[key] = value
	}
	n := &Notice{
		Exam: fields["exam"], Pack: fields["pack"], Spare: fields["spare"], Why: Why(fields["why"]), By: fields["by"], And: fields["and"],
	}
	if at, err := time.Parse(time.RFC3339, fields["at"]); err == nil {
		n.At = engine.InstantOf(at)
	}
	if n.text() != text {
		return nil, fmt.Errorf("the notice is not of the form %s; open it with the program version that made it", noticeFormat)
	}
	return n, n.Check()
}
