package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// Whoever has the site's key can sign anything. What is signed with it and does not hold
// together, or reaches beyond the sitting, is refused all the same, and nothing of the file is
// taken: no record, no row of the register, no document.
func TestAForgedDeliveryReachesNothingBeyondItsSitting(t *testing.T) {
	t.Parallel()
	w := newTwoSites(t)
	w.prepare(t)
	w.opened(t)
	act := func(args ...string) {
		w.island.do(t, append([]string{"act", islandSitting}, append(args, "--as", "kepala")...)...)
	}
	act(engine.ActOpenCheckin)
	act(engine.ActCheckin, "--number", numberOf(centrePeople))
	act(engine.ActMessage, "--number", numberOf(centrePeople), "--text", "kata pengawas")
	honest := filepath.Join(w.island.dir, "honest.delivery")
	w.island.do(t, "site", "deliver", "--out", honest)

	var signer signing.Signer
	other := "" // attempt of somebody whom the centre has
	w.island.reading(t, func(db *stores.DB, keys *stores.KeyFile) error {
		given, err := db.SiteKeys(t.Context(), keys)
		check(t, err)
		signer, err = signing.NewSigner(given.Signer)
		return err
	})
	w.centre.reading(t, func(db *stores.DB, _ *stores.KeyFile) error {
		listed, err := proctor.NewPeople(db.Register).Read(t.Context(), stores.SampleCode)
		for _, p := range listed.People {
			if p.Number == numberOf(0) {
				other = p.Attempt
			}
		}
		return err
	})
	line := func(text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			f, err := os.OpenFile(filepath.Join(dir, "register.jsonl"), os.O_APPEND|os.O_WRONLY, 0o600)
			check(t, err)
			_, err = f.WriteString(text + "\n")
			check(t, err)
			check(t, f.Close())
		}
	}
	streams := func(change func(of map[string][]engine.Record)) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			of := map[string][]engine.Record{}
			check(t, evidence.ReadPart(filepath.Join(dir, "streams", "00001.gz"), func(s *evidence.Stream) error {
				h := engine.FirstHash(s.Name)
				for i, e := range s.Events {
					h = h.Chain(e.Body)
					of[s.Name] = append(of[s.Name], engine.Record{Pos: e.Pos, Stream: s.Name, N: i + 1, Body: bytes.Clone(e.Body), Hash: h})
				}
				return nil
			}))
			change(of)
			check(t, os.RemoveAll(filepath.Join(dir, "streams")))
			out, err := evidence.NewWriter(dir)
			check(t, err)
			for name, records := range of {
				check(t, out.Write(name, records))
			}
			check(t, out.Close())
		}
	}
	room := engine.SittingStream + islandSitting
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		why    string
	}{
		"a person whom nobody checked in": {line(`{"kind":"person","id":"skd-contoh/x","body":"e30="}`), "no event names the person skd-contoh/x"},
		"an account":                      {line(`{"kind":"account","id":"palsu","body":"e30="}`), "no event names the account palsu"},
		"words that no event names":       {line(`{"kind":"text","id":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","body":"e30="}`), "no event names the text"},
		"a proposal of the centre's": {func(t *testing.T, dir string) {
			body := fmt.Sprintf(`{"id":"%[1]s","stream":"exam/%[2]s","act":"freeze","op":"%[1]s","by":"kepala","payload":{}}`, "0f3c1f6e-0000-4000-8000-0000000000b1", stores.SampleCode)
			line(fmt.Sprintf(`{"kind":"proposal","id":"0f3c1f6e-0000-4000-8000-0000000000b1","body":"%s"}`, base64.StdEncoding.EncodeToString([]byte(body))))(t, dir)
			streams(func(of map[string][]engine.Record) { // and an event of the sitting names it
				all := of[room]
				end := all[len(all)-1]
				more := engine.Link(room, end.N, end.Hash, []engine.Event{{Kind: engine.Proposed, At: 1 << 42, By: "kepala", Act: engine.ActFreeze, Text: engine.SHA256(body)}})
				more[0].Pos = end.Pos + 1
				of[room] = append(all, more...)
			})(t, dir)
		}, "no event names the proposal"},
		"a document that no event names": {func(t *testing.T, dir string) {
			check(t, os.MkdirAll(filepath.Join(dir, "archive"), 0o700))
			check(t, os.WriteFile(filepath.Join(dir, "archive", engine.SHA256("x")), []byte("x"), 0o600))
		}, "no event names the document"},
		"an event that was changed": {streams(func(of map[string][]engine.Record) {
			last := &of[room][len(of[room])-1]
			last.Body = bytes.Replace(last.Body, []byte(`"kepala"`), []byte(`"kepada"`), 1)
		}), "ALARM (chain): " + room},
		"an event that was left out": {streams(func(of map[string][]engine.Record) {
			all := of[room]
			of[room] = append(all[:len(all)-2:len(all)-2], all[len(all)-1])
		}), "ALARM (chain): " + room},
		"somebody of another sitting": {streams(func(of map[string][]engine.Record) {
			name := engine.AttemptStream + other
			of[name] = ownStream(name, engine.Event{Kind: engine.TurnedAway, At: 1, By: "kepala", Why: "late"})
		}), "is not expected at sitting"},
		"another sitting": {streams(func(of map[string][]engine.Record) {
			name := engine.SittingStream + centreSitting
			of[name] = ownStream(name, engine.Event{Kind: engine.CheckinOpened, At: 1, By: "kepala"})
		}), "it is not of sitting"},
		"an account's rights": {streams(func(of map[string][]engine.Record) {
			of[proctor.StaffAccounts] = ownStream(proctor.StaffAccounts, engine.Event{Kind: engine.StaffChanged, At: 1, By: "kepala", Act: "add", Text: "palsu"})
		}), "it is not of sitting"},
		"a home that the site gives away": {streams(func(of map[string][]engine.Record) {
			all := of[room]
			end := all[len(all)-1]
			more := engine.Link(room, end.N, end.Hash, []engine.Event{{Kind: engine.TakenBack, At: 1 << 42, By: "kepala", Two: "wakil"}})
			more[0].Pos = end.Pos + 1
			of[room] = append(all, more...)
		}), "a site does not write TakenBack"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := unzipped(t, honest)
			c.change(t, dir)
			check(t, os.Remove(filepath.Join(dir, evidence.Name)))
			check(t, evidence.Seal(dir, evidence.Manifest{Kind: "site delivery", Exam: stores.SampleCode, At: "2026-11-27T00:00:00Z"}, signer))
			file := filepath.Join(w.centre.dir, strings.ReplaceAll(name, " ", "-"))
			zipped(t, dir, file)
			was := w.centre.streams(t)
			w.centre.refused(t, c.why, "site", "collect", file, "--as", "kepala")
			w.nothingTaken(t, was)
			w.centre.reading(t, func(db *stores.DB, _ *stores.KeyFile) error {
				if _, err := db.Register.Get(t.Context(), proctor.KindText, engine.SHA256("kata pengawas")); err == nil {
					t.Error("a row of a file that was refused is in the register")
				}
				return nil
			})
		})
	}
	if out := w.centre.do(t, "site", "collect", honest, "--as", "kepala"); !strings.Contains(out, "new records") {
		t.Errorf("the honest one: %s", out)
	}
	w.centre.reading(t, func(db *stores.DB, _ *stores.KeyFile) error {
		_, err := db.Register.Get(t.Context(), proctor.KindText, engine.SHA256("kata pengawas"))
		if err != nil {
			t.Errorf("the words of a message did not come: %v", err)
		}
		return nil
	})
}

// ownStream is a stream of one event.
func ownStream(stream string, e engine.Event) []engine.Record {
	records := engine.Link(stream, 0, engine.FirstHash(stream), []engine.Event{e})
	records[0].Pos = 1 << 30
	return records
}

func unzipped(t *testing.T, file string) string {
	t.Helper()
	dir := t.TempDir()
	r, err := zip.OpenReader(file)
	check(t, err)
	defer func() { _ = r.Close() }()
	for _, f := range r.File {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if strings.HasSuffix(f.Name, "/") {
			check(t, os.MkdirAll(path, 0o700))
			continue
		}
		check(t, os.MkdirAll(filepath.Dir(path), 0o700))
		in, err := f.Open()
		check(t, err)
		body, err := io.ReadAll(in)
		check(t, err)
		check(t, os.WriteFile(path, body, 0o600))
	}
	return dir
}

func zipped(t *testing.T, dir, file string) {
	t.Helper()
	out, err := os.Create(file)
	check(t, err)
	z := zip.NewWriter(out)
	check(t, z.AddFS(os.DirFS(dir)))
	check(t, z.Close())
	check(t, out.Close())
}
