package publiclog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ReceiptFormat names the format of a Receipt.
const ReceiptFormat = "terang/receipt/1"

// Receipt is one leaf with all that shows that it is in the log, as a JSON file that its
// owner keeps. It is checked without a network.
type Receipt struct {
	Format     string             `json:"format"` // ReceiptFormat
	Index      int64              `json:"index"`  // of the leaf, from 0
	Leaf       string             `json:"leaf"`   // its canonical bytes
	Proof      tlog.RecordProof   `json:"proof"`  // RFC 6962 inclusion proof, each hash in base64
	Checkpoint string             `json:"checkpoint"`
	Opens      map[string]Opening `json:"opens,omitempty"` // by field of the leaf; only its owner's copy has any
}

// Opening is what a commitment of the leaf was made of.
type Opening struct {
	Value string `json:"value"`
	Salt  Salt   `json:"salt"`
}

// ParseReceipt reads a receipt's file.
func ParseReceipt(data []byte) (*Receipt, error) {
	r := new(Receipt)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	if r.Format != ReceiptFormat {
		return nil, fmt.Errorf("receipt: format %q, this program knows %s", r.Format, ReceiptFormat)
	}
	return r, nil
}

// Check says what the receipt proves, under keys of the log that the reader trusts: that
// they have signed a checkpoint, that the leaf is in the tree of that checkpoint, and that
// what it opens is what was committed to. The error names the first thing that is wrong.
func (r *Receipt) Check(keys ...note.Verifier) (*Leaf, Checkpoint, error) {
	c, _, err := Open([]byte(r.Checkpoint), keys...)
	if err != nil {
		return nil, c, err
	}
	leaf, err := ParseLeaf([]byte(r.Leaf))
	if err != nil {
		return nil, c, err
	}
	if err := CheckInclusion(c.Tree, r.Index, []byte(r.Leaf), r.Proof); err != nil {
		return nil, c, err
	}
	for field, o := range r.Opens {
		if sealed := leaf.commitment(field); sealed.IsZero() || !sealed.Opens(o.Salt, o.Value) {
			return nil, c, fmt.Errorf("receipt: %s is not what leaf %d was committed to: the value or the salt was changed", field, r.Index)
		}
	}
	return leaf, c, nil
}

// CheckInclusion says whether the leaf stands at the index of the tree.
func CheckInclusion(tree tlog.Tree, index int64, leaf []byte, proof tlog.RecordProof) error {
	err := errors.New("it is not within the tree")
	if index >= 0 && index < tree.N {
		err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
	}
	if err != nil {
		return fmt.Errorf("leaf %d is not in the log of %d leaves with root %v: the leaf, its place or its proof was changed: %w", index, tree.N, tree.Hash, err)
	}
	return nil
}

// CheckGrowth says whether the newer tree begins with the older one.
func CheckGrowth(older, newer tlog.Tree, proof tlog.TreeProof) error {
	if older.N > newer.N {
		return fmt.Errorf("the log has %d leaves and had %d: it was rolled back", newer.N, older.N)
	}
	if older.N == newer.N && older.Hash != newer.Hash {
		return fmt.Errorf("two logs of %d leaves have the roots %v and %v: a split view", older.N, older.Hash, newer.Hash)
	}
	if older.N == 0 || older == newer {
		return nil
	}
	if err := tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("the log of %d leaves does not begin with that of %d leaves: a split view: %w", newer.N, older.N, err)
	}
	return nil
}

// commitment is the leaf's commitment of that name, none if it has none.
func (l *Leaf) commitment(field string) Commitment {
	switch field {
	case FieldActor:
		return l.Actor
	case FieldSecond:
		return l.Second
	case FieldAbout:
		return l.About
	case FieldEvent:
		return l.Event
	case FieldNumber:
		return l.Number
	case FieldSealed:
		return l.Sealed
	}
	return Commitment{}
}
