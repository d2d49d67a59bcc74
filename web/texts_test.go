package web

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"terang/engine"
)

// A key that stands twice would silently show its last text at both places; one that is
// missing in a language would show itself.
func TestEachTextStandsOnceAndInBothLanguages(t *testing.T) {
	files, err := fs.Glob(staticFiles, "static/locales/*.id.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of texts: %v", len(files), err)
	}
	for _, id := range files {
		area := strings.TrimSuffix(path.Base(id), ".id.json")
		keys := map[string][]string{}
		for _, language := range []string{"id", "en"} {
			body, err := staticFiles.ReadFile("static/locales/" + area + "." + language + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if err := engine.RepeatedKey(body); err != nil {
				t.Errorf("%s.%s.json: %v", area, language, err)
			}
			texts, err := Texts(area, language)
			if err != nil {
				t.Fatal(err)
			}
			keys[language] = slices.Sorted(maps.Keys(texts))
		}
		for i := range min(len(keys["id"]), len(keys["en"])) {
			if keys["id"][i] != keys["en"][i] {
				t.Errorf("%s: one language has %q where the other has %q", area, keys["id"][i], keys["en"][i])
				break
			}
		}
		if len(keys["id"]) != len(keys["en"]) {
			t.Errorf("%s: %d texts in Indonesian, %d in English", area, len(keys["id"]), len(keys["en"]))
		}
	}
}
