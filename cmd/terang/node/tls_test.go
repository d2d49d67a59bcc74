package node

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func own(t *testing.T, prefix, host string, now time.Time) (*Certificate, bool) {
	t.Helper()
	c, made, err := OwnCertificate(prefix, &url.URL{Scheme: "https", Host: host}, now)
	if err != nil {
		t.Fatal(err)
	}
	return c, made
}

// Computers are told once to trust a server's own certificate: a start, or another node that
// has the files, must not come with another one. A page could not go on after a restart.
func TestAnOwnCertificateIsMadeOnce(t *testing.T) {
	t.Parallel()
	prefix, now := filepath.Join(t.TempDir(), "ujian.db.keys.tls"), time.Now()
	first, made := own(t, prefix, "ujian.example.go.id:8443", now)
	again, remade := own(t, prefix, "ujian.example.go.id", now.Add(300*24*time.Hour))
	if !made || remade || first.Fingerprint(now) != again.Fingerprint(now) {
		t.Errorf("made %t, then %t; %s, then %s", made, remade, first.Fingerprint(now), again.Fingerprint(now))
	}
	if info, err := os.Stat(prefix + ".key"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info, err)
	}
	for why, c := range map[string]struct {
		host string
		at   time.Time
	}{"another address": {"10.0.0.5", now}, "the last two weeks": {"ujian.example.go.id", now.Add(ownLife - expiring + time.Minute)}} {
		if next, made := own(t, prefix, c.host, c.at); !made || next.Fingerprint(c.at) == first.Fingerprint(now) || next.Doubt(&url.URL{Host: c.host}, c.at) != "" {
			t.Errorf("%s: made %t, %q", why, made, next.Doubt(&url.URL{Host: c.host}, c.at))
		}
	}
}

// A certificate that is renewed while a server runs is taken over; one that is half written
// is not.
func TestARenewedCertificateIsTakenOver(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	path := func(name string) string { return filepath.Join(dir, name) }
	own(t, path("old"), "ujian.example.go.id", now)
	own(t, path("new"), "ujian.example.go.id", now)
	put := func(from, to string, at time.Time) {
		body, err := os.ReadFile(path(from))
		if err == nil {
			err = os.WriteFile(path(to), body, 0o600)
		}
		if err == nil {
			err = os.Chtimes(path(to), at, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("old.crt", "site.pem", now)
	put("old.key", "site.key", now)
	c, err := LoadCertificate(path("site.pem"), path("site.key"))
	if err != nil {
		t.Fatal(err)
	}
	first := c.current(now).Certificate[0]
	put("new.crt", "site.pem", now.Add(time.Hour))
	if half := c.current(now.Add(time.Hour)).Certificate[0]; !bytes.Equal(half, first) {
		t.Error("a certificate without its key was taken")
	}
	put("new.key", "site.key", now.Add(time.Hour))
	if soon := c.current(now.Add(time.Hour + time.Second)).Certificate[0]; !bytes.Equal(soon, first) {
		t.Error("the files are read at each connection")
	}
	if later := c.current(now.Add(time.Hour + renewEvery)).Certificate[0]; bytes.Equal(later, first) {
		t.Error("the renewed certificate was not taken")
	}
}

func TestACertificateIsDoubtedBeforeBrowsersDo(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c, _ := own(t, filepath.Join(t.TempDir(), "site"), "ujian.example.go.id", now)
	for _, test := range []struct {
		host string
		at   time.Time
		want string
	}{
		{"ujian.example.go.id", now, ""},
		{"ujian.example.go.id:8443", now, ""},
		{"exam.example.go.id", now, "not for it but for [ujian.example.go.id]"},
		{"ujian.example.go.id", now.Add(ownLife - expiring + time.Minute), "expires on"},
		{"ujian.example.go.id", now.Add(ownLife + time.Minute), "has expired"},
	} {
		got := c.Doubt(&url.URL{Scheme: "https", Host: test.host}, test.at)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s at %v: %q, want %q", test.host, test.at, got, test.want)
		}
	}
}
