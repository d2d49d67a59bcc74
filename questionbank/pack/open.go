package pack

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"terang/engine"
)

// Pack is a sealed pack whose signature and parts have been checked.
type Pack struct {
	Manifest
	Hash  string
	parts map[string][]byte
}

// Read checks a pack against its publisher's key, without opening it. The error is
// Unsigned if the publisher did not sign it, and Altered if anything in it is not as signed.
func Read(file []byte, publisher note.Verifier) (*Pack, error) {
	parts, err := split(partNames, file)
	if err != nil {
		return nil, fmt.Errorf("the pack: %w: %w; fetch it again from who sealed it", err, Altered)
	}
	text, err := signed(parts["note"], publisher)
	if err != nil {
		return nil, fmt.Errorf("the pack: %w", err)
	}
	m, err := parseManifest(text)
	if err != nil {
		return nil, fmt.Errorf("the pack: %w", err)
	}
	for _, name := range partNames[1:] {
		if Hash(parts[name]) != m.parts[name] {
			return nil, fmt.Errorf("the pack: part %s is not what %s signed: %w; fetch it again from who sealed it", name, publisher.Name(), Altered)
		}
	}
	return &Pack{Manifest: *m, Hash: Hash(file), parts: parts}, nil
}

// signed returns the text of a note that the publisher alone has signed.
func signed(msg []byte, publisher note.Verifier) (string, error) {
	n, err := note.Open(msg, note.VerifierList(publisher))
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &invalid):
		return "", fmt.Errorf("its text is not what %s signed: %w; fetch it again from who sealed it", publisher.Name(), Altered)
	case err != nil:
		return "", fmt.Errorf("it is not signed by %s: %w; ask the authority for its key, by another way than the pack came", publisher.Name(), Unsigned)
	case len(n.UnverifiedSigs) > 0 || len(n.Sigs) != 1:
		return "", fmt.Errorf("more signatures than that of %s stand below it: %w; fetch it again from who sealed it", publisher.Name(), Altered)
	}
	// A note may be written in several ways that all verify; a pack has one hash.
	sig, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	if again := n.Text + "\n— " + publisher.Name() + " " + base64.StdEncoding.EncodeToString(sig) + "\n"; err != nil || again != string(msg) {
		return "", fmt.Errorf("its signature is not written as %s wrote it: %w; fetch it again from who sealed it", publisher.Name(), Altered)
	}
	return n.Text, nil
}

// Opening says by whom a pack was opened: a site, or two key-holders by hand.
type Opening struct {
	Site    string   // recipient, "" if it was opened by hand
	Holders []string // names of the two
}

// Occasion is where and when a pack is opened.
type Occasion struct {
	Exam    string // that is to be held, "" for whatever the pack is for
	Now     engine.Instant
	Notices []Notice // packs that were voided
}

// May says whether the pack may be opened on the occasion, by whoever has the keys.
func (p *Pack) May(o Occasion) error {
	if o.Exam != "" && o.Exam != p.Exam {
		return fmt.Errorf("the pack is for exam %s, not for %s: %w; take the pack of this exam", p.Exam, o.Exam, OtherExam)
	}
	for _, n := range o.Notices {
		if n.Pack == p.Hash {
			return fmt.Errorf("the pack was voided by %s and %s (%s): %w; use the spare %.12s", n.By, n.And, n.Why, Voided, n.Spare)
		}
	}
	if p.Kind == Spare && !slices.ContainsFunc(o.Notices, func(n Notice) bool { return n.Exam == p.Exam && n.Spare == p.Hash }) {
		return fmt.Errorf("it is the spare, and no notice says that the main pack is void: %w; use the main pack, or void it first", NotYet)
	}
	if o.Now < p.Opens {
		return fmt.Errorf("the pack opens at %s, and it is %s: %w; wait for the hour", p.Opens, o.Now, Early)
	}
	return nil
}

