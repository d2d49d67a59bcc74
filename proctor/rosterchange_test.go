package proctor

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

// bureau is an office whose head acts alone, on the world's exam with a committed seed.
type bureau struct {
	*world
	office *Office
	head   Account
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	w := newWorld(t, nil)
	b := &bureau{w, NewOffice(w.db, w.accounts, w.desk.Pairs()), Account{User: "kepala", Grants: Everywhere(Admin)}}
	w.employ(b.head, Account{User: "wakil", Grants: Everywhere(Admin)})
	w.ok(w.log.Append(w.ctx, engine.ExamStream+w.def.Code, engine.Event{Kind: engine.SeedCommitted, At: 1, By: "setup", Seed: engine.SHA256("seed")}))
	return b
}

// people are those of the register, as the next process reads them.
func (b *bureau) fresh() *People {
	b.Helper()
	p := NewPeople(b.db)
	b.ok(p.Load(b.ctx, b.def.Code))
	return p
}

// file is the roster as it stands, changed line by line.
func (b *bureau) file(change ...string) string {
	b.Helper()
	var all []Person
	for _, p := range b.fresh().All(b.def.Code) {
		all = append(all, *p)
	}
	return strings.NewReplacer(change...).Replace(string(Canonical(all)))
}

func (b *bureau) preview(file string, partial bool) (*RosterChange, []Fault) {
	b.Helper()
	c, faults, err := b.office.PreviewRoster(b.ctx, b.head, b.def.Code, RosterRequest{File: file, Partial: partial})
	b.ok(err)
	return c, faults
}

func (b *bureau) take(r RosterRequest) RosterAnswer {
	b.Helper()
	r.Op = uuid.NewString()
	a, err := b.office.Roster(b.ctx, b.head, b.def.Code, r)
	b.ok(err)
	return a
}

func TestACorrectionIsShownBeforeItIsTaken(t *testing.T) {
	b := newBureau(t)
	one := b.fresh().Find("2410-0001", "")[0]
	moved := b.fresh().Find("2410-0002", "")[0]
	lines := strings.Split(strings.TrimSpace(b.file()), "\n")
	var kept []string
	for _, l := range lines {
		switch {
		case strings.HasPrefix(l, "2410-0001,"):
			l = strings.Replace(l, one.Name, "Nama Baru", 1)
		case strings.HasPrefix(l, "2410-0002,"):
			l = strings.Replace(l, "kupang-2,s1,02", "soe,s3,", 1)
		case strings.HasPrefix(l, "2410-0003,"):
			continue
		}
		kept = append(kept, l)
	}
	file := strings.Join(append(kept, "2410-0077,Orang Baru,2000-01-31,"+one.Formation+",soe,,,,0,"), "\n")
	c, faults := b.preview(file, false)
	if len(faults) > 0 || c.Version != 2 || len(c.Added) != 1 || len(c.Removed) != 1 || len(c.Changed) != 2 || len(c.Moved()) != 1 || c.Same != 3 || c.People != 6 {
		t.Fatalf("%v %+v", faults, c)
	}
	if got := c.Moved()[0].String(); !strings.Contains(got, "sitting: s1 → s3") || !strings.Contains(got, "site: kupang-2 → soe") {
		t.Error(got)
	}
	before := len(b.versions())
	if a := b.take(RosterRequest{File: file}); len(a.Faults) != 1 || !strings.Contains(a.Faults[0].String(), "leaves out 1 people") {
		t.Fatalf("people are taken out without a look: %+v", a)
	}
	_, err := b.office.Roster(b.ctx, b.head, b.def.Code, RosterRequest{Op: uuid.NewString(), File: file + "\n2410-0078,Lain,2000-01-31," + one.Formation + ",soe,,,,0,", Change: c.ID()})
	b.is(err, engine.WrongState, "roster_change")
	if len(b.versions()) != before {
		t.Fatal("something was taken")
	}
	if a := b.take(RosterRequest{Shown: true, Change: c.ID()}); a.Version != 2 || a.Loaded != 6 {
		t.Fatalf("%+v", a)
	}
	versions := b.versions()
	if v := versions[len(versions)-1]; v.Version != 2 || v.Hash != c.Next || v.People != 6 || v.Hash != engine.SHA256(b.file()) {
		t.Errorf("%+v", v)
	}
	p := b.fresh()
	if len(p.Find("2410-0003", "")) != 0 || len(p.Find("2410-0077", "")) != 1 || p.Find("2410-0001", "")[0].Attempt != one.Attempt {
		t.Error("the roster is not what was shown")
	}
	if m := p.Moved(b.def.Code, 0); len(m) != 1 || m[0].Number != moved.Number || m[0].From.Sitting != "s1" || m[0].From.Until != 2 {
		t.Errorf("%+v", m)
	}
	// Nothing personal is kept of who was taken out.
	b.ok(b.db.List(b.ctx, KindPerson, b.def.Code+"/", func(e engine.Entry) error {
		if bytes.Contains(e.Body, []byte("2410-0003")) && bytes.Contains(e.Body, []byte("birth_date\":\"1")) {
			t.Errorf("%s", e.Body)
		}
		return nil
	}))
	// Moved back: nobody is elsewhere than at first, and still is since the second version.
	back := b.file("soe,s3,", "kupang-2,s1,")
	b.take(RosterRequest{File: back})
	if p := b.fresh(); len(p.Moved(b.def.Code, 0)) != 0 || len(p.Moved(b.def.Code, 2)) != 1 {
		t.Errorf("%+v", p.Find("2410-0002", "")[0].Was)
	}
}

