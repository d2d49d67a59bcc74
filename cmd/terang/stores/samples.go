package stores

import (
	"fmt"
	"io/fs"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/testdata"
)

// Sample is an exam that the program carries whole: the bank, the blueprint of its forms
// and the formations that people apply for. Its banks are public.
type Sample struct {
	kind                 string // of its rule set
	Code, title, ruleset string
	folder               string // of the bank's files, below testdata.Sample
	files                []string
	blueprint            string
	Formations           []proctor.Formation
	Blind                string // the last of the formations: who gets extra time; "" where the rules have no need for it
}

// SampleCode is the code of the sample exam of the SKD.
const SampleCode = "skd-contoh"

// SkdSample is the sample of the SKD, which demo holds.
func SkdSample() *Sample {
	return &Sample{
		kind: "SKD", Code: SampleCode, title: "SKD CPNS (contoh)", ruleset: "skd-2024",
		folder: "bank", files: testdata.BankFiles, blueprint: "exam/blueprint-skd.json",
		Formations: inOldTown(
			proctor.Formation{Code: "arsiparis", Post: "Arsiparis Ahli Pertama", Education: "S-1", Need: "general", Seats: 4},
			proctor.Formation{Code: "pranata-komputer", Post: "Pranata Komputer Ahli Pertama", Education: "S-1", Need: "general", Seats: 5},
			proctor.Formation{Code: "auditor", Post: "Auditor Ahli Pertama", Education: "S-1", Need: "general", Seats: 3},
			proctor.Formation{Code: "auditor-cumlaude", Post: "Auditor Ahli Pertama", Education: "S-1", Need: "cumlaude", Seats: 1},
			proctor.Formation{Code: "penyuluh", Post: "Penyuluh Pertanian Terampil", Education: "D-3", Need: "general", Seats: 4},
			proctor.Formation{Code: "arsiparis-disabilitas", Post: "Arsiparis Ahli Pertama", Education: "S-1", Need: "disability", Seats: 1},
		),
		Blind: "arsiparis-disabilitas",
	}
}

// pppkSample is of one technical post. Its formations set the minimum of the technical part
// themselves, as the rules leave it to posts; the figures are made up.
func pppkSample() *Sample {
	return &Sample{
		kind: "PPPK", Code: "pppk-contoh", title: "PPPK Teknis (contoh): Pranata Komputer", ruleset: "pppk-technical-2023",
		folder: "bank/pppk", files: testdata.PPPKFiles, blueprint: "exam/blueprint-pppk.json",
		Formations: inOldTown(
			proctor.Formation{Code: "prakom-dinas", Post: "Pranata Komputer Ahli Pertama", Education: "S-1", Need: "general", Seats: 6, Minima: map[string]int{"TECH": 200}},
			proctor.Formation{Code: "prakom-rsud", Post: "Pranata Komputer Ahli Pertama", Education: "S-1", Need: "general", Seats: 2, Minima: map[string]int{"TECH": 225}},
			proctor.Formation{Code: "prakom-kecamatan", Post: "Pranata Komputer Terampil", Education: "D-3", Need: "general", Seats: 4, Minima: map[string]int{"TECH": 180}},
		),
	}
}

func inOldTown(formations ...proctor.Formation) []proctor.Formation {
	for i := range formations {
		formations[i].Agency, formations[i].Placement = "Pemerintah Kota Lama", "Kota Lama"
	}
	return formations
}

// samples are those that the program carries.
func samples() []*Sample { return []*Sample{SkdSample(), pppkSample()} }

// SampleOf is the sample for rule sets of a kind; one that is of no known kind has the SKD's,
// whose bank will then be refused by name of what does not fit.
func SampleOf(kind string) *Sample {
	for _, x := range samples() {
		if strings.EqualFold(x.kind, kind) {
			return x
		}
	}
	return SkdSample()
}

// SampleUnder is the sample that was made under a rule set of that name.
func SampleUnder(ruleset string) *Sample {
	for _, x := range samples() {
		if x.ruleset == ruleset {
			return x
		}
	}
	return SkdSample()
}

// Bank reads the sample's bank out of the binary.
func (x *Sample) Bank() (*questionbank.Bank, error) {
	files, err := fs.Sub(testdata.Sample, x.folder)
	if err != nil {
		return nil, err
	}
	bank, faults := questionbank.Parse(files, x.files...)
	if len(faults) > 0 {
		return nil, FaultList("sample bank", faults)
	}
	return bank, nil
}

// SampleFormations are those of the SKD's sample.
func SampleFormations() []proctor.Formation { return SkdSample().Formations }

// RoomMost is how many seats the sample exam puts into one room.
const RoomMost = 480

// Definition is an exam of the sample for so many candidates, in rooms of at most 480.
func (x *Sample) Definition(candidates int, start time.Time, open bool) (*engine.Definition, error) {
	blueprint, err := testdata.Sample.ReadFile(x.blueprint)
	if err != nil {
		return nil, err
	}
	d := &engine.Definition{
		Code: x.Code, Title: x.title, RuleSet: x.ruleset, Bank: "sample", Blueprint: blueprint,
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
	for i := 0; i*RoomMost < candidates || i == 0; i++ {
		site := d.Sites[i%2]
		room := fmt.Sprintf("ruang-%d", i+1)
		d.Rooms = append(d.Rooms, engine.RoomDef{Code: room, Site: site.Code, Name: fmt.Sprintf("Ruang %d", i+1), Seats: RoomMost})
		d.Sittings = append(d.Sittings, engine.SittingDef{
			Code: fmt.Sprintf("sesi-%d", i+1), Site: site.Code, Room: room, Title: fmt.Sprintf("Sesi %d", i+1), Start: start.Format(time.RFC3339),
		})
	}
	if len(d.Sittings) == 1 {
		d.Sites = d.Sites[:1]
	}
	return d, nil
}
