package publiclog

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what a log says of itself: so many leaves, under this root.
type Checkpoint struct {
	Origin string // the log's name, which is also that of its keys
	tlog.Tree
}

// Text is the checkpoint as it is signed (C2SP tlog-checkpoint).
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.N, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Hash[:]) + "\n"
}

// ParseCheckpoint reads the text of a checkpoint. Ours has no extension lines; those of
// another log are passed over.
func ParseCheckpoint(text string) (Checkpoint, error) {
	var c Checkpoint
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" || lines[len(lines)-1] != "" {
		return c, errors.New("checkpoint: three lines are needed, origin, size and root")
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != lines[1] {
		return c, fmt.Errorf("checkpoint: size %q is no number", lines[1])
	}
	h, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(h) != tlog.HashSize {
		return c, fmt.Errorf("checkpoint: root %q is no SHA-256 in base64", lines[2])
	}
	for _, extension := range lines[3 : len(lines)-1] {
		if extension == "" {
			return c, errors.New("checkpoint: an empty line stands in its text")
		}
	}
	c.Origin, c.N = lines[0], n
	copy(c.Hash[:], h)
	return c, nil
}

// Open checks a signed checkpoint: it is signed by at least one of the log's keys, and what
// it says. Signatures by others are kept in the note and not checked.
func Open(signed []byte, logKeys ...note.Verifier) (Checkpoint, *note.Note, error) {
	n, err := note.Open(signed, note.VerifierList(logKeys...))
	if unknown := new(note.UnverifiedNoteError); errors.As(err, &unknown) {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w under the key that was given: it is another log's, or was replaced since; take the one that is announced now", err)
	}
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w", err)
	}
	for _, sig := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return Checkpoint{}, nil, fmt.Errorf("checkpoint: signature of %s: %w", sig.Name, err) // one signature has one form
		}
	}
	c, err := ParseCheckpoint(n.Text)
	if err == nil && len(n.Sigs) > 0 && n.Sigs[0].Name != c.Origin {
		err = fmt.Errorf("checkpoint of %s, signed by %s: another log's", c.Origin, n.Sigs[0].Name)
	}
	return c, n, err
}

// Lines are a note's signature lines, each with its line end; without any it is no note.
func Lines(signed []byte) (text string, lines []string, err error) {
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 || !bytes.HasSuffix(signed, []byte("\n")) {
		return "", nil, errors.New("note: no signature follows an empty line")
	}
	for line := range strings.Lines(string(signed[i+2:])) {
		if !strings.HasPrefix(line, "— ") {
			return "", nil, fmt.Errorf("note: %q is no signature", strings.TrimSpace(line))
		}
		lines = append(lines, line)
	}
	return string(signed[:i+1]), lines, nil
}

// Join makes a note of a text and signature lines.
func Join(text string, lines ...string) []byte {
	return []byte(text + "\n" + strings.Join(lines, ""))
}

// SigCosignature is C2SP's type of an Ed25519 cosignature with a time.
const SigCosignature = 0x04

const sigEd25519 = 0x01

// Witness is the key of one who cosigns checkpoints: it is a note.Verifier for type 0x04.
type Witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

// NewWitness reads a witness's vkey.
func NewWitness(vkey string) (*Witness, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, key, ok := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(key)
	if !ok || err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != SigCosignature {
		return nil, fmt.Errorf("%q is no vkey of a witness: NAME+ID+KEY of type 04, as terang witness key prints it", vkey)
	}
	w := &Witness{name: name, id: keyID(name, raw), key: raw[1:]}
	if fmt.Sprintf("%08x", w.id) != id || !validName(name) {
		return nil, fmt.Errorf("%q is no vkey of a witness: its id does not belong to name and key", vkey)
	}
	return w, nil
}

func validName(name string) bool {
	return name != "" && !strings.ContainsAny(name, " +\t\r\n")
}

func keyID(name string, typed []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n"), typed...))
	return binary.BigEndian.Uint32(h[:])
}

// Name implements note.Verifier.
func (w *Witness) Name() string { return w.name }

// KeyHash implements note.Verifier.
func (w *Witness) KeyHash() uint32 { return w.id }

// Verify implements note.Verifier.
func (w *Witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(w.key, cosigned(string(msg), int64(binary.BigEndian.Uint64(sig))), sig[8:])
}

// cosigned is what a cosignature signs (C2SP tlog-cosignature).
func cosigned(text string, unix int64) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", unix, text)
}

// WitnessVkey is the vkey of a witness's key.
func WitnessVkey(name string, key ed25519.PublicKey) string {
	typed := append([]byte{SigCosignature}, key...)
	return fmt.Sprintf("%s+%08x+%s", name, keyID(name, typed), base64.StdEncoding.EncodeToString(typed))
}

// Cosigner signs checkpoints for a witness.
type Cosigner struct {
	name string
	key  ed25519.PrivateKey
}

// NewCosigner reads a secret key as note.GenerateKey writes it.
func NewCosigner(skey string) (*Cosigner, error) {
	if _, err := note.NewSigner(skey); err != nil { // checks all of it
		return nil, fmt.Errorf("secret key of a witness: %w", err)
	}
	parts := strings.SplitN(skey, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || raw[0] != sigEd25519 {
		return nil, errors.New("secret key of a witness: it is not an Ed25519 key")
	}
	return &Cosigner{name: parts[2], key: ed25519.NewKeyFromSeed(raw[1:])}, nil
}

// Vkey is the witness's public key.
func (c *Cosigner) Vkey() string {
	return WitnessVkey(c.name, c.key.Public().(ed25519.PublicKey))
}

// Line is the cosignature line of a checkpoint's text at an instant.
func (c *Cosigner) Line(text string, at time.Time) string {
	unix := at.Unix()
	sig := binary.BigEndian.AppendUint64(nil, uint64(unix))
	sig = append(sig, ed25519.Sign(c.key, cosigned(text, unix))...)
	id := keyID(c.name, append([]byte{SigCosignature}, c.key.Public().(ed25519.PublicKey)...))
	return fmt.Sprintf("— %s %s\n", c.name, base64.StdEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, id), sig...)))
}

// CosignedAt is when a witness says that it signed the line.
func CosignedAt(sig note.Signature) (time.Time, bool) {
	raw, err := base64.StdEncoding.DecodeString(sig.Base64)
	if err != nil || len(raw) != 4+8+ed25519.SignatureSize {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC(), true
}
