// Package testdata holds the sample bank, the sample exam and the test vectors. It is a
// package so that the program carries the sample: the demo needs nothing but the binary.
package testdata

import "embed"

// Sample is the sample bank with its figures, and the blueprint of its forms.
//
//go:embed bank/*.bank bank/figures/*.svg exam/*.json
var Sample embed.FS

// BankFiles are the files of the sample bank, below Sample's folder "bank".
var BankFiles = []string{"twk.bank", "tiu.bank", "tkp.bank"}
