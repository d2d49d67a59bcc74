package pack

import (
	"fmt"
	"strings"
	"time"

	"terang/engine"
)

// Reasons why a pack stays closed.
const (
	Altered   engine.Code = "pack_altered"
	Unsigned  engine.Code = "pack_unsigned"
	OtherExam engine.Code = "pack_other_exam"
	Early     engine.Code = "pack_early"
	NoKey     engine.Code = "pack_no_key"
	OneHolder engine.Code = "pack_one_holder"
	Voided    engine.Code = "pack_voided"
	NotYet    engine.Code = "pack_spare" // the spare, while the main pack stands
)

// Holders is how many people keep the release key; any two of them open a pack.
const Holders = 3

// Kind tells a pack from its spare.
type Kind string

// The kinds.
const (
	Main  Kind = "main"
	Spare Kind = "spare"
)

// Holder keeps a part of the release key.
type Holder struct {
	Name      string // as the record of an opening names them: one word
	Recipient string // age1…
}

// Manifest is what a pack says of itself in the open. The hashes are SHA-256 in hex.
type Manifest struct {
	Exam    string
	ID      string // 32 hex digits, made for this pack
	Kind    Kind
	Opens   engine.Instant // it is not opened before
	Bank    string
	Plan    string
	Seed    string // SHA-256 of the seed
	Holders [Holders]Holder
	Sites   []string // recipients that open it at the hour by themselves

	parts map[string]string // name -> SHA-256
}

const manifestFormat = "terang/pack/v1"

// text is what is signed: one fact a line.
func (m *Manifest) text() string {
	var b strings.Builder
	line := func(key string, values ...string) { fmt.Fprintf(&b, "%s %s\n", key, strings.Join(values, " ")) }
	b.WriteString(manifestFormat + "\n")
	line("exam", m.Exam)
	line("id", m.ID)
	line("kind", string(m.Kind))
	line("opens", m.Opens.String())
	line("bank", m.Bank)
	line("plan", m.Plan)
	line("seed", m.Seed)
	for _, h := range m.Holders {
		line("holder", h.Name, h.Recipient)
	}
	for _, s := range m.Sites {
		line("site", s)
	}
	for _, name := range partNames[1:] {
		line("part", name, m.parts[name])
	}
	return b.String()
}

// parseManifest reads what text wrote, and nothing else.
func parseManifest(text string) (*Manifest, error) {
	m := &Manifest{parts: map[string]string{}}
	holders := 0
	for line := range strings.Lines(text) {
		words := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		switch value := words[min(1, len(words)-1)]; words[0] {
		case "exam":
			m.Exam = value
		case "id":
			m.ID = value
		case "kind":
			m.Kind = Kind(value)
		case "opens":
			at, err := time.Parse(time.RFC3339, value)
			if err != nil {
				return nil, fmt.Errorf("the hour %q cannot be read", value)
			}
			m.Opens = engine.InstantOf(at)
		case "bank":
			m.Bank = value
		case "plan":
			m.Plan = value
		case "seed":
			m.Seed = value
		case "holder":
			if holders < Holders && len(words) == 3 {
				m.Holders[holders] = Holder{value, words[2]}
			}
			holders++
		case "site":
			m.Sites = append(m.Sites, value)
		case "part":
			if len(words) == 3 {
				m.parts[value] = words[2]
			}
		}
	}
	if m.text() != text || m.Kind != Main && m.Kind != Spare {
		return nil, fmt.Errorf("the note is not of the form %s; open it with the program version that sealed it", manifestFormat)
	}
	return m, nil
}
