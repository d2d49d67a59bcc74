package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/pack"
	"terang/questionbank/shelf"
	"terang/scoring"
)

// sealing is an exam of half a bank, and the keys of whom its packs are for.
type sealing struct {
	*library
	code     string
	signer   string // file
	verifier signing.Verifier
	site     age.Identity
	holders  []age.Identity
	command  bankSeal
}

// newSealing makes the sample exam of half the items of a shelf.
func newSealing(t *testing.T) *sealing {
	t.Helper()
	ctx := t.Context()
	x := &sealing{}
	library, keys, keysFile := filledShelf(t)
	x.library = library
	bank, err := x.bank(ctx, nil, true)
	check(t, err)
	def, err := create.SampleDefinition(1, time.Now().Add(time.Hour), false)
	check(t, err)
	x.code = def.Code
	file, err := def.File()
	check(t, err)
	_, err = create.Exam(ctx, x.stores, keys, "setup", create.Source{File: file, Bank: bank, Use: func(ctx context.Context, exam string, at engine.Instant) error {
		return x.shelf.Use(ctx, shelf.Person{User: "setup"}, exam, bank, at)
	}})
	check(t, err)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		check(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	skey, vkey, err := signing.GenerateKey(rand.Reader, "panitia")
	check(t, err)
	x.signer = write("panitia.sign", skey+"\n")
	x.verifier, err = signing.NewVerifier(vkey)
	check(t, err)
	var holders strings.Builder
	for _, name := range []string{"a", "b", "c"} {
		k, err := age.GenerateX25519Identity()
		check(t, err)
		x.holders = append(x.holders, k)
		holders.WriteString(name + " " + k.Recipient().String() + "\n")
	}
	site, err := age.GenerateX25519Identity()
	check(t, err)
	x.site = site
	x.command = bankSeal{
		Exam: x.code, Release: write("holders", holders.String()), Recipients: write("sites", "kota-lama "+site.Recipient().String()+"\n"),
		Sign: x.signer, Opens: "now", Spare: "items", Out: dir,
	}
	x.command.Keys = keysFile
	return x
}

// packs seals, and reads the two files back.
func (x *sealing) packs(t *testing.T) (main, spare *pack.Pack) {
	t.Helper()
	printed(t, func() { check(t, x.command.seal(t.Context(), x.library)) })
	read := func(kind string) *pack.Pack {
		found, err := filepath.Glob(filepath.Join(x.command.Out, x.code+"-"+kind+"-*.pack"))
		if err != nil || len(found) != 1 {
			t.Fatalf("%v, %v", found, err)
		}
		body, err := os.ReadFile(found[0])
		check(t, err)
		p, err := pack.Read(body, x.verifier)
		check(t, err)
		return p
	}
	return read("main"), read("spare")
}

// The spare of an exam that took half of the bank is a whole exam of the other half: no
// item and no enemy of one is in both, its forms are of the same blueprint, and it opens
// once the main pack is void. Items that the bank has for other exams are none of it.
func TestASpareHasOtherItems(t *testing.T) {
	x := newSealing(t)
	technical, err := stores.SampleOf("pppk").Bank()
	check(t, err)
	x.approved(t, technical.Questions()[:3])
	main, spare := x.packs(t)
	if _, _, err := spare.Open(pack.Occasion{Now: stores.Now()}, x.site); err == nil {
		t.Fatal("the spare opens while the main pack stands")
	}
	void := pack.Notice{Exam: x.code, Pack: main.Hash, Spare: spare.Hash, Why: pack.Leaked, By: "kepala", And: "wakil", At: stores.Now()}
	opened := func(p *pack.Pack, on pack.Occasion) (*questionbank.Bank, *questionbank.Plan) {
		c, _, err := p.Open(on, x.site)
		check(t, err)
		bank, err := questionbank.DecodeBank(c.Bank)
		check(t, err)
		plan, err := questionbank.DecodePlan(c.Plan, bank)
		check(t, err)
		return bank, plan
	}
	used, first := opened(main, pack.Occasion{Now: stores.Now()})
	fresh, second := opened(spare, pack.Occasion{Now: stores.Now(), Notices: []pack.Notice{void}})
	enemies := map[string]bool{}
	for _, q := range used.Questions() {
		enemies[q.Enemies] = q.Enemies != ""
	}
	for _, q := range fresh.Questions() {
		if technical.Item(q.ID) != nil {
			t.Errorf("%s of another exam's section %s is in the spare", q.ID, q.Section)
		}
		if used.Item(q.ID) != nil || enemies[q.Enemies] {
			t.Errorf("%s, or an enemy of it, is in the main pack too", q.ID)
		}
	}
	a, err := json.Marshal(first.Sections())
	check(t, err)
	b, err := json.Marshal(second.Sections())
	check(t, err)
	if string(a) != string(b) {
		t.Errorf("sections %s, of the spare %s", a, b)
	}
	if _, err := second.Assemble(make([]byte, 32), "1", nil); err != nil {
		t.Error(err)
	}
	x.twoMachines(t, main, spare)
	whole, err := x.bank(t.Context(), []string{"TWK", "TIU", "TKP"}, false)
	check(t, err)
	rules, err := scoring.Published("skd-2024")
	check(t, err)
	_, err = x.command.spare(t.Context(), x.library, &pack.Contents{Bank: whole.Encode(), RuleSet: rules}, &engine.Definition{}, nil)
	if err == nil || !strings.Contains(err.Error(), "--leave-spare") {
		t.Errorf("an exam of all items leaves none to a spare, and it is said how to leave some: %v", err)
	}
}

// twoMachines lets two people who are not at one terminal open the main pack by hand, and
// void it: nothing happens by one of them, and the journal has both names.
func (x *sealing) twoMachines(t *testing.T, main, spare *pack.Pack) {
	ctx := t.Context()
	seat := func(user string, role proctor.Role) *office {
		a := proctor.Account{User: user, Grants: proctor.Everywhere(role)}
		check(t, x.accounts.Add(ctx, proctor.Setup, a, "kata sandi yang panjang", stores.Now()))
		o := *x.office
		o.by = a
		return &o
	}
	flags := officeFlags{Flags: stores.Flags{Keys: x.command.Keys}}
	decide := func(o *office, id string) error {
		return flags.atCounter(ctx, o, func(n *node.Node) error {
			_, err := n.Desk.Pairs().Decide(ctx, o.by, id, orNew(""), "approve", "")
			return err
		})
	}
	proposed := func(do func() error) string {
		text := printed(t, func() { check(t, do()) })
		id, ok := strings.CutPrefix(strings.SplitN(text, "\n", 2)[0], "proposed: ")
		if !ok {
			t.Fatal(text)
		}
		return id
	}
	happened := func(kind engine.Kind) (list []engine.Event) {
		check(t, x.stores.Journal.Read(ctx, engine.PackStream+x.code, 0, func(r engine.Record) error {
			e, err := engine.Decode(r.Body)
			if e.Kind == kind {
				list = append(list, e)
			}
			return err
		}))
		return list
	}

	ratna, bagus := seat("ratna", proctor.KeyHolder), seat("bagus", proctor.KeyHolder)
	parts, err := main.Shares(pack.Occasion{Now: stores.Now()}, x.holders[0])
	check(t, err)
	if _, _, err := main.Complete(pack.Occasion{Now: stores.Now()}, parts, x.holders[0]); err == nil {
		t.Error("who gave the part opened the pack with it")
	}
	if _, err := main.Shares(pack.Occasion{Now: main.Opens - 1}, x.holders[0]); err == nil {
		t.Error("a part was given before the hour")
	}
	id := proposed(func() error {
		return flags.proposePack(ctx, ratna, x.code, engine.ActPackOpen, "power", node.PackOpening{Pack: main.Hash, Kind: main.Kind, Opens: main.Opens, Parts: parts})
	})
	if err := decide(ratna, id); !errors.Is(err, engine.SecondPerson) || len(happened(engine.PackOpened)) > 0 {
		t.Errorf("who proposed to open it approved it: %v", err)
	}
	check(t, decide(bagus, id))
	if e := happened(engine.PackOpened); len(e) != 1 || e[0].By != "ratna" || e[0].Two != "bagus" || e[0].Text != main.Hash {
		t.Errorf("recorded: %+v", e)
	}
	c, who, err := main.Complete(pack.Occasion{Now: stores.Now()}, parts, x.holders[2])
	if err != nil || len(c.Bank) == 0 || who.Holders[1] != "c" {
		t.Errorf("the third holder completes it: %v, %v", who, err)
	}

	kepala, wakil := seat("kepala", proctor.Admin), seat("wakil", proctor.Committee)
	void := &bankVoid{officeFlags: flags, Exam: x.code, Why: "leaked", Propose: true}
	first := proposed(func() error { return void.void(ctx, kepala) })
	twice := proposed(func() error { return void.void(ctx, kepala) })
	if err := decide(bagus, first); err == nil || len(happened(engine.PackVoided)) > 0 {
		t.Errorf("a key-holder voided a pack: %v", err)
	}
	check(t, decide(wakil, first))
	if err := decide(wakil, twice); !errors.Is(err, engine.WrongState) {
		t.Errorf("the same pack was voided twice: %v", err)
	}
	notices, err := node.PackNotices(ctx, x.stores, x.code)
	check(t, err)
	if len(notices) != 1 || notices[0].Pack != main.Hash || notices[0].Spare != spare.Hash || notices[0].By != "kepala" || notices[0].And != "wakil" {
		t.Errorf("void: %+v", notices)
	}
	if err := main.May(pack.Occasion{Now: stores.Now(), Notices: notices}); !errors.Is(err, pack.Voided) {
		t.Errorf("the void pack: %v", err)
	}
	check(t, spare.May(pack.Occasion{Now: stores.Now(), Notices: notices}))
}
