package witness

import (
	"fmt"
	"os"
	"strings"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/output"
	"terang/cmd/terang/usage"
	"terang/engine/publiclog"
)

// Cmd is terang witness.
type Cmd struct {
	Watch Watch `cmd:"" default:"withargs" help:"Watch a log: that it only grows, and shows everybody the same. With a key, cosign what was checked."`
	Key   Key   `cmd:"" help:"Make a witness's key."`
}

// Key makes the key that a witness cosigns with.
type Key struct {
	Name string `arg:"" help:"Who witnesses, as readers know it: an address without https://, as saksi.example.ac.id."`
	File string `arg:"" help:"File to write; must not exist."`
}

// Run makes a key, and prints the public half for the log's keeper and for readers.
func (c *Key) Run() error {
	skey, _, err := signing.GenerateKey(nil, c.Name)
	if err != nil {
		return usage.Errorf("%q: a name has no spaces and no +: %v", c.Name, err)
	}
	k, err := publiclog.NewCosigner(skey)
	if err != nil {
		return err
	}
	if err := output.New(c.File, []byte("# Terang: secret key of a witness.\n"+skey+"\n")); err != nil {
		return err
	}
	fmt.Printf("%s: secret, keep it to yourself\n%s\n", c.File, k.Vkey())
	return nil
}

func readCosigner(path string) (*publiclog.Cosigner, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return publiclog.NewCosigner(line)
		}
	}
	return nil, fmt.Errorf("--key %s: it holds no key; make one with terang witness key", path)
}
