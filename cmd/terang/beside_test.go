package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"terang/cmd/terang/stores"
)

// Beside a server a command that records something names the page that does the same there: during
// an exam nobody is told to end the server first.
func TestBesideAServerACommandNamesThePage(t *testing.T) {
	t.Parallel()
	flags := officeFlags{Flags: stores.Flags{Journal: "sqlite:" + filepath.Join(t.TempDir(), "terang.db")}, As: "kepala"}
	held, err := stores.Open(flags.Journal, true)
	check(t, err)
	defer func() { check(t, held.Close()) }()
	for page, c := range map[string]interface{ Run(context.Context) error }{
		"/audit":               &auditCmd{officeFlags: flags},
		"/persetujuan":         &proposalsCmd{officeFlags: flags},
		"/daftar-peserta/skd":  &examCards{officeFlags: flags, Exam: "skd"},
		"/daftar-peserta/skd ": &examRoster{officeFlags: flags, Exam: "skd", Export: "-"},
		"/meja/skd.s1":         &actCmd{officeFlags: flags, Sitting: "skd.s1", Action: "start"},
		"/hasil-ujian/skd":     &resultsFreeze{decideFlags: decideFlags{officeFlags: flags, Exam: "skd", Reason: "pleno"}},
		"/sanggahan-ujian/skd": &objectionsShow{caseFlags{officeFlags: flags, Exam: "skd", Number: "1"}},
		"/staf":                &staffRecovery{officeFlags: flags},
	} {
		err := c.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "open "+strings.TrimSpace(page)+" there") || strings.Contains(err.Error(), "stop that process first") {
			t.Errorf("%T beside a server: %v", c, err)
		}
	}
}
