package workbook

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestATableIsWrittenAndReadBack(t *testing.T) {
	want := [][]string{{"number", "name", "birth_date"}, {"0026-1", "=1+1", "1999-02-28"}, {"7", "Maria \"Ria\" Nahak", ""}}
	var file bytes.Buffer
	if err := Write(&file, "Peserta", want); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = table.Close() }()
	got, err := csv.NewReader(table).ReadAll()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v %v", err, got)
	}
	data, err := Table(file.Bytes())
	again, _ := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Fatalf("in memory: %v %v", err, again)
	}
	plain := []byte("a,b\n1,2\n")
	if data, err := Table(plain); err != nil || !bytes.Equal(data, plain) {
		t.Fatal("a text file is not left as it is", err)
	}
	if _, err := Table([]byte("PK\x03\x04 no archive")); err == nil {
		t.Fatal("a broken workbook is taken")
	}
}
