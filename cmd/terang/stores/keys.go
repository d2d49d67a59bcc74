package stores

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"terang/cmd/terang/output"
	"terang/engine/publiclog"
)

// KeyFile is the secret outside the database: from it come the PINs' HMAC key, the
// sittings' secrets and the key under which an exam's seed is kept. Without it a stolen
// backup opens nothing; so it is backed up apart.
type KeyFile struct {
	secret []byte
	path   string
}

// ReadKeys reads the key file of a journal that only is looked at: nothing is made.
func ReadKeys(path string) (*KeyFile, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("read keys: %w; name the file that was made with the journal, by --keys", err)
	}
	return OpenKeys(path)
}

// OpenKeys reads the key file, and makes it when there is none. Beside a database that may have
// something sealed its own OpenKeys is the one to ask.
func OpenKeys(path string) (*KeyFile, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret := make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			return nil, fmt.Errorf("make keys: %w", err)
		}
		text := "# Terang keys. Back this file up apart from the database; whoever has both can read PINs and forms.\n" +
			hex.EncodeToString(secret) + "\n"
		// Of two nodes that start on one disk in the same moment one makes the keys.
		if err := output.New(path, []byte(text)); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make keys: %w; name a writable place with --keys, or make it beforehand with terang keys", err)
		}
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("keys in %s can be read by others (mode %o): run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		secret, err := hex.DecodeString(line)
		if err != nil || len(secret) < 32 {
			return nil, fmt.Errorf("keys in %s: a line of 64 hex digits is needed; restore the file from its backup", path)
		}
		return &KeyFile{secret, path}, nil
	}
	return nil, fmt.Errorf("keys in %s: the file holds no key; restore it from its backup", path)
}

// Derive makes the secret of one use.
func (k *KeyFile) Derive(use string) []byte {
	key, err := hkdf.Key(sha256.New, k.secret, nil, "terang/keys/1\x00"+use, 32)
	if err != nil {
		panic("keys: " + err.Error()) // 32 bytes are within HKDF's bounds
	}
	return key
}

func (k *KeyFile) gcm(use string) cipher.AEAD {
	block, err := aes.NewCipher(k.Derive(use))
	if err != nil {
		panic("keys: " + err.Error()) // the key has 32 bytes
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("keys: " + err.Error())
	}
	return gcm
}

// Seal encrypts what only this key file may open again.
func (k *KeyFile) Seal(use string, plain []byte) []byte {
	return k.gcm(use).Seal(nil, nil, plain, nil) //nolint:gosec // this GCM draws a nonce for each message
}

// Open decrypts what Seal sealed for the same use.
func (k *KeyFile) Open(use string, sealed []byte) ([]byte, error) {
	plain, err := k.gcm(use).Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, ErrOtherKeys
	}
	return plain, nil
}

// LogSalts are the salts of a journal's public log.
func (k *KeyFile) LogSalts() publiclog.Salts { return publiclog.NewSalts(k.Derive("public log")) }
