// Package testdata holds the sample banks, the sample exams and the test vectors. It is a
// package so that the program carries the sample: the demo needs nothing but the binary.
package testdata

import "embed"

// Sample is the sample banks with their figures, and the blueprints of their forms.
//
//go:embed bank/*.bank bank/figures/*.svg bank/pppk/*.bank exam/*.json
var Sample embed.FS

// BankFiles are the files of the sample bank of the SKD, below Sample's folder "bank".
var BankFiles = []string{"twk.bank", "tiu.bank", "tkp.bank"}

// PPPKFiles are those of the sample bank of the PPPK, of one technical post, below Sample's
// folder "bank/pppk".
var PPPKFiles = []string{"tech.bank", "man.bank", "soc.bank", "int.bank"}
