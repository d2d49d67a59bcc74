package pack_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"terang/engine"
	"terang/questionbank"
	"terang/questionbank/pack"
	"terang/testdata"
)

const (
	hour   engine.Instant = 1_790_000_000_000
	before                = hour - 1
)

// authority is who seals, and everybody who keeps a key.
type authority struct {
	signer   note.Signer
	verifier note.Verifier
	holders  []pack.Holder
	keys     []*age.X25519Identity // of the holders
	site     *age.X25519Identity
	contents *pack.Contents
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, "panitia")
	must(t, err)
	a := &authority{}
	a.signer, err = note.NewSigner(skey)
	must(t, err)
	a.verifier, err = note.NewVerifier(vkey)
	must(t, err)
	for _, name := range []string{"ratna", "bagus", "yusti"} {
		k, err := age.GenerateX25519Identity()
		must(t, err)
		a.keys, a.holders = append(a.keys, k), append(a.holders, pack.Holder{Name: name, Recipient: k.Recipient().String()})
	}
	a.site, err = age.GenerateX25519Identity()
	must(t, err)
	a.contents = contents(t, "skd-2026")
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// contents of a small exam: one section of one cell.
func contents(t testing.TB, exam string) *pack.Contents {
	t.Helper()
	dir, err := fs.Sub(testdata.Sample, "bank")
	must(t, err)
	bank, faults := questionbank.Parse(dir, testdata.BankFiles...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	qs := slices.DeleteFunc(slices.Clone(bank.Questions()), func(q questionbank.Question) bool { return q.Section != "TWK" || q.Enemies != "" })[:6]
	small, faults := questionbank.NewBank(qs)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	bp := `{"sections":[{"id":"TWK","title":"Wawasan","tolerance":1000000,"cells":[{"topic":"` + qs[0].Topic + `","band":"","count":1}]}]}`
	blueprint, err := questionbank.ParseBlueprint([]byte(bp))
	must(t, err)
	plan, err := questionbank.Compile(small, blueprint, questionbank.Knowledge{})
	must(t, err)
	def := `{"code":"` + exam + `","title":"SKD","ruleset":"skd-2024","bank":"b","blueprint":` + bp + `,
		"sites":[{"code":"soe","name":"Soe","zone":"Asia/Makassar"}],"rooms":[{"code":"r1","site":"soe","name":"R1","seats":10}],
		"sittings":[{"code":"s1","site":"soe","room":"r1","title":"Sesi 1","start":"2026-12-01T08:00:00+08:00"}]}`
	return &pack.Contents{Definition: []byte(def), RuleSet: []byte(`{"id":"skd-2024"}`), Bank: small.Encode(), Plan: plan.Encode(), Seed: bytes.Repeat([]byte{7}, questionbank.SeedBytes)}
}

func (a *authority) seal(t testing.TB, o pack.Order) []byte {
	t.Helper()
	if o.Kind == "" {
		o.Kind = pack.Main
	}
	o.Opens, o.Holders = hour, a.holders
	file, err := pack.Seal(a.contents, o, a.signer)
	must(t, err)
	return file
}

func (a *authority) read(t testing.TB, file []byte) *pack.Pack {
	t.Helper()
	p, err := pack.Read(file, a.verifier)
	must(t, err)
	return p
}

func (a *authority) same(t testing.TB, c *pack.Contents) {
	t.Helper()
	if !bytes.Equal(c.Bank, a.contents.Bank) || !bytes.Equal(c.Plan, a.contents.Plan) || !bytes.Equal(c.Seed, a.contents.Seed) || !bytes.Equal(c.Definition, a.contents.Definition) || !bytes.Equal(c.RuleSet, a.contents.RuleSet) {
		t.Fatal("what comes out is not what was sealed")
	}
}

func TestASiteOpensItsPackAtTheHour(t *testing.T) {
	a := newAuthority(t)
	p := a.read(t, a.seal(t, pack.Order{Sites: []string{a.site.Recipient().String()}}))
	c, by, err := p.Open(pack.Occasion{Exam: "skd-2026", Now: hour}, a.site)
	must(t, err)
	a.same(t, c)
	if by.Site != a.site.Recipient().String() || by.Holders != nil {
		t.Fatalf("opened by %+v", by)
	}
}

func TestAnyTwoOfThreeHoldersOpenAndNoOneAlone(t *testing.T) {
	a := newAuthority(t)
	p := a.read(t, a.seal(t, pack.Order{}))
	for mask := range 1 << pack.Holders {
		var with []age.Identity
		var names []string
		for i, k := range a.keys {
			if mask&(1<<i) != 0 {
				with, names = append([]age.Identity{k}, with...), append(names, a.holders[i].Name)
			}
		}
		c, by, err := p.Open(pack.Occasion{Now: hour}, with...)
		switch len(names) {
		case 0:
			refused(t, err, pack.NoKey)
		case 1:
			refused(t, err, pack.OneHolder)
		default:
			must(t, err)
			a.same(t, c)
			if !slices.Equal(by.Holders, names[:2]) {
				t.Errorf("opened by %v, want %v", by.Holders, names[:2])
			}
		}
	}
	stranger, err := age.GenerateX25519Identity()
	must(t, err)
	_, _, err = p.Open(pack.Occasion{Now: hour}, stranger, a.site)
	refused(t, err, pack.NoKey)
}

// One key-holder has nothing in hand: each release part has another person's lock too.
func TestTheReleaseKeyNeedsBothLocks(t *testing.T) {
	a := newAuthority(t)
	parts := untar(t, a.seal(t, pack.Order{}))
	for name, body := range parts {
		if !strings.HasSuffix(name, ".age") {
			continue
		}
		for i, k := range a.keys {
			r, err := age.Decrypt(bytes.NewReader(body), k)
			if err != nil {
				continue
			}
			var inner bytes.Buffer
			_, err = inner.ReadFrom(r)
			must(t, err)
			if strings.Contains(inner.String(), "AGE-SECRET-KEY") {
				t.Fatalf("%s gives %s the release key", name, a.holders[i].Name)
			}
			if _, err := age.Decrypt(&inner, k); err == nil {
				t.Fatalf("%s has opened both locks of %s", a.holders[i].Name, name)
			}
		}
	}
}

func TestWhyAPackStaysClosed(t *testing.T) {
	a, site := newAuthority(t), []age.Identity{nil}
	site[0] = a.site
	to := pack.Order{Sites: []string{a.site.Recipient().String()}}
	main := a.seal(t, to)
	to.Kind = pack.Spare
	spare := a.seal(t, to)
	notice := pack.Notice{Exam: "skd-2026", Pack: pack.Hash(main), Spare: pack.Hash(spare), Why: pack.Leaked, By: "ratna", And: "bagus", At: hour}
	file, err := notice.Sign(a.signer)
	must(t, err)
	told, err := pack.ReadNotice(file, a.verifier)
	must(t, err)
	if *told != notice {
		t.Fatalf("the notice came back as %+v", *told)
	}
	for name, c := range map[string]struct {
		file []byte
		on   pack.Occasion
		want error
	}{
		"early":                       {main, pack.Occasion{Now: before}, pack.Early},
		"early by hand":               {a.seal(t, pack.Order{}), pack.Occasion{Now: before}, pack.Early},
		"another exam":                {main, pack.Occasion{Exam: "skd-2027", Now: hour}, pack.OtherExam},
		"voided":                      {main, pack.Occasion{Now: hour, Notices: []pack.Notice{*told}}, pack.Voided},
		"the spare before its turn":   {spare, pack.Occasion{Now: hour}, pack.NotYet},
		"the spare in its turn":       {spare, pack.Occasion{Now: hour, Notices: []pack.Notice{*told}}, nil},
		"the spare, but it is early":  {spare, pack.Occasion{Now: before, Notices: []pack.Notice{*told}}, pack.Early},
		"the main, nothing is voided": {main, pack.Occasion{Now: hour}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := a.read(t, c.file).Open(c.on, append(site, a.keys[0], a.keys[1])...)
			refused(t, err, c.want)
		})
	}
}