func (b *bureau) versions() []RosterVersion {
	b.Helper()
	all, err := b.office.Rosters(b.ctx, b.def.Code)
	b.ok(err)
	return all
}

// A list of names from elsewhere has no sittings and no accommodations: nobody loses them.
func TestWhatAFileHasNoColumnForStays(t *testing.T) {
	b := newBureau(t)
	rows := []string{"number,name,birth_date,formation,site"}
	for _, p := range b.fresh().All(b.def.Code) {
		site := p.Site
		if p.Number == "2410-0002" {
			site = "soe"
		}
		rows = append(rows, strings.Join([]string{p.Number, `"` + p.Name + `"`, p.BirthDate, p.Formation, site}, ","))
	}
	c, faults := b.preview(strings.Join(rows, "\n"), false)
	if len(faults) > 0 || len(c.Changed) != 1 || c.Same != 5 {
		t.Fatalf("%v %+v", faults, c)
	}
	// Who is at another site has no sitting there yet.
	if got := c.Changed[0].String(); !strings.Contains(got, "sitting: s1 → ,") && !strings.HasSuffix(got, "sitting: s1 → ") {
		t.Error(got)
	}
}

// Programs leave keys out of an object that have nothing new: what another object of the same
// array has is no column for this one. Whoever means nothing says so.
func TestWhatAnObjectHasNoKeyForStays(t *testing.T) {
	b := newBureau(t)
	was := b.fresh().Find("2410-0004", "")[0] // blind, with a seat, 40 minutes and a photo
	person := func(number, rest string) string {
		p := b.fresh().Find(number, "")[0]
		return fmt.Sprintf(`{"number":%q,"name":%q,"birth_date":%q,"formation":%q,"site":%q%s}`, p.Number, p.Name, p.BirthDate, p.Formation, p.Site, rest)
	}
	full := person("2410-0001", `,"sitting":"s1","seat":"01","accommodation":"low_vision","extra_minutes":10,"photo":"satu.png"`)
	c, faults := b.preview("["+full+","+person(was.Number, "")+"]", true)
	if len(faults) > 0 || len(c.Changed) != 1 || c.Changed[0].Number != "2410-0001" {
		t.Fatalf("%v %+v", faults, c)
	}
	for _, nothing := range []string{`""`, `null`, `" "`, `"\u000b"`} {
		rest := strings.ReplaceAll(`,"sitting":"s1","seat":0,"accommodation":0,"extra_minutes":0,"photo":0`, ":0", ":"+nothing)
		c, faults := b.preview("["+full+","+person(was.Number, rest)+"]", true)
		if len(faults) > 0 || len(c.Changed) != 2 {
			t.Fatalf("%s: %v %+v", nothing, faults, c)
		}
		if got, want := c.Changed[1].String(), "2410-0004 · seat: "+was.Seat+" → , accommodation: blind → , extra_minutes: 40 → 0, photo: nur.png → "; got != want {
			t.Errorf("%s: %s, want %s", nothing, got, want)
		}
	}
}

// The seats of those whom a partial file does not name are taken.
func TestCorrectionsAreReadAgainstThoseWhoStay(t *testing.T) {
	b := newBureau(t)
	taken := ""
	for _, p := range b.fresh().In(s1) {
		if p.Seat != "" {
			taken = p.Seat
		}
	}
	_, faults := b.preview("number,name,birth_date,formation,site,sitting,seat\nX-1,Satu,2000-01-01,arsiparis,kupang-2,s1,"+taken+"\nX-2,Dua,2000-01-01,arsiparis,kupang-2,s1,", true)
	if len(faults) != 2 || !strings.Contains(faults[0].String(), "is given already to 2410-") || !strings.Contains(faults[1].String(), "rows above take all") {
		t.Fatalf("%v", faults)
	}
}

