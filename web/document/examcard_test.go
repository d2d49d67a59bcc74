package document

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"testing"
	"time"
)

func examCards(t *testing.T) *ExamCards {
	t.Helper()
	var face bytes.Buffer
	if err := jpeg.Encode(&face, image.NewGray(image.Rect(0, 0, 480, 640)), nil); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("Pemeriksaan berkas dan badan dilakukan sebelum masuk ruang tunggu steril. ", 2)
	return &ExamCards{
		Head: head(), Bring: []string{"KTP elektronik asli.", "Kartu peserta ini."}, Rules: []string{long, "Pelanggaran dapat berakibat diskualifikasi."}, Version: 4, Lookup: "https://ujian.example.go.id/lokasi-saya",
		Cards: []ExamCard{
			{
				Number: "26401-110-000417", Name: "I Gusti Ayu Agung Maria Yosefina Nahak-Tallo Łukasiewicz, S.Pd., M.Si.", Photo: face.Bytes(), Site: "UPT BKN Kupang",
				Address: "Jalan W.J. Lalamentik 12, Oebobo, Kupang", Room: "Ruang A", Sitting: "Sesi 2", Start: time.Date(2026, 11, 22, 10, 30, 0, 0, wita), QR: "TERANG:skd-ntt:26401-110-000417",
			},
			{Number: "26401-110-000418", Name: "Budi", Site: "UPT BKN Kupang", QR: "TERANG:skd-ntt:26401-110-000418"},
		},
	}
}

func TestAnExamCardSaysWhoWhereAndWhenOnOnePage(t *testing.T) {
	c := examCards(t)
	pages := text(t, c.WritePDF)
	if len(pages) != len(c.Cards) {
		t.Fatalf("%d pages for %d cards", len(pages), len(c.Cards))
	}
	flat := strings.Join(strings.Fields(pages[0]), " ")
	for _, want := range []string{
		"KARTU PESERTA UJIAN", "26401-110-000417", "Minggu, 22 November 2026", "Pukul 10.30 WITA", "Sesi 2", "UPT BKN Kupang", "Jalan W.J. Lalamentik 12, Oebobo, Kupang", "Ruang A",
		"1. KTP elektronik asli.", "2. Pelanggaran dapat berakibat diskualifikasi.", "daftar peserta versi 4", c.Lookup, "Halaman 1 dari 2",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("it lacks %q:\n%s", want, pages[0])
		}
	}
	if !strings.Contains(flat, "Łukasiewicz") || strings.Contains(flat, "SEMENTARA") {
		t.Errorf("%s", flat)
	}
	if !strings.Contains(pages[1], "Belum ditempatkan") || !strings.Contains(pages[1], "Foto 3 × 4") {
		t.Errorf("who has no sitting and no photo: %s", pages[1])
	}
	c.Rehearsal = true
	if again := text(t, c.WritePDF); !strings.Contains(again[0], "GLADI") {
		t.Error("a rehearsal's card does not say so")
	}
}

func TestTheSameCardsGiveTheSameBytes(t *testing.T) {
	first := made(t, examCards(t).WritePDF)
	if !bytes.Equal(first, made(t, examCards(t).WritePDF)) {
		t.Error("the same cards gave other bytes")
	}
	if !bytes.Contains(first, []byte("/DCTDecode")) {
		t.Error("the photo is not in the file")
	}
	if err := (&ExamCards{Head: head()}).WritePDF(new(bytes.Buffer)); err == nil {
		t.Error("cards of nobody are printed")
	}
	broken := examCards(t)
	broken.Cards[0].Photo = []byte("no picture")
	if err := broken.WritePDF(new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "26401-110-000417") {
		t.Errorf("a broken photo: %v", err)
	}
}