// Open decrypts the pack with a site's identity, or with those of two key-holders. It
// checks that what comes out is what the note says.
func (p *Pack) Open(o Occasion, with ...age.Identity) (*Contents, Opening, error) {
	if err := p.May(o); err != nil {
		return nil, Opening{}, err
	}
	for _, id := range with {
		if r := recipientOf(id); slices.Contains(p.Sites, r) {
			c, err := p.contents(id)
			return c, Opening{Site: r}, err
		}
	}
	keys, err := p.holders(with)
	if err != nil {
		return nil, Opening{}, err
	}
	for i, pair := range pairs {
		a, b := keys[pair[0]], keys[pair[1]]
		if a == nil || b == nil {
			continue
		}
		c, err := p.release(partNames[2+i], a, b)
		return c, Opening{Holders: []string{p.Holders[pair[0]].Name, p.Holders[pair[1]].Name}}, err
	}
	return nil, Opening{}, NoKey // not reached: holders found two
}

// holders finds the identities of two key-holders or more.
func (p *Pack) holders(with []age.Identity) (keys [Holders]age.Identity, err error) {
	var names []string
	for i, h := range p.Holders {
		for _, id := range with {
			if recipientOf(id) == h.Recipient && keys[i] == nil {
				keys[i] = id
				names = append(names, h.Name)
			}
		}
	}
	switch len(names) {
	case 0:
		return keys, fmt.Errorf("none of the %d identities is of a site or key-holder of this pack: %w; it is sealed for %d sites and for %s, %s and %s",
			len(with), NoKey, len(p.Sites), p.Holders[0].Name, p.Holders[1].Name, p.Holders[2].Name)
	case 1:
		return keys, fmt.Errorf("%s alone cannot open it: %w; give the identity of a second key-holder too", names[0], OneHolder)
	}
	return keys, nil
}

// release takes the release key out of its two locks, and opens the contents with it.
func (p *Pack) release(part string, outer, inner age.Identity) (*Contents, error) {
	locked, err := decrypt(p.parts[part], outer)
	if err != nil {
		return nil, fmt.Errorf("part %s: %w", part, err)
	}
	c, err := p.unlock(locked, inner)
	if err != nil {
		return nil, fmt.Errorf("part %s, inside: %w", part, err)
	}
	return c, nil
}

// unlock takes the release key out of its last lock, and opens the contents with it.
func (p *Pack) unlock(locked []byte, with age.Identity) (*Contents, error) {
	secret, err := decrypt(locked, with)
	if err != nil {
		return nil, err
	}
	key, err := age.ParseIdentities(strings.NewReader(string(secret)))
	if err != nil || len(key) != 1 {
		return nil, fmt.Errorf("it is no release key: %w", Altered)
	}
	return p.contents(key[0])
}

func (p *Pack) contents(with age.Identity) (*Contents, error) {
	plain, err := decrypt(p.parts["contents.age"], with)
	if err != nil {
		return nil, fmt.Errorf("the contents: %w", err)
	}
	files, err := split(contentNames, plain)
	if err != nil {
		return nil, fmt.Errorf("the contents: %w", err)
	}
	c := &Contents{Definition: files["exam.json"], RuleSet: files["ruleset.json"], Bank: files["bank.json"], Plan: files["plan.json"], Seed: files["seed"]}
	var inside Manifest
	if err := inside.describe(c); err != nil {
		return nil, fmt.Errorf("the contents: %w", err)
	}
	if inside.Exam != p.Exam || inside.Bank != p.Bank || inside.Plan != p.Plan || inside.Seed != p.Seed {
		return nil, fmt.Errorf("the contents are not what the note says of them: %w; ask who sealed it", Altered)
	}
	return c, nil
}

// recipientOf is the public half of an identity, "" for kinds that have none.
func recipientOf(id age.Identity) string {
	switch k := id.(type) {
	case *age.X25519Identity:
		return k.Recipient().String()
	case *age.HybridIdentity:
		return k.Recipient().String()
	}
	return ""
}
