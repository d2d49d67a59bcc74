package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"terang/cmd/terang/output"
)

// Certificate is how a node answers over TLS: a certificate and its key in two files, which
// whoever renews them replaces while it serves.
type Certificate struct {
	cert, key string // files
	config    *tls.Config

	mu   sync.Mutex
	pair *tls.Certificate
	read time.Time // when the files were looked at last
	of   time.Time // when the certificate's file was changed that pair is of
}

// renewEvery is how often the files of a certificate are looked at.
const renewEvery = time.Minute

// LoadCertificate reads a certificate with its chain, and its key, both in PEM form.
func LoadCertificate(cert, key string) (*Certificate, error) {
	c := &Certificate{cert: cert, key: key}
	c.config = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(time.Now()), nil }}
	if err := c.load(time.Now()); err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return c, nil
}

func (c *Certificate) load(now time.Time) error {
	c.read = now
	info, err := os.Stat(c.cert)
	if err != nil {
		return err
	}
	if c.pair != nil && info.ModTime().Equal(c.of) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	c.pair, c.of = &pair, info.ModTime()
	return nil
}

// current is the certificate of the files as they are. While a new one is only half written
// the old one goes on.
func (c *Certificate) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.read) >= renewEvery {
		_ = c.load(now)
	}
	return c.pair
}

// expiring is how long before its end a certificate is worth a word: a selection goes on for weeks.
const expiring = 14 * 24 * time.Hour

// Doubt says why browsers would not, or soon not, trust the certificate at the address that
// people type: what an operator has to mend, "" if nothing. Who issued it, it does not judge.
func (c *Certificate) Doubt(address *url.URL, now time.Time) string {
	leaf := c.current(now).Leaf
	switch host := address.Hostname(); {
	case host != "" && leaf.VerifyHostname(host) != nil:
		return fmt.Sprintf("people type %s, and the certificate is not for it but for %v %v", host, leaf.DNSNames, leaf.IPAddresses)
	case now.After(leaf.NotAfter):
		return "the certificate has expired on " + leaf.NotAfter.Format(time.RFC3339)
	case now.Add(expiring).After(leaf.NotAfter):
		return "the certificate expires on " + leaf.NotAfter.Format(time.RFC3339)
	}
	return ""
}

// Fingerprint is the SHA-256 of the certificate in hex, as browsers show it.
func (c *Certificate) Fingerprint(now time.Time) string {
	sum := sha256.Sum256(c.current(now).Certificate[0])
	return hex.EncodeToString(sum[:])
}

// ownLife is how long a certificate holds that we make: one selection, and what follows it.
const ownLife = 365 * 24 * time.Hour

// OwnCertificate is a certificate for the address that people use, in PREFIX.crt and PREFIX.key.
// It is made when there is none or when that is for another address or expires within two
// weeks; else every start, and every server that has the two files, answers with the same one:
// each computer of a site is told once to trust it.
func OwnCertificate(prefix string, address *url.URL, now time.Time) (c *Certificate, made bool, err error) {
	cert, key := prefix+".crt", prefix+".key"
	c, err = LoadCertificate(cert, key)
	if err == nil && c.Doubt(address, now) == "" {
		return c, false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	if err := makeOwn(cert, key, address.Hostname(), now); err != nil {
		return nil, false, fmt.Errorf("--tls self: %w", err)
	}
	c, err = LoadCertificate(cert, key)
	return c, true, err
}

func makeOwn(cert, key, host string, now time.Time) error {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: host, Organization: []string{"Terang"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(ownLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, secret.Public(), secret)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		return err
	}
	if err := output.Private(key, output.Bytes(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))); err != nil {
		return err
	}
	return output.Public(cert, output.Bytes(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}
