package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine/memstore"
	"terang/proctor"
)

// The files that README's steps copy are for the exam that README's steps make.
func TestTheSampleFilesFitTheSampleExam(t *testing.T) {
	open := func(name string) *os.File {
		f, err := os.Open(filepath.Join("..", "..", "testdata", "sample", name))
		check(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	d, err := create.SampleDefinition(60, time.Now(), false)
	check(t, err)
	formations, faults := proctor.ParseFormations(open("formasi.csv"))
	if len(faults) > 0 || len(formations) == 0 {
		t.Fatal(faults)
	}
	st, err := stores.Open("sqlite:"+filepath.Join(t.TempDir(), "t.db"), true)
	check(t, err)
	defer func() { check(t, st.Close()) }()
	accounts := proctor.NewAccounts(st.Register, memstore.New(), proctor.NewLog(st.Journal, proctor.Direct(st.Journal)), nil)
	exams := proctor.NewPeople(st.Register)
	file, err := d.File()
	check(t, err)
	_, err = exams.SaveExam(t.Context(), file)
	check(t, err)
	check(t, exams.ImportFormations(t.Context(), proctor.NewLog(st.Journal, proctor.Direct(st.Journal)), proctor.Setup, stores.Now(), d.Code, formations, nil))
	roster, err := io.ReadAll(open("peserta.csv"))
	check(t, err)
	office := proctor.NewOffice(st.Register, accounts, proctor.NewPairs(st.Register, accounts, exams, nil, stores.Now))
	change, faults, err := office.PreviewRoster(t.Context(), proctor.SetupAccount(), d.Code, proctor.RosterRequest{File: string(roster)})
	check(t, err)
	if len(faults) > 0 || len(change.Added) == 0 {
		t.Fatal(faults)
	}
	done, faults, err := accounts.Import(t.Context(), proctor.Signers{By: proctor.SetupAccount()}, open("pengawas.csv"), stores.Now())
	check(t, err)
	if len(faults) > 0 || done.Added < 3 {
		t.Fatal(done, faults)
	}
}
