package stores

import (
	"errors"
	"fmt"
	"sync"

	"terang/engine"
	"terang/questionbank"
)

// isSample says whether an exam has a bank that the binary carries. Its items and keys are
// public, so it decides about nobody, and may be rehearsed in as it is.
func isSample(def *engine.Definition, bank *questionbank.Bank) (bool, error) {
	if def.Bank != "sample" {
		return false, nil
	}
	for _, carried := range carriedHashes {
		if hash, err := carried(); err != nil || hash == bank.Hash() {
			return err == nil, err
		}
	}
	return false, nil
}

// carriedHashes are those of the banks that the binary carries. Reading one takes longer than the
// rest of opening a small exam, so each is read once, if it is asked for.
var carriedHashes = func() (hashes []func() (string, error)) {
	for _, x := range samples() {
		hashes = append(hashes, sync.OnceValues(func() (string, error) {
			bank, err := x.Bank()
			if err != nil {
				return "", err
			}
			return bank.Hash(), nil
		}))
	}
	return hashes
}()

// FaultList is all faults of what was read, as one error of a line each. Nothing was taken.
func FaultList(what string, faults []questionbank.Fault) error {
	lines := make([]error, 0, len(faults)+1)
	for _, f := range faults {
		lines = append(lines, errors.New(f.String()))
	}
	lines = append(lines, fmt.Errorf("%s: %d faults, nothing was taken", what, len(faults)))
	return errors.Join(lines...)
}

// SampleBank is the bank of the SKD's sample.
func SampleBank() (*questionbank.Bank, error) { return SkdSample().Bank() }
