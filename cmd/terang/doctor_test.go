package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/storetest"
	"terang/proctor"
)

// The sample's file, made for one person to rehearse with, is where real exams begin: what it
// leaves off is named before the day, of a rehearsal it is not.
func TestTheDoctorNamesWhatOnePersonCouldDoAlone(t *testing.T) {
	t.Parallel()
	exam := func(code string, separate, vouched, rehearsal bool) *engine.Definition {
		d := &engine.Definition{Code: code, Rehearsal: rehearsal}
		d.Policy.SeparateIdentity, d.Policy.VouchedStaff = separate, vouched
		return d
	}
	said := lenient([]*engine.Definition{exam("strict", true, true, false), exam("sample", false, false, false), exam("gladi", false, false, true), exam("half", true, false, false)})
	if len(said) != 2 || !strings.Contains(said[0], "sample has separate_identity and vouched_staff off") || !strings.Contains(said[1], "half has vouched_staff off") {
		t.Errorf("%q", said)
	}
}

// The doctor finds a damaged page, looks beside a process that writes too, and calls no file
// whole that it has not looked through.
func TestTheDoctorLooksThroughTheFile(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 4, 2)
	s, err := stores.Open(h.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	pages := func(c doctorCmd) (said finding) {
		c.Flags = h.flags()
		for _, f := range c.journal(t.Context()) {
			if strings.HasPrefix(f.what, "pages: ") {
				said = f
			}
		}
		return said
	}
	if f := pages(doctorCmd{Pages: time.Minute}); !f.ok || f.what != "pages: all are whole" {
		t.Errorf("beside a process that writes: %+v", f)
	}
	if f := pages(doctorCmd{Pages: 1}); !f.ok || !strings.Contains(f.what, "not all were seen") {
		t.Errorf("in a nanosecond: %+v", f)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	file, err := os.OpenFile(s.Path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.WriteAt(bytes.Repeat([]byte{0xff}, page), size-page)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	f := pages(doctorCmd{})
	if f.ok || !strings.Contains(f.what, s.Path) || !strings.Contains(f.what, "the file is damaged, restore a backup") || !strings.Contains(f.remedy, "last backup") {
		t.Errorf("with a damaged page: %+v", f)
	}
}

// A server does not start where computers of candidates would be believed like proxies, and the doctor
// tells beforehand. A board server does not either, of what it knows of them.
func TestNoServerBelievesCandidatesComputersWhereTheyStand(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 4, 2)
	s, err := stores.Open(h.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	people := proctor.NewPeople(s.Register)
	if err := people.LoadAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	def := people.Exam(stores.SampleCode)
	def.Sites[0].Networks = []string{"10.20.0.0/16"}
	file, err := def.File()
	if err == nil {
		_, err = people.SaveExam(t.Context(), file)
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for proxy, refused := range map[string]bool{"10.0.0.0/8": true, "10.0.0.7/32": false} {
		s, err := stores.Open(h.journal, true)
		if err != nil {
			t.Fatal(err)
		}
		serve := serveCmd{Flags: h.flags(), TrustProxy: []string{proxy}}
		_, err = serve.openOn(t.Context(), s, nil, 0, slog.New(slog.DiscardHandler))
		var wrong usage.Error
		if errors.As(err, &wrong) != refused || err != nil && !strings.Contains(err.Error(), "10.20.0.0/16") {
			t.Errorf("a server with --trust-proxy %s: %v", proxy, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprint((&doctorCmd{Flags: h.flags(), TrustProxy: []string{proxy}}).journal(t.Context()))
		if strings.Contains(said, "has computers of candidates in it") != refused {
			t.Errorf("the doctor with --trust-proxy %s: %s", proxy, said)
		}
		board := boardServe{sourceFlags: sourceFlags{From: "https://ujian.example.go.id"}, Refuse: []string{"10.20.0.0/16"}, TrustProxy: []string{proxy}}
		if _, err := board.parts(); errors.As(err, &wrong) != refused {
			t.Errorf("a board server with --trust-proxy %s: %v", proxy, err)
		}
	}
}

// The doctor is asked before a newer program takes over a database that others serve from: it
// makes no tables and changes none.
func TestTheDoctorLeavesADatabaseAsItIs(t *testing.T) {
	t.Parallel()
	pg := storetest.Postgres(t)
	dsn := pg.Fresh(t, "exam")
	c := doctorCmd{Flags: stores.Flags{Journal: dsn}}
	said := func() string { return fmt.Sprint(c.journal(t.Context())) }
	for range 2 {
		if s := said(); !strings.Contains(s, "the database has no tables yet") || !strings.Contains(s, "schema 0 of ") {
			t.Errorf("of an empty database: %s", s)
		}
	}
	s, err := stores.Open(dsn, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	pg.Tool(t, "psql", "-X", "-q", "-d", dsn, "-c", "delete from terang.schema_version where version > 1")
	if s := said(); !strings.Contains(s, "it has schema 1, this program reads ") || !strings.Contains(s, "A newer program") || !strings.Contains(s, "schema 1 of ") {
		t.Errorf("of an earlier program's tables: %s", s)
	}
}
