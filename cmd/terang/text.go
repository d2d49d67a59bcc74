package main

import (
	"bytes"
	"os"
)

// readText reads a file of UTF-8 text that people write, without the byte order mark that
// some editors put before it.
func readText(path string) ([]byte, error) {
	body, err := os.ReadFile(path)
	return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), err
}
