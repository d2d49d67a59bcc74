package questionbank

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"terang/engine"
	"terang/scoring"
)

// bankFormat begins the canonical encoding, so that a hash says what it is a hash of.
const bankFormat = "terang/bank/v1"

// Bank is a validated, immutable set of questions and units, each sorted by id. Whatever it returns is
// shared by all who ask and must not be changed.
type Bank struct {
	questions []Question
	units     []Unit
	index     map[string]int
	items     []*engine.Item
	encoded   []byte
	hash      string
}

// NewBank takes questions from any source with the units that they name, checks them by
// the same rules as Parse, and returns no Bank if there is a fault.
func NewBank(questions []Question, units ...Unit) (*Bank, []Fault) {
	qs := slices.Clone(questions)
	slices.SortStableFunc(qs, func(a, b Question) int { return cmp.Compare(a.ID, b.ID) })
	us := slices.Clone(units)
	slices.SortStableFunc(us, func(a, b Unit) int { return cmp.Compare(a.ID, b.ID) })
	if faults := validate(qs, us); len(faults) > 0 {
		return nil, inReadingOrder(faults)
	}
	b := &Bank{questions: qs, units: us, index: make(map[string]int, len(qs)), items: make([]*engine.Item, len(qs))}
	stimuli := make(map[string]*engine.Stimulus, len(us))
	for i := range us {
		stimuli[us[i].ID] = us[i].stimulus()
	}
	for i := range qs {
		b.index[qs[i].ID] = i
		b.items[i] = qs[i].item()
		b.items[i].Stimulus = stimuli[qs[i].Unit]
	}
	b.encoded = encodeBank(qs, us)
	sum := sha256.Sum256(b.encoded)
	b.hash = hex.EncodeToString(sum[:])
	return b, nil
}

// Hash is the SHA-256 of Encode, in hex: the name of this bank version everywhere.
func (b *Bank) Hash() string { return b.hash }

// Len is the number of questions.
func (b *Bank) Len() int { return len(b.questions) }

// Questions returns all questions, sorted by id.
func (b *Bank) Questions() []Question { return b.questions }

// Units returns all units, sorted by id.
func (b *Bank) Units() []Unit { return b.units }

// Question finds one question by its id.
func (b *Bank) Question(id string) (Question, bool) {
	i, ok := b.index[id]
	if !ok {
		return Question{}, false
	}
	return b.questions[i], true
}

// Items returns what candidates may see of the questions, sorted by id, without any key.
func (b *Bank) Items() []*engine.Item { return b.items }

// Item finds the shared item of one question, or nil.
func (b *Bank) Item(id string) *engine.Item {
	i, ok := b.index[id]
	if !ok {
		return nil
	}
	return b.items[i]
}

// Key returns the points of every option of every question.
func (b *Bank) Key() scoring.Key {
	key := make(scoring.Key, len(b.questions))
	for _, q := range b.questions {
		points := make(map[string]int, len(q.Options))
		for _, o := range q.Options {
			points[o.ID] = o.Value
		}
		key[q.ID] = points
	}
	return key
}

// Encode returns the canonical bytes of the bank with its figures, for the archive.
func (b *Bank) Encode() []byte { return bytes.Clone(b.encoded) }

type bankFile struct {
	Format    string     `json:"format"`
	Questions []Question `json:"questions"`
	Units     []Unit     `json:"units,omitempty"`
}

// encodeBank relies on encoding/json writing struct fields in their declared order and
// on the questions being sorted: the same bank has the same bytes on every machine.
func encodeBank(qs []Question, us []Unit) []byte {
	return canonicalJSON(bankFile{Format: bankFormat, Questions: qs, Units: us})
}

// DecodeBank reads what Encode wrote, and refuses bytes that this version would not have
// written: an archived bank is either the very same bank or none.
func DecodeBank(data []byte) (*Bank, error) {
	var file bankFile
	if err := strictJSON(data, &file); err != nil {
		return nil, fmt.Errorf("read bank: %w", err)
	}
	if file.Format != bankFormat {
		return nil, fmt.Errorf("read bank: format %q, this program reads %q; use the program version that wrote it", file.Format, bankFormat)
	}
	b, faults := NewBank(file.Questions, file.Units...)
	if len(faults) > 0 {
		return nil, fmt.Errorf("read bank: %d faults, the first: %s", len(faults), faults[0])
	}
	if !bytes.Equal(b.encoded, data) {
		return nil, fmt.Errorf("read bank: the bytes are not the canonical encoding of bank %s; take the original from the archive", b.hash)
	}
	return b, nil
}

func canonicalJSON(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only strings, integers, bytes and slices of them are encoded here.
		panic("questionbank: canonical encoding: " + err.Error())
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

func strictJSON(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if dec.More() {
		return fmt.Errorf("something follows the JSON value at byte %d", dec.InputOffset())
	}
	return nil
}
