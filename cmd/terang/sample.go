package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/testdata"
)

// roomMost is how many seats the sample exam puts into one room.
const roomMost = 480

// isSample says whether an exam has the bank that the binary carries. Its items and keys are
// public, so it decides about nobody, and may be rehearsed in as it is.
func isSample(def *engine.Definition, bank *questionbank.Bank) (bool, error) {
	if def.Bank != "sample" {
		return false, nil
	}
	for _, x := range samples() {
		sample, err := x.bank()
		if err != nil || sample.Hash() == bank.Hash() {
			return err == nil, err
		}
	}
	return false, nil
}

func faultList(what string, faults []questionbank.Fault) error {
	lines := make([]error, 0, len(faults)+1)
	for _, f := range faults {
		lines = append(lines, errors.New(f.String()))
	}
	lines = append(lines, fmt.Errorf("%s: %d faults, nothing was taken", what, len(faults)))
	return errors.Join(lines...)
}

// sampleDefinition is an exam of the SKD for so many candidates, in rooms of at most 480.
func sampleDefinition(candidates int, start time.Time, open bool) (*engine.Definition, error) {
	return skdSample().definition(candidates, start, open)
}

// definition is an exam of the sample for so many candidates, in rooms of at most 480.
func (x *sample) definition(candidates int, start time.Time, open bool) (*engine.Definition, error) {
	blueprint, err := testdata.Sample.ReadFile(x.blueprint)
	if err != nil {
		return nil, err
	}
	d := &engine.Definition{
		Code: x.code, Title: x.title, RuleSet: x.ruleset, Bank: "sample", Blueprint: blueprint,
		Policy: engine.DefaultPolicy(),
		Sites:  []engine.SiteDef{{Code: "kota-lama", Name: "UPT Kota Lama", Zone: "Asia/Jakarta"}, {Code: "timur", Name: "UPT Timur", Zone: "Asia/Jayapura"}},
	}
	d.Policy.SeparateIdentity, d.Policy.VouchedStaff = false, false // one person can rehearse a room
	d.Policy.Objections = &engine.ObjectionPolicy{
		Windows: []engine.ObjectionWindow{
			{Kinds: []string{engine.ObjectItem, engine.ObjectKey, engine.ObjectTime, engine.ObjectStaff}, From: engine.FromSittingEnd, Hours: 72},
			{Kinds: engine.ObjectionKinds, From: engine.FromRelease, Hours: 72},
		},
		AnswerHours: 168, AnswerFrom: engine.FromClose, Most: 5, Words: 2000,
	}
	if open {
		d.Policy.LateEntry, d.Policy.Live, d.Policy.RateLimit = engine.LateFull, engine.LiveInstant, 0
	}
	for i := 0; i*roomMost < candidates || i == 0; i++ {
		site := d.Sites[i%2]
		room := fmt.Sprintf("ruang-%d", i+1)
		d.Rooms = append(d.Rooms, engine.RoomDef{Code: room, Site: site.Code, Name: fmt.Sprintf("Ruang %d", i+1), Seats: roomMost})
		d.Sittings = append(d.Sittings, engine.SittingDef{
			Code: fmt.Sprintf("sesi-%d", i+1), Site: site.Code, Room: room, Title: fmt.Sprintf("Sesi %d", i+1), Start: start.Format(time.RFC3339),
		})
	}
	if len(d.Sittings) == 1 {
		d.Sites = d.Sites[:1]
	}
	return d, nil
}

var (
	givenNames  = strings.Fields("Agus Ayu Bagas Bunga Cahya Citra Dewi Dimas Eka Endah Fajar Fitri Galih Gita Hana Hendra Indah Intan Joko Kartika Kurnia Laila Lestari Maria Mega Nadia Nur Oktavia Putra Putri Rahmat Ratna Rizky Sari Satria Sekar Surya Taufik Tri Utami Vina Wahyu Wulan Yani Yoga Yosef Yuni Zahra")
	familyNames = strings.Fields("Anggraini Batubara Dharma Gunawan Hakim Halim Harahap Hidayat Ismail Jatmiko Kusuma Lubis Manurung Maulana Mulyani Nababan Nahak Nasution Ningsih Nugroho Pangaribuan Permata Pratama Purnomo Rahayu Ramadhan Saputra Setiawan Simatupang Siregar Suryani Sutrisno Tambunan Utomo Wibowo Widodo Wijaya Wulandari Yuliana Yusuf")
)

// sampleRoster invents people; the same number of candidates gives the same people.
func sampleRoster(d *engine.Definition, candidates int) []proctor.Person {
	draw := rand.New(rand.NewPCG(2026, uint64(candidates)))
	x := sampleUnder(d.RuleSet)
	formations := x.formations
	drawn := len(formations)
	if x.blind != "" {
		drawn--
	}
	people := make([]proctor.Person, candidates)
	for i := range people {
		s := d.Sittings[i/roomMost]
		f := formations[draw.IntN(drawn)]
		p := proctor.Person{
			Number: fmt.Sprintf("26401-110-%06d", i+1), Name: givenNames[draw.IntN(len(givenNames))] + " " + familyNames[draw.IntN(len(familyNames))],
			BirthDate: fmt.Sprintf("%d-%02d-%02d", 1990+draw.IntN(13), 1+draw.IntN(12), 1+draw.IntN(28)),
			Formation: f.Code, Site: s.Site, Sitting: s.Code, Seat: fmt.Sprintf("%c-%02d", 'A'+i%roomMost/20, 1+i%20),
		}
		if i%50 == 17 && x.blind != "" {
			p.Formation, p.Accommodation, p.ExtraMinutes = x.blind, "blind", 30
		}
		people[i] = p
	}
	return people
}

// credential is what a candidate of a sample exam signs in with.
type credential struct {
	Number, PIN, Name, Site, Sitting, Seat string
}

// expected is everybody on the roster, without PINs: check-in gives these.
func (n *node) expected(def *engine.Definition) (people []credential) {
	for _, s := range def.Sittings {
		for _, p := range n.people.In(def.Code + "." + s.Code) {
			people = append(people, credential{Number: p.Number, Name: p.Name, Site: p.Site, Sitting: p.Sitting, Seat: p.Seat})
		}
	}
	return people
}

// staffCredential is an account of a sample exam.
type staffCredential struct {
	Role           proctor.Role
	User, Password string
}

// makeSample creates the sample exam with its people in a journal that has none.
func makeSample(ctx context.Context, s *stores, keys *keyFile, candidates int, start time.Time, open bool) error {
	d, err := sampleDefinition(candidates, start, open)
	if err != nil {
		return err
	}
	return makeSampleOf(ctx, s, keys, proctor.Setup, d, candidates)
}

func makeSampleOf(ctx context.Context, s *stores, keys *keyFile, by string, d *engine.Definition, candidates int) error {
	x := sampleUnder(d.RuleSet)
	bank, err := x.bank()
	if err != nil {
		return err
	}
	file, err := encodeDefinition(d)
	if err != nil {
		return err
	}
	if d, err = createExam(ctx, s, keys, by, examSource{file: file, bank: bank}); err != nil {
		return err
	}
	people := proctor.NewPeople(s.register)
	log := proctor.NewLog(s.journal, proctor.Direct(s.journal))
	now := engine.NewClock().Now()
	if err := people.ImportFormations(ctx, log, by, now, d.Code, x.formations); err != nil {
		return err
	}
	return people.Import(ctx, log, by, now, d.Code, sampleRoster(d, candidates), nil)
}
