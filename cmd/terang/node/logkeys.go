package node

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
	"slices"
	"strings"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine/publiclog/keeper"
)

// LogSecret is the environment's way to give the log's secret keys, for machines that have
// no place for a file. --log-key stands in TERANG_LOG_KEY.
const LogSecret = "TERANG_LOG_SECRET" //nolint:gosec // a name

// LogKeyFlag says with which key the public log is signed.
type LogKeyFlag struct {
	LogKey string `help:"Key file of the public log, as terang log keys new makes it; made once. Default: the key file's name with .log after it. The environment may hold the secret itself in TERANG_LOG_SECRET." type:"path" placeholder:"FILE"`
}

// LogFlags are those of a server that keeps a public log.
type LogFlags struct {
	LogKeyFlag
	Witness []string `help:"Public key of a witness that may cosign the public log, as terang witness key prints it; may be given more than once." sep:"none" placeholder:"NAME+ID+KEY"`
}

// Open reads the log's keys, and lets the witnesses in. It returns nil when the log is signed
// already and its key is not here: another key could sign nothing of it.
func (f *LogFlags) Open(ctx context.Context, s *stores.DB, keyPath string, address *url.URL) (*LogSigners, error) {
	for _, vkey := range f.Witness {
		if err := keeper.AddWitness(ctx, s.Register, vkey, stores.Now()); err != nil {
			return nil, usage.Errorf("--witness: %v", err)
		}
	}
	path := f.Path(keyPath)
	signers, err := ReadLogKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return signers, err
	}
	if _, keys, err := keeper.Head(ctx, s.Journal); err != nil || len(keys) > 0 {
		return nil, err
	}
	name, err := LogName(address)
	if err != nil {
		return nil, err
	}
	return OpenLogKeys(path, name)
}

// Path is the file of the log's keys; if none is named, it stands beside the key file.
func (f *LogKeyFlag) Path(keys string) string {
	if f.LogKey != "" {
		return f.LogKey
	}
	return keys + ".log"
}

// LogSigners are the secret keys of a public log. While a key is being replaced there are two.
type LogSigners struct {
	Signers []signing.Signer
	Vkeys   []string
}

// ReadLogKeys reads the log's keys: from the environment, or from the file.
func ReadLogKeys(path string) (*LogSigners, error) {
	if secret := os.Getenv(LogSecret); secret != "" {
		l, err := parseLogKeys(secret)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", LogSecret, err)
		}
		return l, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key of the public log: %w: bring the file from where a server keeps it, or name it with --log-key; where none has started yet, make it with terang keys", err)
	}
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

// OpenLogKeys reads the log's keys, and makes one when there is none.
func OpenLogKeys(path, name string) (*LogSigners, error) {
	l, err := ReadLogKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return l, err
	}
	skey, _, err := signing.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("make a key of the public log: %w", err)
	}
	// Of two nodes that start on one disk in the same moment one makes the key.
	if err := output.New(path, []byte(logKeysHead+skey+"\n")); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make a key of the public log: %w; name a writable place with --log-key, or make it beforehand with terang keys", err)
	}
	return ReadLogKeys(path)
}

const logKeysHead = "# Terang: secret key of the public log. Back it up; who has it can sign what is no log of this journal.\n"

// AddLogKey writes a key behind those that the file has.
func AddLogKey(path, skey string) (*LogSigners, error) {
	had, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		had, err = []byte(logKeysHead), nil
	}
	if err == nil {
		err = output.Private(path, output.Bytes(append(had, skey+"\n"...)))
	}
	if err != nil {
		return nil, fmt.Errorf("key of the public log: %w; name a writable place with --log-key", err)
	}
	return ReadLogKeys(path)
}

func parseLogKeys(text string) (*LogSigners, error) {
	l := new(LogSigners)
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
			if len(l.Signers) > 0 && l.Signers[0].Name() != signer.Name() {
				return nil, fmt.Errorf("keys of two logs, %s and %s, stand in one place", l.Signers[0].Name(), signer.Name())
			}
			if !slices.Contains(l.Vkeys, vkey) {
				l.Signers, l.Vkeys = append(l.Signers, signer), append(l.Vkeys, vkey)
			}
		}
	}
	if len(l.Signers) == 0 {
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

// LogName is what a log is called that nobody has named: by the address that people use,
// or by chance.
func LogName(address *url.URL) (string, error) {
	if address != nil {
		return address.Host + "/log", nil
	}
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name the public log: %w", err)
	}
	return "terang.invalid/log-" + hex.EncodeToString(b[:]), nil
}
