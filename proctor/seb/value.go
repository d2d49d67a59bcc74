// Package seb speaks of Safe Exam Browser (SEB), a browser that keeps a candidate's computer
// to the exam: its configuration files, and the two keys by which a server knows that a
// request came from a browser so configured.
//
// The Config Key is the SHA-256 of a configuration in one canonical form ([ConfigKey]); the
// server computes it of the file that it hands out, and terang exam seb of one that was made
// elsewhere. The Browser Exam Key also covers the program's own signature: it differs by
// platform and version, only SEB computes it, and a committee enters it as a list. With each
// request SEB sends the SHA-256 of the address and a key ([RequestHash]); a page of a modern
// SEB for macOS and iOS reads the same values by script.
//
// What it proves is a configuration, not a person, and not that the program was left as its
// makers built it: whoever has the file can compute its Config Key. It is one signal more,
// beside the supervisor in the room. Source: SEB developer pages "SEB Config Key" and "SEB
// file format", and "Browser Exam Key" specification, state of August 2026.
//
// Files are written without encryption. Of those that are read, the encrypted ones are
// refused with what to do.
package seb

import (
	"cmp"
	"slices"
	"strings"
)

// A value of a configuration is a Dict, an Array, a string, a bool, an int64, a float64, a
// Data or a Date: what a property list holds.

// Pair is a key with its value.
type Pair struct {
	Key   string
	Value any
}

// Dict is a dictionary in the order of its file.
type Dict []Pair

// Array is a list.
type Array []any

// Data is bytes; in the canonical form they are base64.
type Data []byte

// Date is a time as ISO 8601, as its file writes it. The programs that compute Config Keys
// do not write dates alike: configurations are best without one.
type Date string

// Get finds a value of the dictionary itself; nil if there is none.
func (d Dict) Get(key string) any {
	for _, p := range d {
		if p.Key == key {
			return p.Value
		}
	}
	return nil
}

// sorted is the dictionary in the canonical order of keys: without regard to case, and of
// two that differ by case alone the one in lower case first.
func (d Dict) sorted() Dict {
	d = slices.Clone(d)
	slices.SortStableFunc(d, func(a, b Pair) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key)), strings.Compare(b.Key, a.Key))
	})
	return d
}
