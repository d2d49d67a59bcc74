package publiclog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// madeReceipt is a receipt of one leaf among others, with what opens its number.
func madeReceipt(t *testing.T) (*Receipt, note.Verifier) {
	t.Helper()
	salt := NewSalts(exampleSeed()).Of("attempt/a", 120, FieldNumber)
	leaf := Leaf{
		V: Format, Kind: AttemptLeaf, At: 1795658400123, Exam: "skd", Sitting: "sesi-1", Attempt: "0197a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b", Status: Finished, Why: "self",
		Number: Commit(salt, "26401-110-000017"), Fingerprint: Hash{1, 2, 3}, Scores: []Score{{"TWK", 110}, {"TIU", 80}},
	}
	b, err := leaf.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	tree := new(growing)
	for i := range 300 {
		if i == 77 {
			tree.add(b)
			continue
		}
		tree.add(fmt.Appendf(nil, "other %d", i))
	}
	signer, err := note.NewSigner(noteKey(t, "exam.example.org/board"))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: Checkpoint{"exam.example.org/board", tree.at(300)}.Text()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := tlog.ProveRecord(300, 77, tree)
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewVerifier(exampleVkey)
	if err != nil {
		t.Fatal(err)
	}
	return &Receipt{
		Format: ReceiptFormat, Index: 77, Leaf: string(b), Proof: proof, Checkpoint: string(signed),
		Opens: map[string]Opening{FieldNumber: {"26401-110-000017", salt}},
	}, key
}

func TestAReceiptProvesItsLeafAndNothingElse(t *testing.T) {
	r, key := madeReceipt(t)
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseReceipt(body)
	if err != nil {
		t.Fatal(err)
	}
	leaf, cp, err := read.Check(key)
	if err != nil || leaf.Scores[0].Points != 110 || cp.N != 300 {
		t.Fatalf("%+v, %+v, %v", leaf, cp, err)
	}
	for what, change := range map[string]func(*Receipt){
		"a score":          func(r *Receipt) { r.Leaf = strings.Replace(r.Leaf, "110", "115", 1) },
		"the fingerprint":  func(r *Receipt) { r.Leaf = strings.Replace(r.Leaf, "010203", "010204", 1) },
		"the index":        func(r *Receipt) { r.Index++ },
		"an index beyond":  func(r *Receipt) { r.Index = 300 },
		"a negative index": func(r *Receipt) { r.Index = -1 },
		"a proof's hash":   func(r *Receipt) { r.Proof[2][5] ^= 1 },
		"the proof":        func(r *Receipt) { r.Proof = r.Proof[1:] },
		"the size":         func(r *Receipt) { r.Checkpoint = strings.Replace(r.Checkpoint, "300", "301", 1) },
		"the signature": func(r *Receipt) {
			r.Checkpoint = r.Checkpoint[:len(r.Checkpoint)-8] + "AAAA" + r.Checkpoint[len(r.Checkpoint)-4:]
		},
		"the number":      func(r *Receipt) { o := r.Opens["number"]; o.Value = "26401-110-000018"; r.Opens["number"] = o },
		"the salt":        func(r *Receipt) { o := r.Opens["number"]; o.Salt.Hash[0] ^= 1; r.Opens["number"] = o },
		"a field to open": func(r *Receipt) { r.Opens["sealed"] = r.Opens["number"] },
	} {
		r, key := madeReceipt(t)
		change(r)
		if _, _, err := r.Check(key); err == nil {
			t.Errorf("%s was changed, and the receipt is good", what)
		}
	}
	_, stranger, err := note.GenerateKey(nil, "exam.example.org/board")
	if err != nil {
		t.Fatal(err)
	}
	other, err := note.NewVerifier(stranger)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Check(other); err == nil {
		t.Error("the receipt is good under a key that has not signed it")
	}
}

// One changed byte anywhere in the file is found, or changes nothing that is said: white
// space, and how JSON writes a character.
func TestEachChangedByteOfAReceiptIsFound(t *testing.T) {
	r, key := madeReceipt(t)
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for i := range body {
		changed := append([]byte(nil), body...)
		changed[i] ^= 1
		read, err := ParseReceipt(changed)
		if err != nil {
			continue
		}
		if _, _, err := read.Check(key); err != nil {
			continue
		}
		again, err := json.Marshal(read)
		if err != nil || string(again) != string(body) {
			t.Errorf("byte %d of %q was changed, and the receipt is good", i, body[max(0, i-20):min(len(body), i+20)])
		}
	}
}

func TestARollbackAndASplitViewAreToldApart(t *testing.T) {
	one, other := new(growing), new(growing)
	for i := range 20 {
		one.add(fmt.Appendf(nil, "leaf %d", i))
		if i == 7 {
			other.add([]byte("another leaf"))
			continue
		}
		other.add(fmt.Appendf(nil, "leaf %d", i))
	}
	prove := func(g *growing, n, m int64) tlog.TreeProof {
		p, err := tlog.ProveTree(n, m, g)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if err := CheckGrowth(one.at(8), one.at(20), prove(one, 20, 8)); err != nil {
		t.Error(err)
	}
	if err := CheckGrowth(tlog.Tree{}, one.at(20), nil); err != nil {
		t.Error("from nothing:", err)
	}
	if err := CheckGrowth(one.at(20), one.at(12), nil); err == nil || !strings.Contains(err.Error(), "rolled back") {
		t.Error("a rollback:", err)
	}
	if err := CheckGrowth(one.at(20), other.at(20), nil); err == nil || !strings.Contains(err.Error(), "split view") {
		t.Error("a split view at one size:", err)
	}
	if err := CheckGrowth(one.at(12), other.at(20), prove(other, 20, 12)); err == nil || !strings.Contains(err.Error(), "split view") {
		t.Error("a split view that has grown:", err)
	}
}
