package web

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"github.com/google/uuid"
)

// A released list is at a board server what it is at the exam server: the whole of a
// formation, one number, and what stands when the source is gone.
func TestReleasedListsAreMirrored(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	ketua, wakil := h.committee()
	h.answered(5)
	h.over()
	dir := t.TempDir()
	_, base, stop := openHouse(t, h.http.URL, dir)
	eventually(t, "it is known that nothing is released", func() bool {
		_, body := get(t, base+"/api/v1/results")
		return len(decoded(t, body)["results"].([]any)) == 1
	})
	if res, _ := get(t, base+"/api/v1/results/"+examCode); res.StatusCode != 404 {
		t.Errorf("a list before the release: %d", res.StatusCode)
	}
	stop()
	for _, act := range []string{"/freeze", "/release"} {
		id := ketua.proposes(resultsPath+act, body{"op": uuid.NewString(), "reason": "pleno"})
		if status, got := wakil.approves(id); status != 200 {
			t.Fatalf("%s: %d %v", act, status, got)
		}
	}
	_, base, stop = openHouse(t, h.http.URL, dir)
	eventually(t, "the list is here", func() bool {
		res, _ := get(t, base+"/api/v1/results/"+examCode)
		return res.StatusCode == 200
	})
	paths := []string{"", "/" + examCode, "/" + examCode + "?formation=arsiparis", "/" + examCode + "?formation=arsiparis&offset=3&limit=2",
		"/" + examCode + "?number=" + number(1, 1), "/" + examCode + "?number=99"}
	was := make(map[string]any)
	for _, path := range paths {
		_, want := get(t, h.http.URL+"/api/v1/results"+path)
		_, got := get(t, base+"/api/v1/results"+path)
		if was[path] = decoded(t, want); !reflect.DeepEqual(decoded(t, got), was[path]) {
			t.Errorf("%s: %s\nthe exam server has %s", path, got, want)
		}
	}
	stop()
	gone, err := url.Parse(h.http.URL)
	h.must(err)
	h.stop()
	_, base, _ = openHouse(t, gone.String(), dir)
	for _, path := range paths {
		if _, got := get(t, base+"/api/v1/results"+path); !reflect.DeepEqual(decoded(t, got), was[path]) {
			t.Errorf("without the exam server, %s: %s", path, got)
		}
	}
	files, err := NewBoardFiles(t.TempDir(), slog.New(slog.DiscardHandler))
	h.must(err)
	if err := files.From(t.Context(), gone, http.DefaultClient, t.TempDir()); err == nil {
		t.Error("files were read from a server that is gone")
	}
}

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}
