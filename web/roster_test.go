package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"terang/engine"
	"terang/proctor"
	"terang/scoring/workbook"
)

// sendFile sends a form with a file, as a browser without a script does.
func (b *browser) sendFile(path, name string, body []byte, fields map[string]string) (int, string) {
	b.h.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", name)
	b.h.must(err)
	_, err = part.Write(body)
	b.h.must(err)
	for k, v := range fields {
		b.h.must(m.WriteField(k, v))
	}
	b.h.must(m.Close())
	req, err := http.NewRequestWithContext(b.h.Context(), http.MethodPost, b.h.http.URL+path, &form)
	b.h.must(err)
	req.Header.Set("Content-Type", m.FormDataContentType())
	return b.answer(req)
}

// opens is a page, or a file.
func (b *browser) opens(path string) (int, string) {
	b.h.Helper()
	req, err := http.NewRequestWithContext(b.h.Context(), http.MethodGet, b.h.http.URL+path, nil)
	b.h.must(err)
	return b.answer(req)
}

func (b *browser) answer(req *http.Request) (int, string) {
	b.h.Helper()
	res, err := b.client.Do(req)
	b.h.must(err)
	body, err := io.ReadAll(res.Body)
	b.h.must(err)
	b.h.must(res.Body.Close())
	return res.StatusCode, string(body)
}

func (h *house) administrator() *browser {
	h.Helper()
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "kepala", Name: "Kepala", Grants: proctor.Everywhere(proctor.Admin)}, password, h.hall.Now()))
	b := h.browser()
	b.enters("kepala")
	return b
}

var hidden = regexp.MustCompile(`name="(op|change)" value="([^"]+)"`)

// takes are the hidden fields of the form that takes what is shown.
func takes(t *testing.T, html string) map[string]string {
	t.Helper()
	fields := map[string]string{}
	_, form, _ := strings.Cut(html, `class="panel change"`)
	for _, m := range hidden.FindAllStringSubmatch(form, -1) {
		if fields[m[1]] == "" {
			fields[m[1]] = m[2]
		}
	}
	if fields["op"] == "" || fields["change"] == "" {
		t.Fatalf("nothing can be taken on this page:\n%s", html)
	}
	return fields
}