func refused(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

func TestOneAlteredByteIsSeen(t *testing.T) {
	a := newAuthority(t)
	file := a.seal(t, pack.Order{Sites: []string{a.site.Recipient().String()}})
	if _, err := pack.Read(file, a.verifier); err != nil {
		t.Fatal(err)
	}
	for i := range file {
		if i > 3072 && i%997 != 0 { // all of the note, some of the rest
			continue
		}
		for bit := range 3 { // the lowest may mean nothing in base64
			file[i] ^= 1 << bit
			_, err := pack.Read(file, a.verifier)
			if !errors.Is(err, pack.Altered) && !errors.Is(err, pack.Unsigned) {
				t.Fatalf("byte %d is another one: %v", i, err)
			}
			file[i] ^= 1 << bit
		}
	}
	for _, other := range [][]byte{file[:len(file)-1], append(slices.Clone(file), 0), nil, []byte("x")} {
		_, err := pack.Read(other, a.verifier)
		refused(t, err, pack.Altered)
	}
	stranger := newAuthority(t)
	_, err := pack.Read(file, stranger.verifier)
	refused(t, err, pack.Unsigned)
}

// A part of another pack, even of the same publisher, does not fit.
func TestPartsOfTwoPacksDoNotMix(t *testing.T) {
	a := newAuthority(t)
	one, two := untar(t, a.seal(t, pack.Order{})), untar(t, a.seal(t, pack.Order{}))
	for name := range one {
		if name == "note" {
			continue
		}
		mixed := map[string][]byte{}
		for n, body := range one {
			mixed[n] = body
		}
		mixed[name] = two[name]
		_, err := pack.Read(retar(t, mixed), a.verifier)
		refused(t, err, pack.Altered)
	}
}

func TestSealRefuses(t *testing.T) {
	a := newAuthority(t)
	twice := slices.Clone(a.holders)
	twice[2] = pack.Holder{Name: "Ratna", Recipient: a.site.Recipient().String()}
	mixed := *a.contents
	mixed.Plan = contents(t, "other").Plan
	mixed.Bank = bytes.Replace(mixed.Bank, []byte("terang/bank/v1"), []byte("terang/bank/v9"), 1)
	for name, c := range map[string]struct {
		contents *pack.Contents
		order    pack.Order
		says     string
	}{
		"two holders":         {a.contents, pack.Order{Holders: a.holders[:2]}, "2 key-holders"},
		"one person twice":    {a.contents, pack.Order{Holders: twice}, "same person"},
		"no such recipient":   {a.contents, pack.Order{Holders: a.holders, Sites: []string{"age1xyz"}}, "site 1"},
		"foreign bank format": {&mixed, pack.Order{Holders: a.holders}, "terang/bank/v9"},
	} {
		t.Run(name, func(t *testing.T) {
			c.order.Kind = pack.Main
			if _, err := pack.Seal(c.contents, c.order, a.signer); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v, want %q in it", err, c.says)
			}
		})
	}
	for _, n := range []pack.Notice{{Why: "bored", By: "a", And: "b", Spare: "x"}, {Why: pack.Lost, By: "a", And: "A", Spare: "x"}, {Why: pack.Lost, By: "a", And: "b"}} {
		if _, err := n.Sign(a.signer); err == nil {
			t.Errorf("notice %+v was signed", n)
		}
	}
}

// FuzzRead looks for bytes that are taken for a pack without being one.
func FuzzRead(f *testing.F) {
	a := newAuthority(f)
	f.Add(a.seal(f, pack.Order{}))
	f.Add([]byte("note"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if p, err := pack.Read(file, a.verifier); err == nil && p.Exam != "skd-2026" {
			t.Fatalf("a pack for %q was taken", p.Exam)
		}
	})
}
