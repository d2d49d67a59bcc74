package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	signing "golang.org/x/mod/sumdb/note"

	"terang/engine/publiclog/keeper"
)

// logSecret is the environment's way to give the log's secret keys, for machines that have
// no place for a file. --log-key stands in TERANG_LOG_KEY.
const logSecret = "TERANG_LOG_SECRET" //nolint:gosec // a name

// logKeyFlag says with which key the public log is signed.
type logKeyFlag struct {
	LogKey string `help:"Key file of the public log, as terang log keys new makes it; made once. Default: the key file's name with .log after it. The environment may hold the secret itself in TERANG_LOG_SECRET." type:"path" placeholder:"FILE"`
}

// logFlags are those of a server that keeps a public log.
type logFlags struct {
	logKeyFlag
	Witness []string `help:"Public key of a witness that may cosign the public log, as terang witness key prints it; may be given more than once." sep:"none" placeholder:"NAME+ID+KEY"`
}

// open reads the log's keys, and lets the witnesses in.
func (f *logFlags) open(ctx context.Context, s *stores, keyPath string, address *url.URL) (*logSigners, error) {
	for _, vkey := range f.Witness {
		if err := keeper.AddWitness(ctx, s.register, vkey, now()); err != nil {
			return nil, usage("--witness: %v", err)
		}
	}
	name, err := logName(address)
	if err != nil {
		return nil, err
	}
	return openLogKeys(f.path(keyPath), name)
}

func (f *logKeyFlag) path(keys string) string {
	if f.LogKey != "" {
		return f.LogKey
	}
	return keys + ".log"
}

// logSigners are the secret keys of a public log. While a key is being replaced there are two.
type logSigners struct {
	signers []signing.Signer
	vkeys   []string
}

// readLogKeys reads the log's keys: from the environment, or from the file.
func readLogKeys(path string) (*logSigners, error) {
	if secret := os.Getenv(logSecret); secret != "" {
		l, err := parseLogKeys(secret)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", logSecret, err)
		}
		return l, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key of the public log: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key of the public log in %s can be read by others (mode %o): run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	l, err := parseLogKeys(string(data))
	if err != nil {
		return nil, fmt.Errorf("key of the public log in %s: %w", path, err)
	}
	return l, nil
}

// openLogKeys reads the log's keys, and makes one when there is none.
func openLogKeys(path, name string) (*logSigners, error) {
	l, err := readLogKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return l, err
	}
	skey, _, err := signing.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("make a key of the public log: %w", err)
	}
	// Of two nodes that start on one disk in the same moment one makes the key.
	if err := linkSecret(path, []byte(logKeysHead+skey+"\n")); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make a key of the public log: %w; name a writable place with --log-key", err)
	}
	return readLogKeys(path)
}

// writeSecret writes a file whole or not at all, which nobody else may read.
func writeSecret(path string, body []byte) error { return placeSecret(path, body, os.Rename) }

// linkSecret is writeSecret of a file that must not exist.
func linkSecret(path string, body []byte) error { return placeSecret(path, body, os.Link) }

func placeSecret(path string, body []byte, place func(from, to string) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone if it took its name
	_, err = file.Write(body)
	if err := errors.Join(err, file.Chmod(0o600), file.Sync(), file.Close()); err != nil {
		return err
	}
	return place(file.Name(), path)
}

const logKeysHead = "# Terang: secret key of the public log. Back it up; who has it can sign what is no log of this journal.\n"

// addLogKey writes a key behind those that the file has.
func addLogKey(path, skey string) (*logSigners, error) {
	had, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		had, err = []byte(logKeysHead), nil
	}
	if err == nil {
		err = writeSecret(path, append(had, skey+"\n"...))
	}
	if err != nil {
		return nil, fmt.Errorf("key of the public log: %w; name a writable place with --log-key", err)
	}
	return readLogKeys(path)
}

func parseLogKeys(text string) (*logSigners, error) {
	l := new(logSigners)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for _, skey := range strings.Fields(line) {
			signer, err := signing.NewSigner(skey)
			if err != nil {
				return nil, fmt.Errorf("a line is no secret key as terang log keys new makes it: %w", err)
			}
			vkey, err := vkeyOf(skey)
			if err != nil {
				return nil, err
			}
			if len(l.signers) > 0 && l.signers[0].Name() != signer.Name() {
				return nil, fmt.Errorf("keys of two logs, %s and %s, stand in one place", l.signers[0].Name(), signer.Name())
			}
			if !slices.Contains(l.vkeys, vkey) {
				l.signers, l.vkeys = append(l.signers, signer), append(l.vkeys, vkey)
			}
		}
	}
	if len(l.signers) == 0 {
		return nil, errors.New("it holds no key")
	}
	return l, nil
}

// vkeyOf is the public key of a secret one, in the form of C2SP signed-signing.
func vkeyOf(skey string) (string, error) {
	parts := strings.SplitN(skey, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 5 || len(raw) != 1+ed25519.SeedSize {
		return "", errors.New("it is no Ed25519 key")
	}
	return signing.NewEd25519VerifierKey(parts[2], ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey))
}

// logName is what a log is called that nobody has named: by the address that people use,
// or by chance.
func logName(address *url.URL) (string, error) {
	if address != nil {
		return address.Host + "/log", nil
	}
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name the public log: %w", err)
	}
	return "terang.invalid/log-" + hex.EncodeToString(b[:]), nil
}
