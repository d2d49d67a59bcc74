package web

import "encoding/base64"

// testSealer keeps nothing from anybody, but can tell what was sealed for what.
type testSealer struct{}

func (testSealer) Seal(use string, plain []byte) []byte {
	return []byte(use + " " + base64.StdEncoding.EncodeToString(plain))
}

func (testSealer) Open(use string, sealed []byte) ([]byte, error) {
	return base64.StdEncoding.DecodeString(string(sealed[len(use)+1:]))
}
