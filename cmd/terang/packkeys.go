package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/output"
	"terang/cmd/terang/usage"
	"terang/questionbank/pack"
)

// workFactor is what a passphrase costs to try: half a second and 256 MiB. Files of others
// that ask for more are refused, or one of them could take all memory.
const workFactor = 18

type bankKeys struct {
	New bankKeysNew `cmd:"" help:"Make an identity for a site or a key-holder, or with --publisher the key that packs are signed with."`
}

type bankKeysNew struct {
	Name       string `arg:"" help:"Whose it is: one word, as records name them."`
	Publisher  bool   `help:"Make the key that packs and notices are signed with."`
	Passphrase bool   `help:"Lock the identity with a passphrase; it is asked, or read from TERANG_KEY_PASSPHRASE."`
	Out        string `default:"." help:"Folder for the two files." type:"existingdir"`
}

var oneWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// Run makes a key: a secret file, which stays where it is, and a public one.
func (c *bankKeysNew) Run() error {
	if !oneWord.MatchString(c.Name) {
		return usage.Errorf("name %q: write one word of letters, digits, . _ -", c.Name)
	}
	secretName, publicName, whom := c.Name+".key", c.Name+".pub", "who seals packs"
	hidden, open, err := []byte(nil), "", error(nil)
	if c.Publisher {
		secretName, publicName, whom = c.Name+".sign", c.Name+".verify", "everybody who opens packs"
		var skey string
		skey, open, err = signing.GenerateKey(rand.Reader, c.Name)
		hidden = []byte(skey + "\n")
	} else {
		hidden, open, err = c.identity()
	}
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if err := output.New(filepath.Join(c.Out, secretName), hidden); err != nil {
		return err
	}
	if err := output.New(filepath.Join(c.Out, publicName), []byte(open+"\n")); err != nil {
		return err
	}
	fmt.Printf("%s: secret, keep it and a copy apart from it\n%s: give it to %s\n%s\n", secretName, publicName, whom, open)
	return nil
}

// identity makes an age identity file, and the line that names its recipient.
func (c *bankKeysNew) identity() (hidden []byte, open string, err error) {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, "", err
	}
	open = c.Name + " " + k.Recipient().String()
	text := "# Terang: identity of " + c.Name + "\n# public key: " + k.Recipient().String() + "\n" + k.String() + "\n"
	if !c.Passphrase {
		return []byte(text), open, nil
	}
	words, err := secret("TERANG_KEY_PASSPHRASE", "Passphrase for "+c.Name)
	if err != nil {
		return nil, "", err
	}
	lock, err := age.NewScryptRecipient(words)
	if err != nil {
		return nil, "", err
	}
	lock.SetWorkFactor(workFactor)
	var out bytes.Buffer
	a := armor.NewWriter(&out)
	w, err := age.Encrypt(a, lock)
	if err != nil {
		return nil, "", err
	}
	_, err = w.Write([]byte(text))
	err = errors.Join(err, w.Close(), a.Close())
	return out.Bytes(), open, err
}

// readIdentities reads the identity files of sites or key-holders.
func readIdentities(paths []string) ([]age.Identity, error) {
	var all []age.Identity
	for _, path := range paths {
		body, err := os.ReadFile(path) //nolint:gosec // the file that the person names
		if err != nil {
			return nil, fmt.Errorf("--identity: %w", err)
		}
		if strings.HasPrefix(string(body), armor.Header) {
			if body, err = unlock(path, body); err != nil {
				return nil, fmt.Errorf("--identity %s: %w", path, err)
			}
		}
		ids, err := age.ParseIdentities(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("--identity %s: %w; give the .key file of terang bank keys new, or of age-keygen", path, err)
		}
		all = append(all, ids...)
	}
	return all, nil
}

// unlock opens an identity file that is locked with a passphrase.
func unlock(path string, body []byte) ([]byte, error) {
	words, err := secret("TERANG_KEY_PASSPHRASE", "Passphrase of "+path)
	if err != nil {
		return nil, err
	}
	lock, err := age.NewScryptIdentity(words)
	if err != nil {
		return nil, err
	}
	lock.SetMaxWorkFactor(workFactor)
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(body)), lock)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	_, err = out.ReadFrom(r)
	return out.Bytes(), err
}

// keyLines reads a file of "NAME age1…" lines; a line may be the recipient alone.
func keyLines(path string) ([]pack.Holder, error) {
	body, err := os.ReadFile(path) //nolint:gosec // the file that the person names
	if err != nil {
		return nil, err
	}
	var all []pack.Holder
	n := 0
	for line := range strings.Lines(string(body)) {
		n++
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case len(words) == 1:
			all = append(all, pack.Holder{Recipient: words[0]})
		case len(words) == 2:
			all = append(all, pack.Holder{Name: words[0], Recipient: words[1]})
		default:
			return nil, fmt.Errorf("%s:%d: write NAME age1…, as the .pub file of terang bank keys new", path, n)
		}
	}
	return all, nil
}

func readSigner(path string) (signing.Signer, error) {
	body, err := os.ReadFile(path) //nolint:gosec // the file that the person names
	if err != nil {
		return nil, fmt.Errorf("--sign: %w", err)
	}
	s, err := signing.NewSigner(strings.TrimSpace(string(body)))
	if err != nil {
		return nil, fmt.Errorf("--sign %s: %w; give the .sign file of terang bank keys new --publisher", path, err)
	}
	return s, nil
}

func readVerifier(path string) (signing.Verifier, error) {
	body, err := os.ReadFile(path) //nolint:gosec // the file that the person names
	if err != nil {
		return nil, fmt.Errorf("--publisher: %w", err)
	}
	v, err := signing.NewVerifier(strings.TrimSpace(string(body)))
	if err != nil {
		return nil, fmt.Errorf("--publisher %s: %w; give the .verify file of terang bank keys new --publisher", path, err)
	}
	return v, nil
}
