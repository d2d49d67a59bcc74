package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
)

type keysCmd struct {
	stores.Flags
	node.LogKeyFlag
	URL string `help:"What people type, as in terang serve --url: a new public log is named by it, for good." placeholder:"https://HOST"`
}

// Run makes the key files that a new journal lacks, and shows those that it has. Nodes that
// may write no key file of their own start after it; run again it changes nothing.
func (c *keysCmd) Run(ctx context.Context) error {
	address, err := baseURL(c.URL)
	if err != nil {
		return err
	}
	s, err := stores.Open(c.Journal, true)
	if err != nil {
		return err
	}
	had, hadLog := exists(c.KeyPath()), exists(c.Path(c.KeyPath()))
	keys, err := keysFor(ctx, s, c.KeyPath())
	if err != nil {
		return errors.Join(err, s.Close())
	}
	made := map[bool]string{true: "is there", false: "made, mode 0600"}
	fmt.Printf("%s: %s; fingerprint %s, the same on every server\n", c.KeyPath(), made[had], keys.Fingerprint())
	flags := node.LogFlags{LogKeyFlag: c.LogKeyFlag}
	signers, err := flags.Open(ctx, s, c.KeyPath(), address)
	switch {
	case err != nil:
	case signers == nil:
		err = fmt.Errorf("%s is not there, and the journal's public log is signed already: copy the file from the server or the backup that has it, or replace its key (terang log keys)", c.Path(c.KeyPath()))
	default:
		fmt.Printf("%s: %s; public key to announce: %s\n", c.Path(c.KeyPath()), made[hadLog], signers.Vkeys[len(signers.Vkeys)-1])
	}
	return errors.Join(err, s.Close())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// keysFor are the keys of a journal that is served with them from now on.
func keysFor(ctx context.Context, s *stores.DB, path string) (*stores.KeyFile, error) {
	keys, err := s.OpenKeys(ctx, path)
	if err != nil {
		return nil, err
	}
	return keys, s.Bind(ctx, keys)
}
