package main

import (
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
	people, faults := proctor.ParseRoster(open("peserta.csv"), d, formations)
	if len(faults) > 0 || len(people) == 0 {
		t.Fatal(faults)
	}
	st, err := stores.Open("sqlite:"+filepath.Join(t.TempDir(), "t.db"), true)
	check(t, err)
	defer func() { check(t, st.Close()) }()
	accounts := proctor.NewAccounts(st.Register, memstore.New(), proctor.NewLog(st.Journal, proctor.Direct(st.Journal)), nil)
	done, faults, err := accounts.Import(t.Context(), proctor.Signers{By: proctor.SetupAccount()}, open("pengawas.csv"), stores.Now())
	check(t, err)
	if len(faults) > 0 || done.Added < 3 {
		t.Fatal(done, faults)
	}
}
