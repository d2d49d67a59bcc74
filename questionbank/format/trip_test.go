package format

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"terang/questionbank"
	"terang/testdata"
)

// sample is the bank that the program carries: MathML, tables, lists, figures, all option
// rules and both kinds of values.
func sample(t testing.TB) *questionbank.Bank {
	t.Helper()
	files, err := fs.Sub(testdata.Sample, "bank")
	if err != nil {
		t.Fatal(err)
	}
	bank, faults := questionbank.Parse(files, testdata.BankFiles...)
	if len(faults) > 0 {
		t.Fatal(faults[0])
	}
	return bank
}

func TestTheSampleBankComesBackWholeFromEveryFormat(t *testing.T) {
	bank := sample(t)
	for _, name := range Writable() {
		var out bytes.Buffer
		e, err := Write(name, &out, bank.Questions())
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Losses) > 0 || e.Written != bank.Len() {
			t.Errorf("%s: %d written, %d losses, the first: %s", name, e.Written, len(e.Losses), e.Losses[0])
		}
		in, err := Read(name, []File{{Name: "soal." + name, Data: out.Bytes()}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(in.Faults)+len(in.Warnings)+len(in.Lacks) > 0 {
			t.Errorf("%s: %d faults, %d warnings, the first: %s", name, len(in.Faults), len(in.Warnings), slices.Concat(in.Faults, in.Warnings, in.Lacks)[0])
			continue
		}
		back, _ := questionbank.NewBank(in.Questions)
		if back.Hash() != bank.Hash() {
			t.Errorf("%s: the bank is another one: %s", name, difference(bank, back))
		}
	}
}

// difference is the first line of text that differs.
func difference(a, b *questionbank.Bank) string {
	x, y := strings.Split(string(questionbank.Format(a)), "\n"), strings.Split(string(questionbank.Format(b)), "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return "\nwrote " + x[i] + "\n read " + y[min(i, len(y)-1)]
		}
	}
	return "its text is the same"
}
