package main

import (
	"encoding/csv"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// At a terminal the committee lists what is due first, answers what it may, and is told who
// may answer the rest; the reading of a case is recorded.
func TestObjectionsAtATerminal(t *testing.T) {
	journal := "sqlite:" + filepath.Join(t.TempDir(), "terang.db")
	flags := stores.Flags{Journal: journal}
	s, err := stores.Open(journal, true)
	check(t, err)
	keys, err := stores.OpenKeys(flags.KeyPath())
	check(t, err)
	d, err := create.SampleDefinition(2, time.Now(), false)
	check(t, err)
	check(t, create.SampleOf(t.Context(), s, keys, proctor.Setup, d, 2))
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	accounts := proctor.NewAccounts(s.Register, nil, log, keys)
	const secret = "kata sandi yang panjang"
	for user, role := range map[string]proctor.Role{"kepala": proctor.Admin, "ketua": proctor.Committee, "wakil": proctor.Committee} {
		check(t, accounts.Add(t.Context(), proctor.Setup, proctor.Account{User: user, Grants: proctor.Everywhere(role)}, secret, stores.Now()))
	}
	who := people(t, s)[0]
	at := stores.Now()
	check(t, log.Append(t.Context(), engine.AttemptStream+who.Attempt, engine.Event{Kind: engine.TimeGiven, At: at, By: "ketua", MS: 1000, Why: "power"}))
	check(t, log.Append(t.Context(), engine.ObjectionStream+d.Code,
		engine.Event{Kind: engine.ObjectionFiled, At: at, By: "candidate", Number: who.Number, Act: engine.ObjectStaff, To: at + 9_000_000},
		engine.Event{Kind: engine.ObjectionFiled, At: at, By: "candidate", Number: who.Number, Act: engine.ObjectTime, To: at + 1}))
	check(t, s.Close())

	list := func() string {
		return printed(t, func() { check(t, (&objectionsList{Flags: flags, Exam: d.Code}).Run(t.Context())) })
	}
	if rows := strings.Split(list(), "\n"); len(rows) != 4 || !strings.Contains(rows[1], "/0002") || !strings.Contains(rows[1], "(late)") || !strings.Contains(rows[2], "/0001") {
		t.Errorf("%q", rows)
	}
	t.Setenv("TERANG_PASSWORD", secret)
	decide := func(user, number string) (string, error) {
		var err error
		c := objectionsDecide{caseFlags: caseFlags{officeFlags: officeFlags{Flags: flags, As: user}, Exam: d.Code, Number: number}, Decision: proctor.ObjectionPartly, Reason: "sebagian"}
		return printed(t, func() { err = c.Run(t.Context()) }), err
	}
	said, err := decide("ketua", "2")
	if !errors.Is(err, proctor.ObjectionApart) || !strings.Contains(said, "may answer: wakil") {
		t.Errorf("who acted: %v %s", err, said)
	}
	if _, err := decide("kepala", "2"); err == nil || !strings.Contains(err.Error(), "needs a grant") {
		t.Errorf("without the right: %v", err)
	}
	if _, err := decide("wakil", "2/x"); err == nil {
		t.Error("no number was taken")
	}
	if _, err := decide("wakil", "2026/other/0002"); err == nil || !strings.Contains(err.Error(), "of exam other") {
		t.Errorf("of another exam: %v", err)
	}
	_, err = decide("wakil", "2")
	check(t, err)
	if _, err := decide("wakil", "2"); !errors.Is(err, engine.WrongState) {
		t.Errorf("twice: %v", err)
	}
	show := objectionsShow{caseFlags{officeFlags: officeFlags{Flags: flags, As: "wakil"}, Exam: d.Code, Number: "2"}}
	said = printed(t, func() { check(t, show.Run(t.Context())) })
	for _, want := range []string{"partly by wakil", "sebagian", "not ketua: acted attempt", "TimeGiven"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	// What the candidate is to be told, for the authority's own mailing.
	notices := func(c resultsNotices) string {
		c.officeFlags, c.Exam, c.Format = officeFlags{Flags: flags, As: "wakil"}, d.Code, "csv"
		return printed(t, func() { check(t, c.Run(t.Context())) })
	}
	rows, err := csv.NewReader(strings.NewReader(notices(resultsNotices{}))).ReadAll()
	check(t, err)
	const see, seeEN = " Lihat /hasil-saya dengan nomor, tanggal lahir, dan kode hasil.", " See /hasil-saya with number, birth date and results code."
	number := at.Time().Format("2006") + "/" + d.Code + "/0002"
	want := [][]string{
		{"number", "kind", "at", "text", "text_en"},
		{who.Number, "given", at.String(), "Waktu ujian diubah petugas: 0:01 (menit:detik). Gangguan listrik" + see, "Staff changed the time: 0:01 (min:sec). Power failure" + seeEN},
		{who.Number, "objection", "", "Sanggahan " + number + " dijawab: diterima sebagian." + see, "Objection " + number + " was answered: partly upheld." + seeEN},
	}
	if len(rows) == 3 {
		want[2][2] = rows[2][2]
	}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("%q", rows)
	}
	if later := notices(resultsNotices{Since: rows[2][2]}); later != "number,kind,at,text,text_en\n" {
		t.Errorf("since the last: %q", later)
	}
	s, err = stores.Open(journal, false)
	check(t, err)
	read := streamsOf(t, s.Journal)[engine.AuditStream+"wakil/"+stores.Now().Time().UTC().Format(time.DateOnly)]
	check(t, s.Close())
	if read != 3 {
		t.Errorf("%d readings are recorded, of a case and two files", read)
	}
}