// From a corrected list to a card: what changes is shown and taken without a script, seats
// are drawn, and the person who was moved is told from where.
func TestARosterIsCorrectedAndTheMovedPersonIsTold(t *testing.T) {
	t.Parallel()
	h := build(t, built{
		more: func(d *engine.Definition) {
			d.Sites[0].Address = "Jalan Merdeka 1, Bandung"
			d.Sittings = append(d.Sittings, engine.SittingDef{Code: "s4", Site: "barat", Room: "ruang-1", Title: "Sesi 4", Start: "2031-11-22T13:00"})
		},
		before: func(h *house) {
			h.must(proctor.NewLog(h.db, proctor.Direct(h.db)).Append(h.Context(), engine.ExamStream+examCode, engine.Event{Kind: engine.SeedCommitted, At: 2, By: "setup", Seed: engine.SHA256("seed")}))
		},
	})
	b := h.administrator()
	const page = "/daftar-peserta/" + examCode
	if status, html := b.opens("/daftar-peserta"); status != 200 || !strings.Contains(html, page) {
		t.Fatalf("%d %s", status, html)
	}
	who := number(1, 3)
	csv := string(h.people.Roster(examCode))
	status, html := b.sendFile(page, "salah.csv", []byte(strings.Replace(csv, "2000-01-01,arsiparis,barat,s1", "1 Januari,arsiparis,barat,s9", 1)), nil)
	if status != 422 || !strings.Contains(html, "bukan tanggal") || !strings.Contains(html, "tidak ada sesi &#34;s9&#34;") || !strings.Contains(html, ">2</td>") {
		t.Fatalf("%d %s", status, html)
	}
	status, html = b.sendFile(page, "daftar.csv", []byte(strings.Replace(csv, who+",Peserta "+who+",2000-01-01,arsiparis,barat,s1", who+",Peserta Baru,2000-01-01,arsiparis,barat,s4", 1)), nil)
	if status != 200 || !strings.Contains(html, "<del>s1</del>") || !strings.Contains(html, "<ins>s4</ins>") || !strings.Contains(html, "<ins>Peserta Baru</ins>") {
		t.Fatalf("%d %s", status, html)
	}
	form := takes(t, html)
	if status, html := b.form(page+"/ambil", map[string]string{"op": form["op"], "change": "0000-0000", "name": "daftar.csv", "reason": "mistake: salah ketik"}); status != 409 || strings.Contains(html, "Diambil") ||
		!strings.Contains(html, `value="mistake: salah ketik"`) || !strings.Contains(html, "daftar.csv") || !strings.Contains(html, `name="change" value="`+form["change"]+`"`) {
		t.Fatalf("something else than was shown is taken: %d", status)
	}
	if status, html := b.form(page+"/ambil", form); status != 200 || !strings.Contains(html, "Diambil: sekarang versi 2") {
		t.Fatalf("%d %s", status, html)
	}
	h.must(h.people.Load(h.Context(), examCode))

	// The candidate, who signs in nowhere.
	public := h.browser()
	look := func(number, birth string) (int, string) {
		return public.form(LookupPath, map[string]string{"number": number, "birth": birth})
	}
	status, html = look(strings.ReplaceAll(who, "-", ""), "2000-01-01")
	for _, want := range []string{"Sabtu, 22 November 2031", "13.00 WIB", "Sesi 4", "Jalan Merdeka 1, Bandung", "Tempat atau jam Anda berubah", "Sesi 1, Ruang 1, Sabtu, 22 November 2031, 08.00 WIB"} {
		if !strings.Contains(html, want) {
			t.Errorf("%d, the page lacks %q:\n%s", status, want, html)
		}
	}
	if status, html := look(number(2, 1), "2000-01-01"); status != 200 || strings.Contains(html, "berubah") {
		t.Errorf("%d: somebody who stayed is told of a change", status)
	}
	strip := func(html, number string) string { return strings.ReplaceAll(html, number, "") }
	wrong, first := look(who, "2000-01-02")
	if none, nobody := look("99-9-9", "2000-01-01"); wrong != 403 || none != 403 || strip(first, who) != strip(nobody, "99-9-9") {
		t.Error("whether there is such a number can be told from the answer")
	}
	card := map[string]string{"exam": examCode, "number": who, "birth": "2000-01-01"}
	if status, pdf := public.form(LookupPath+"/kartu", card); status != 200 || !strings.Contains(pdf, "%PDF-") {
		t.Errorf("the card: %d", status)
	}
	card["birth"] = "1999-01-01"
	if status, pdf := public.form(LookupPath+"/kartu", card); status != 403 || strings.Contains(pdf, "%PDF-") {
		t.Errorf("a card for a wrong birth date: %d", status)
	}
	for range lookupByNumber.Burst {
		status, _ = look(who, "1970-01-01")
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("guessing at a birth date goes on: %d", status)
	}

	// Files for staff, each of them recorded.
	if status, body := b.opens(page + "/berkas?jenis=csv"); status != 200 || engine.SHA256(body) != h.newest(engine.RosterLoaded).Text {
		t.Errorf("the exported roster is not the one of the journal: %d", status)
	}
	if status, body := b.opens(page + "/berkas?jenis=pindah"); status != 200 || !strings.Contains(body, who+",Peserta Baru,barat,s1,2031-11-22T08:00+07:00,barat,s4") {
		t.Errorf("%d %s", status, body)
	}
	if status, pdf := b.opens(page + "/kartu?sesi=s2"); status != 200 || !strings.HasPrefix(pdf, "%PDF-") {
		t.Errorf("the cards of a sitting: %d", status)
	}
	// The lost sitting's one person goes back by draw, and everybody else stays.
	status, html = b.opens(page + "/tempat?tanpa=s4")
	if status != 200 || !strings.Contains(html, "0 peserta diberi sesi, 1 dipindahkan") {
		t.Fatalf("%d %s", status, html)
	}
	form = takes(t, html)
	form["tanpa"] = "s4"
	if status, html := b.form(page+"/tempat", form); status != 200 || !strings.Contains(html, "Diambil: sekarang versi 3") {
		t.Fatalf("%d %s", status, html)
	}
	if e := h.newest(engine.RosterLoaded); e.Act != proctor.RosterDrawn || e.Seed == "" || e.By != "kepala" {
		t.Errorf("%+v", e)
	}
}

// newest is the newest event of a kind in the exam's stream.
func (h *house) newest(kind engine.Kind) (newest engine.Event) {
	h.Helper()
	for _, e := range h.stream(engine.ExamStream + examCode) {
		if e.Kind == kind {
			newest = e
		}
	}
	return newest
}

