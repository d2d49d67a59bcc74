package create

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// SampleDefinition is an exam of the SKD for so many candidates, in rooms of at most 480.
func SampleDefinition(candidates int, start time.Time, open bool) (*engine.Definition, error) {
	return stores.SkdSample().Definition(candidates, start, open)
}

var (
	givenNames  = strings.Fields("Agus Ayu Bagas Bunga Cahya Citra Dewi Dimas Eka Endah Fajar Fitri Galih Gita Hana Hendra Indah Intan Joko Kartika Kurnia Laila Lestari Maria Mega Nadia Nur Oktavia Putra Putri Rahmat Ratna Rizky Sari Satria Sekar Surya Taufik Tri Utami Vina Wahyu Wulan Yani Yoga Yosef Yuni Zahra")
	familyNames = strings.Fields("Anggraini Batubara Dharma Gunawan Hakim Halim Harahap Hidayat Ismail Jatmiko Kusuma Lubis Manurung Maulana Mulyani Nababan Nahak Nasution Ningsih Nugroho Pangaribuan Permata Pratama Purnomo Rahayu Ramadhan Saputra Setiawan Simatupang Siregar Suryani Sutrisno Tambunan Utomo Wibowo Widodo Wijaya Wulandari Yuliana Yusuf")
)

// SampleRoster invents people; the same number of candidates gives the same people.
func SampleRoster(d *engine.Definition, candidates int) []proctor.Person {
	draw := rand.New(rand.NewPCG(2026, uint64(candidates)))
	x := stores.SampleUnder(d.RuleSet)
	formations := x.Formations
	drawn := len(formations)
	if x.Blind != "" {
		drawn--
	}
	people := make([]proctor.Person, candidates)
	for i := range people {
		s := d.Sittings[i/stores.RoomMost]
		f := formations[draw.IntN(drawn)]
		p := proctor.Person{
			Number: fmt.Sprintf("26401-110-%06d", i+1), Name: givenNames[draw.IntN(len(givenNames))] + " " + familyNames[draw.IntN(len(familyNames))],
			BirthDate: fmt.Sprintf("%d-%02d-%02d", 1990+draw.IntN(13), 1+draw.IntN(12), 1+draw.IntN(28)),
			Formation: f.Code, Site: s.Site, Sitting: s.Code, Seat: fmt.Sprintf("%c-%02d", 'A'+i%stores.RoomMost/20, 1+i%20),
		}
		if i%50 == 17 && x.Blind != "" {
			p.Formation, p.Accommodation, p.ExtraMinutes = x.Blind, "blind", 30
		}
		people[i] = p
	}
	return people
}

// Sample creates the sample exam with its people in a journal that has none.
func Sample(ctx context.Context, s *stores.DB, keys *stores.KeyFile, candidates int, start time.Time, open bool) error {
	d, err := SampleDefinition(candidates, start, open)
	if err != nil {
		return err
	}
	return SampleOf(ctx, s, keys, proctor.Setup, d, candidates)
}

// SampleOf makes the sample exam d, with so many invented people on its roster.
func SampleOf(ctx context.Context, s *stores.DB, keys *stores.KeyFile, by string, d *engine.Definition, candidates int) error {
	x := stores.SampleUnder(d.RuleSet)
	bank, err := x.Bank()
	if err != nil {
		return err
	}
	file, err := d.File()
	if err != nil {
		return err
	}
	if d, err = Exam(ctx, s, keys, by, Source{File: file, Bank: bank}); err != nil {
		return err
	}
	people := proctor.NewPeople(s.Register)
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	now := engine.NewClock().Now()
	if err := people.ImportFormations(ctx, log, by, now, d.Code, x.Formations, nil); err != nil {
		return err
	}
	return people.Import(ctx, log, by, now, d.Code, SampleRoster(d, candidates), nil)
}