func TestWhoHasCheckedInStaysWhereTheyAre(t *testing.T) {
	b := newBureau(t)
	b.checkin("2410-0001")
	b.settle()
	file := b.file("kupang-2,s1,01", "kupang-2,s2,05", "kupang-2,s1,02", "kupang-2,s2,04")
	_, faults := b.preview(file, false)
	if len(faults) == 0 || faults[0].Row != 2 || faults[0].Column != "sitting" || !strings.Contains(faults[0].What, "2410-0001 has checked in") {
		t.Fatalf("%v", faults)
	}
	for _, f := range faults {
		if !strings.Contains(f.What, "2410-0001") {
			t.Errorf("somebody who has not come: %s", f)
		}
	}
	var rest []string
	for _, l := range strings.Split(b.file(), "\n") {
		if !strings.HasPrefix(l, "2410-0001") {
			rest = append(rest, l)
		}
	}
	if _, faults := b.preview(strings.Join(rest, "\n"), false); len(faults) != 1 || !strings.Contains(faults[0].What, "is missing, who has come") {
		t.Fatalf("%v", faults)
	}
	// Their time, too, from check-in on: a start does not wait for the roster to be heard of.
	for _, then := range []func(){func() { b.working("2410-0001") }, func() {}} {
		_, faults = b.preview(b.file("kupang-2,s1,01,,0,", "kupang-2,s1,01,,30,"), false)
		if len(faults) != 1 || faults[0].Column != "extra_minutes" || !strings.Contains(faults[0].What, "2410-0001 has come") || faults[0].Remedy == "" {
			t.Fatalf("%v", faults)
		}
		then()
		b.settle()
	}
}

// An import is answered as the first time, whatever was loaded or decided since.
func TestAnImportIsAnsweredAsTheFirstTime(t *testing.T) {
	b := newBureau(t)
	two := b.fresh().Find("2410-0002", "")[0]
	named := func(name string) RosterRequest {
		file := "number,name,birth_date,formation,site\n2410-0002," + name + "," + two.BirthDate + "," + two.Formation + "," + two.Site
		return RosterRequest{Op: uuid.NewString(), File: file, Reason: "salah ketik"}
	}
	machine := b.head
	machine.Token = true
	one, other := named("Satu"), named("Dua")
	first, err := b.office.ImportRoster(b.ctx, machine, b.def.Code, one)
	b.ok(err)
	if len(first.Changed) != 1 || !strings.Contains(first.Changed[0], "→ Satu") {
		t.Fatalf("%+v", first)
	}
	_, err = b.office.ImportRoster(b.ctx, machine, b.def.Code, other)
	b.ok(err)
	b.ok(b.office.FreezeRoster(b.ctx, b.head, b.def.Code))
	if got, err := b.office.ImportRoster(b.ctx, machine, b.def.Code, one); err != nil || !reflect.DeepEqual(got, first) {
		t.Errorf("%+v %v, was %+v", got, err, first)
	}
	if name := b.fresh().Find("2410-0002", "")[0].Name; name != "Dua" {
		t.Errorf("it was done again: %s", name)
	}
	// What is frozen waits for two people, and a program is none.
	before := len(b.versions())
	_, err = b.office.ImportRoster(b.ctx, machine, b.def.Code, named("Tiga"))
	b.is(err, engine.SecondPerson, "token")
	if got, err := b.office.ImportRoster(b.ctx, b.head, b.def.Code, named("Tiga")); err != nil || got.Proposal == "" || len(b.versions()) != before {
		t.Errorf("%+v %v", got, err)
	}
}

// Where an import was cut short after the register had it, it is gone on with, and says what it
// changes and not that nothing does.
func TestAnImportThatWasCutShortSaysWhatItChanges(t *testing.T) {
	b := newBureau(t)
	r := RosterRequest{Op: uuid.NewString(), File: b.file("Sari Wulandari", "Sari Dewi")}
	c, err := b.office.CheckRoster(b.ctx, b.head, b.def.Code, []byte(r.File))
	b.ok(err)
	b.ok(b.office.keepImport(b.ctx, b.def.Code, &r, &c))
	in, err := b.office.read(b.ctx, b.def.Code, []byte(r.File), false)
	b.ok(err)
	b.ok(b.fresh().Save(b.ctx, b.def.Code, in.people, nil))
	for range 2 {
		if got, err := b.office.ImportRoster(b.ctx, b.head, b.def.Code, r); err != nil || !reflect.DeepEqual(got, c) || len(got.Changed) != 1 {
			t.Errorf("%+v %v, was %+v", got, err, c)
		}
	}
	if all := b.versions(); all[len(all)-1].op != r.Op {
		t.Errorf("it is not recorded: %+v", all)
	}
}

// Who presses the button again whose answer was lost is told what was taken.
func TestAShownRosterIsTakenOnce(t *testing.T) {
	b := newBureau(t)
	c, _ := b.preview(b.file("Sari Wulandari", "Sari Dewi"), false)
	r := RosterRequest{Op: uuid.NewString(), Shown: true, Change: c.ID()}
	for range 2 {
		if a, err := b.office.Roster(b.ctx, b.head, b.def.Code, r); err != nil || a.Version != 2 {
			t.Fatalf("%+v %v", a, err)
		}
	}
}