// A photo is for who compares faces there, and for nobody else; each look is recorded.
func TestAPhotoIsShownAtItsOwnSittingOnly(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	b := h.administrator()
	var picture, archive bytes.Buffer
	h.must(jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 400)), nil))
	zipped := func(name string) {
		archive.Reset()
		z := zip.NewWriter(&archive)
		w, err := z.Create(name)
		h.must(err)
		_, err = w.Write(picture.Bytes())
		h.must(err)
		h.must(z.Close())
	}
	zipped("siapa.jpg")
	if _, html := b.sendFile("/daftar-peserta/"+examCode+"/foto", "foto.zip", archive.Bytes(), map[string]string{"op": "0f3c1f6e-0000-4000-8000-0000000000b0"}); !strings.Contains(html, `<td class="mono">foto siapa.jpg</td>`) {
		t.Errorf("a photo of nobody: %s", html)
	}
	zipped(number(1, 1) + ".jpg")
	const op = "0f3c1f6e-0000-4000-8000-0000000000b1"
	if status, html := b.sendFile("/daftar-peserta/"+examCode+"/foto", "foto.zip", archive.Bytes(), map[string]string{"op": op}); status != 200 || !strings.Contains(html, "1 foto diambil") {
		t.Fatalf("%d %s", status, html)
	}
	for user, grant := range map[string]proctor.Grant{"vera": {Role: proctor.Verifier, Exam: examCode, Sitting: "s1"}, "veri": {Role: proctor.Verifier, Exam: examCode, Sitting: "s2"}, "oki": {Role: proctor.Operator, Exam: examCode}} {
		h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: user, Grants: []proctor.Grant{grant}}, password, h.hall.Now()))
	}
	photo := func(user, number string) (int, string) {
		b := h.browser()
		if user != "" {
			b.enters(user)
		}
		return b.opens("/api/v1/sittings/" + room1 + "/photos/" + number)
	}
	if status, body := photo("vera", number(1, 1)); status != 200 || !strings.HasPrefix(body, "\xff\xd8") {
		t.Errorf("the verifier of the sitting: %d", status)
	}
	for _, c := range []struct {
		user, number string
		status       int
	}{{"vera", number(1, 2), 404}, {"vera", number(2, 1), 404}, {"veri", number(1, 1), 403}, {"oki", number(1, 1), 403}, {"", number(1, 1), 401}} {
		if status, _ := photo(c.user, c.number); status != c.status {
			t.Errorf("%s asks for %s: %d, not %d", c.user, c.number, status, c.status)
		}
	}
	h.followed()
	if looks := h.views("vera"); len(looks) != 1 {
		t.Errorf("%d looks are recorded", len(looks))
	}
}

// What the page of a roster says is Indonesian: every sentence has its places in the same order.
func TestFaultsOfARosterAreInIndonesian(t *testing.T) {
	table := map[string]string{}
	if err := json.Unmarshal(rosterWords, &table); err != nil {
		t.Fatal(err)
	}
	for en, id := range table {
		if a, b := verb.FindAllString(en, -1), verb.FindAllString(id, -1); strings.Join(a, " ") != strings.Join(b, " ") {
			t.Errorf("%q has the places %v, its translation %v", en, a, b)
		}
	}
	h := build(t, built{})
	_, faults, err := h.office.PreviewRoster(t.Context(), proctor.SetupAccount(), examCode, proctor.RosterRequest{File: "number,name,birth_date,formation,site,sitting,seat,accommodation,extra_minutes,photo\n" +
		"?,,1 Mei,?,mars,s9,0,Ä,x,a/b.gif\n26-1,A,2000-01-01,a,barat,s2,,,,\n26-1,A,2000-01-01,a,barat,,3,,,\n26-2,A,2000-01-01,a,barat,s1,99,,,\n26-3,A,2000-01-01,a,barat,s1,1,,,\n26-4,A,2000-01-01,a,barat,s1,01,,,\n1,2\n"})
	if err != nil {
		t.Fatal(err)
	}
	if len(faults) < 14 {
		t.Fatalf("%d faults", len(faults))
	}
	_, latin, err := h.office.PreviewRoster(t.Context(), proctor.SetupAccount(), examCode, proctor.RosterRequest{File: "number,name,birth_date,formation,site\n26-1,Jos\xe9,2000-01-01,a,barat\n"})
	if err != nil || len(latin) != 1 {
		t.Fatal(latin, err)
	}
	faults = append(faults, latin...)
	for _, file := range []string{"PK\x03\x04 no archive", "\xd0\xcf\x11\xe0 an old workbook"} {
		_, err := workbook.Table([]byte(file))
		faults = append(faults, engine.FaultOf(err, proctor.Fault{}))
	}
	for _, f := range faults {
		v := faultShown(f, "id")
		if v.Remedy == f.Remedy || v.What == f.What && f.Column != "extra_minutes" {
			t.Errorf("in English: %s", f)
		}
	}
}
