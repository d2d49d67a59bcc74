package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"terang/engine"
)

// itemCache holds what is the same for all candidates, encoded once: the texts and
// figures of a bank. A form is assembled from it by copying.
type itemCache map[*engine.Item]*encodedItem

type encodedItem struct {
	head    []byte   // ,"section":…,"lang":…,"html":…,"figure":…,"options":[
	shared  []byte   // ,"lang":…,"html":…,"figure":… of the stimulus
	options [][]byte // ,"html":…,"figure":…}
}

type figureJSON struct {
	Type string `json:"type"`
	Data []byte `json:"data"`
	Alt  string `json:"alt"`
	W    int    `json:"w"`
	H    int    `json:"h"`
}

func newItemCache(items []*engine.Item) itemCache {
	cache := make(itemCache, len(items))
	for _, it := range items {
		e := &encodedItem{head: []byte(`,"section":` + quoted(it.Section) + `,"lang":` + quoted(it.Lang) +
			`,"html":` + quoted(it.HTML) + `,"figure":` + figure(it.Figure) + `,"options":[`)}
		if s := it.Stimulus; s != nil {
			e.shared = []byte(`,"lang":` + quoted(s.Lang) + `,"html":` + quoted(s.HTML) + `,"figure":` + figure(s.Figure))
		}
		for _, o := range it.Options {
			e.options = append(e.options, []byte(`,"html":`+quoted(o.HTML)+`,"figure":`+figure(o.Figure)+`}`))
		}
		cache[it] = e
	}
	return cache
}

func quoted(s string) string { return string(engine.AppendQuoted(nil, s)) }

func figure(f *engine.Figure) string {
	if f == nil {
		return "null"
	}
	b, err := json.Marshal(figureJSON(*f))
	if err != nil {
		return "null"
	}
	return string(b)
}

// appendForm appends the JSON array `items` of a form.
func (c itemCache) appendForm(b []byte, f *engine.Form) []byte {
	b = append(b, '[')
	for q, p := range f.Places() {
		if q > 1 {
			b = append(b, ',')
		}
		e := c[p.Item]
		b = e.appendTo(b, q, p.Order, func(b []byte) []byte { return appendStimulus(b, f, q, e.shared) })
	}
	return append(b, ']')
}

// formRooms are of the size of a form, some hundred kilobytes: when a whole site sits down, each
// serves many.
var formRooms = sync.Pool{New: func() any { return new([]byte) }}

// withRoom lends use room for a form. It returns it, grown if need be, when nobody reads it any more.
func withRoom(use func(b []byte) []byte) {
	room := formRooms.Get().(*[]byte)
	*room = use((*room)[:0])
	formRooms.Put(room)
}

// appendStimulus says to which positions what position q asks about belongs, and with the
// first of them what it is.
func appendStimulus(b []byte, f *engine.Form, q int, shared []byte) []byte {
	if shared == nil {
		return b
	}
	here, _ := f.Place(q)
	same := func(q int) bool {
		p, ok := f.Place(q)
		return ok && p.Item.Stimulus == here.Item.Stimulus
	}
	from, to := q, q
	for same(from - 1) {
		from--
	}
	for same(to + 1) {
		to++
	}
	b = append(b, `,"stimulus":{"from":`...)
	b = strconv.AppendInt(b, int64(from), 10)
	b = append(b, `,"to":`...)
	b = strconv.AppendInt(b, int64(to), 10)
	if q == from {
		b = append(b, shared...)
	}
	return append(b, '}')
}

// appendTo appends the item at a position, its options in the order of the form; stimulus
// appends what it asks about.
func (e *encodedItem) appendTo(b []byte, q int, order []uint8, stimulus func([]byte) []byte) []byte {
	b = append(b, `{"q":`...)
	b = strconv.AppendInt(b, int64(q), 10)
	b = append(stimulus(b), e.head...)
	for j, o := range order {
		if j > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"c":"`...)
		b = append(b, 'a'+byte(j))
		b = append(b, '"')
		b = append(b, e.options[o]...)
	}
	return append(b, ']', '}')
}

// previewed is an item as it would stand alone on a form, its options as authored.
func previewed(it *engine.Item) json.RawMessage {
	order := make([]uint8, len(it.Options))
	for i := range order {
		order[i] = uint8(i) //nolint:gosec // a question has ten options at most
	}
	e := newItemCache([]*engine.Item{it})[it]
	return e.appendTo(nil, 1, order, func(b []byte) []byte {
		if e.shared == nil {
			return b
		}
		return append(append(append(b, `,"stimulus":{"from":1,"to":1`...), e.shared...), '}')
	})
}

// formKey is the key under which one attempt's form is sealed: HKDF of the sitting's
// secret, which itself comes from the key file and never from the database.
func formKey(secret []byte, sitting, attempt string) ([]byte, error) {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("terang/sitting/1\x00" + sitting))
	return hkdf.Key(sha256.New, mac.Sum(nil), nil, "terang/form/1\x00"+attempt, 32)
}

// sealingOf is what seals and opens the form of one attempt, under formKey.
func sealingOf(secret []byte, sitting, attempt string) (cipher.AEAD, error) {
	key, err := formKey(secret, sitting, attempt)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal form: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal form: %w", err)
	}
	return gcm, nil
}

// appendSealed appends what plain appends, encrypted for one attempt: 12 bytes nonce,
// ciphertext and tag.
func appendSealed(b []byte, gcm cipher.AEAD, attempt string, plain func([]byte) []byte) []byte {
	at := len(b)
	b = append(b, make([]byte, gcm.NonceSize())...)
	_, _ = rand.Read(b[at:]) // never fails
	from := len(b)
	b = slices.Grow(plain(b), gcm.Overhead())
	return gcm.Seal(b[:from], b[at:from], b[from:], []byte(attempt))
}
