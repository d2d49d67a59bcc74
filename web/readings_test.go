package web

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// Whoever looks at a face, of the registration or of the check-in, has looked: also after it
// was taken.
func TestWhoSeesACheckinPhotoIsRecorded(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.CheckinPhoto = true }})
	one, two := h.officer("citra", proctor.Verifier), h.officer("dewi", proctor.Verifier)
	who := number(1, 1)
	h.checkin(room1, who)
	path := "/api/v1/sittings/" + room1 + "/checkin-photos/" + who
	if status, _, _ := two.call(http.MethodGet, path, nil); status != 404 || h.read("dewi", proctor.ReadPhoto) != 0 {
		t.Errorf("no photo is there: %d, %d readings", status, h.read("dewi", proctor.ReadPhoto))
	}
	var picture bytes.Buffer
	h.must(jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 16, 16)), nil))
	req, err := http.NewRequestWithContext(h.Context(), http.MethodPost, h.http.URL+path+"?op="+uuid.NewString(), &picture)
	h.must(err)
	res, err := one.client.Do(req)
	h.must(err)
	h.must(res.Body.Close())
	if status, _, _ := two.call(http.MethodGet, strings.ReplaceAll(path, who, strings.ReplaceAll(who, "-", "")), nil); status != 200 {
		t.Fatal(status)
	}
	views := h.views("dewi")
	if len(views) == 0 {
		t.Fatal("nothing is recorded")
	}
	if last := views[len(views)-1]; last.Act != proctor.ReadPhoto || last.Sitting != room1 || last.Number != who {
		t.Errorf("%+v", views)
	}
}

// A file that changes everybody shows everybody as they stand; each time is recorded, on the
// page and for programs. A file that changes nobody shows nobody.
func TestWhoIsShownTheRosterBesideAFileIsRecorded(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	b := h.administrator()
	const page, api = "/daftar-peserta/" + examCode, "/api/v1/exams/" + examCode + "/roster/preview"
	same := string(h.people.Roster(examCode))
	file := strings.ReplaceAll(same, "Peserta ", "Nama ")
	for i, c := range []struct {
		file string
		want int
	}{{same, 0}, {file, 2}, {file, 4}} {
		_, html := b.sendFile(page, "daftar.csv", []byte(c.file), nil)
		_, got := b.post(api, body{"file": c.file})
		if shown := strings.Contains(html, "<del>Peserta ") && strings.Contains(fmt.Sprint(got), "Peserta "); shown != (c.file == file) {
			t.Fatalf("file %d: %s %v", i, html, got)
		}
		if n := h.read("kepala", proctor.ReadRoster); n != c.want {
			t.Errorf("file %d: %d readings are recorded, want %d", i, n, c.want)
		}
	}
}

// A desk is told where somebody of its exam belongs, and that is recorded with the number;
// whoever is of another exam is nobody there.
func TestADeskAsksForNobodyOfAnotherExam(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	other := definition(built{})
	other.Code, other.Title = "skb-lain", "SKB Lain"
	file, err := other.File()
	h.must(err)
	_, err = h.people.SaveExam(h.Context(), file)
	h.must(err)
	h.must(h.people.Save(h.Context(), other.Code, []proctor.Person{{Number: "77-1-1", Name: "Orang Lain", BirthDate: "1990-02-02", Site: "timur", Sitting: "s3"}}, nil))
	b := h.officer("vera", proctor.Verifier)
	find := func(q string) (here, elsewhere []any) {
		_, got := b.get("/api/v1/sittings/" + room1 + "/find?q=" + q)
		return got.list("here"), got.list("elsewhere")
	}
	for _, q := range []string{"77-1-1", "TERANG:skb-lain:77-1-1", "TERANG::77-1-1"} {
		if here, elsewhere := find(q); len(here)+len(elsewhere) != 0 {
			t.Errorf("%s: %v %v", q, here, elsewhere)
		}
	}
	if _, elsewhere := find("TERANG:" + examCode + ":" + number(2, 1)); len(elsewhere) != 1 {
		t.Errorf("%v", elsewhere)
	}
	views := h.views("vera")
	if last := views[len(views)-1]; last.Act != proctor.ReadRoom || last.Sitting != room1 || last.Number != number(2, 1) {
		t.Errorf("%+v", views)
	}
}
