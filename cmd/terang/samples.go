package main

import (
	"io/fs"
	"strings"

	"terang/proctor"
	"terang/questionbank"
	"terang/testdata"
)

// sample is an exam that the program carries whole: the bank, the blueprint of its forms
// and the formations that people apply for. Its banks are public.
type sample struct {
	kind                 string // of its rule set
	code, title, ruleset string
	folder               string // of the bank's files, below testdata.Sample
	files                []string
	blueprint            string
	formations           []proctor.Formation
	blind                string // the last of the formations: who gets extra time; "" where the rules have no need for it
}

// sampleCode is the code of the sample exam of the SKD.
const sampleCode = "skd-contoh"

func skdSample() *sample {
	return &sample{
		kind: "SKD", code: sampleCode, title: "SKD CPNS (contoh)", ruleset: "skd-2024",
		folder: "bank", files: testdata.BankFiles, blueprint: "exam/blueprint-skd.json",
		formations: inOldTown(
			proctor.Formation{Code: "arsiparis", Post: "Arsiparis Ahli Pertama", Education: "S-1", Need: "general", Seats: 4},
			proctor.Formation{Code: "pranata-komputer", Post: "Pranata Komputer Ahli Pertama", Education: "S-1", Need: "general", Seats: 5},
			proctor.Formation{Code: "auditor", Post: "Auditor Ahli Pertama", Education: "S-1", Need: "general", Seats: 3},
			proctor.Formation{Code: "auditor-cumlaude", Post: "Auditor Ahli Pertama", Education: "S-1", Need: "cumlaude", Seats: 1},
			proctor.Formation{Code: "penyuluh", Post: "Penyuluh Pertanian Terampil", Education: "D-3", Need: "general", Seats: 4},
			proctor.Formation{Code: "arsiparis-disabilitas", Post: "Arsiparis Ahli Pertama", Education: "S-1", Need: "disability", Seats: 1},
		),
		blind: "arsiparis-disabilitas",
	}
}

// pppkSample is of one technical post. Its formations set the minimum of the technical part
// themselves, as the rules leave it to posts; the figures are made up.
func pppkSample() *sample {
	return &sample{
		kind: "PPPK", code: "pppk-contoh", title: "PPPK Teknis (contoh): Pranata Komputer", ruleset: "pppk-technical-2023",
		folder: "bank/pppk", files: testdata.PPPKFiles, blueprint: "exam/blueprint-pppk.json",
		formations: inOldTown(
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
func samples() []*sample { return []*sample{skdSample(), pppkSample()} }

// sampleOf is the sample for rule sets of a kind; one that is of no known kind has the SKD's,
// whose bank will then be refused by name of what does not fit.
func sampleOf(kind string) *sample {
	for _, x := range samples() {
		if strings.EqualFold(x.kind, kind) {
			return x
		}
	}
	return skdSample()
}

// sampleUnder is the sample that was made under a rule set of that name.
func sampleUnder(ruleset string) *sample {
	for _, x := range samples() {
		if x.ruleset == ruleset {
			return x
		}
	}
	return skdSample()
}

// bank reads the sample's bank out of the binary.
func (x *sample) bank() (*questionbank.Bank, error) {
	files, err := fs.Sub(testdata.Sample, x.folder)
	if err != nil {
		return nil, err
	}
	bank, faults := questionbank.Parse(files, x.files...)
	if len(faults) > 0 {
		return nil, faultList("sample bank", faults)
	}
	return bank, nil
}

// sampleBank is the bank of the SKD's sample.
func sampleBank() (*questionbank.Bank, error) { return skdSample().bank() }

// sampleFormations are those of the SKD's sample.
func sampleFormations() []proctor.Formation { return skdSample().formations }
