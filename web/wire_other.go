//go:build !unix

package web

// tryWrite has room for nothing: all is written by who may wait.
func tryWrite(uintptr, []byte) (int, error) { return 0, nil }

// tryRead is for reactors, of which there are none.
func tryRead(uintptr, []byte) (int, error) { return 0, nil }
