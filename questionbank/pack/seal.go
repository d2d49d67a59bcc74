package pack

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"terang/engine"
	"terang/questionbank"
)

// Contents is what an exam is made of.
type Contents struct {
	Definition []byte // the exam file
	RuleSet    []byte // its rule set, as a file of one
	Bank       []byte // questionbank.Bank.Encode
	Plan       []byte // questionbank.Plan.Encode
	Seed       []byte // questionbank.SeedBytes bytes
}

// Order says how contents are sealed.
type Order struct {
	Kind    Kind
	Opens   engine.Instant
	Holders []Holder // three
	Sites   []string // age recipients, none: only the key-holders can open it
}

// Hash is the SHA-256 of a pack: how records, notices and the public log name it.
func Hash(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// Seal makes a pack.
func Seal(c *Contents, o Order, publisher note.Signer) ([]byte, error) {
	m := &Manifest{Kind: o.Kind, Opens: o.Opens, Sites: o.Sites, parts: map[string]string{}}
	if err := m.describe(c); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := m.hold(o.Holders); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	m.ID = hex.EncodeToString(id)
	parts, err := m.encrypt(c)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	for name, body := range parts {
		m.parts[name] = Hash(body)
	}
	if parts["note"], err = note.Sign(&note.Note{Text: m.text()}, publisher); err != nil {
		return nil, fmt.Errorf("seal: sign: %w", err)
	}
	return join(partNames, parts)
}

// describe takes from the contents what is said of them in the open, and refuses contents
// that do not belong together.
func (m *Manifest) describe(c *Contents) error {
	def, err := engine.ParseDefinition(c.Definition)
	if err != nil {
		return err
	}
	bank, err := questionbank.DecodeBank(c.Bank)
	if err != nil {
		return err
	}
	plan, err := questionbank.DecodePlan(c.Plan, bank)
	if err != nil {
		return err
	}
	if len(c.Seed) != questionbank.SeedBytes {
		return fmt.Errorf("the seed has %d bytes; give the %d bytes of the exam's seed", len(c.Seed), questionbank.SeedBytes)
	}
	m.Exam, m.Bank, m.Plan, m.Seed = def.Code, bank.Hash(), plan.Hash(), Hash(c.Seed)
	return nil
}

// hold wants three different people.
func (m *Manifest) hold(holders []Holder) error {
	if len(holders) != Holders {
		return fmt.Errorf("there are %d key-holders: name %d, of whom any two open the pack", len(holders), Holders)
	}
	for i, h := range holders {
		if h.Name == "" || strings.ContainsAny(h.Name, " \t\r\n") {
			return fmt.Errorf("key-holder %d is called %q: write one word", i+1, h.Name)
		}
		for _, other := range holders[:i] {
			if strings.EqualFold(h.Name, other.Name) || h.Recipient == other.Recipient {
				return fmt.Errorf("key-holders %s and %s are the same person or have the same key: name three people with a key each", other.Name, h.Name)
			}
		}
		m.Holders[i] = h
	}
	return nil
}

// encrypt makes the parts beside the note.
func (m *Manifest) encrypt(c *Contents) (map[string][]byte, error) {
	holders := make([]age.Recipient, Holders)
	for i, h := range m.Holders {
		var err error
		if holders[i], err = recipient(h.Recipient); err != nil {
			return nil, fmt.Errorf("key-holder %s: %w", h.Name, err)
		}
	}
	sites := make([]age.Recipient, len(m.Sites))
	for i, s := range m.Sites {
		var err error
		if sites[i], err = recipient(s); err != nil {
			return nil, fmt.Errorf("site %d: %w", i+1, err)
		}
	}
	secret, release, err := releaseKey(sites)
	if err != nil {
		return nil, err
	}
	inside, err := join(contentNames, map[string][]byte{"exam.json": c.Definition, "ruleset.json": c.RuleSet, "bank.json": c.Bank, "plan.json": c.Plan, "seed": c.Seed})
	if err != nil {
		return nil, err
	}
	parts := map[string][]byte{}
	if parts["contents.age"], err = encryptTo(inside, append(sites, release)...); err != nil {
		return nil, fmt.Errorf("contents: %w", err)
	}
	for i, pair := range pairs {
		inner, err := encryptTo([]byte(secret), holders[pair[1]])
		if err != nil {
			return nil, err
		}
		if parts[partNames[2+i]], err = encryptTo(inner, holders[pair[0]]); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// releaseKey makes a key of the kind that the sites have: age refuses to mix those that
// withstand a quantum computer with those that do not.
func releaseKey(sites []age.Recipient) (secret string, to age.Recipient, err error) {
	for _, s := range sites {
		if _, ok := s.(*age.HybridRecipient); ok {
			k, err := age.GenerateHybridIdentity()
			if err != nil {
				return "", nil, err
			}
			return k.String(), k.Recipient(), nil
		}
	}
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return "", nil, err
	}
	return k.String(), k.Recipient(), nil
}

func recipient(s string) (age.Recipient, error) {
	rs, err := age.ParseRecipients(strings.NewReader(s))
	if err == nil && len(rs) != 1 {
		err = errors.New("give one age recipient, age1…")
	}
	if err != nil {
		return nil, fmt.Errorf("recipient %.60q: %w", s, err)
	}
	return rs[0], nil
}

func encryptTo(plain []byte, to ...age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// decrypt reads to the end: before it nothing of an age file can be trusted to be whole.
func decrypt(sealed []byte, with ...age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), with...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
