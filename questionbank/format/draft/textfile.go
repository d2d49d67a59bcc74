package draft

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// TextFile is the text of a file with LF line ends and without a byte order mark. Where it is
// not ok but there is a text, what is no UTF-8 stands in it as U+FFFD: signs of ASCII are where
// they are in the file.
func (r *Report) TextFile(f File) (text string, ok bool) {
	data := string(f.Data)
	at := Place{File: f.Name}
	switch {
	case len(data) > MaxFile:
		r.Fault(at, "divide it", "the file has %d bytes, at most %d are read", len(data), MaxFile)
		return "", false
	case strings.HasPrefix(data, "\xff\xfe"), strings.HasPrefix(data, "\xfe\xff"):
		r.Fault(at, "save it as UTF-8", "the file is UTF-16")
		return "", false
	case !utf8.ValidString(data):
		bad := notUTF8(data)
		at.Line = strings.Count(data[:bad], "\n") + 1
		r.Fault(at, "save it as UTF-8", "the line is not valid UTF-8, from byte %d of the file on", bad+1)
		return plainLines(strings.ToValidUTF8(data, "\uFFFD")), false
	}
	return plainLines(data), true
}

// notUTF8 is where the first byte stands that no UTF-8 text has there.
func notUTF8(data string) int {
	for i, c := range data {
		if c != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(data[i:]); size == 1 {
			return i
		}
	}
	return len(data)
}

func plainLines(data string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(data, "\ufeff"))
}

// Source is one file to be read, with the pictures that came in the same archive.
type Source struct {
	File
	Pictures map[string][]byte
}

// Sources opens archives: the entries with one of the extensions are to be read, the others
// are what their texts may name. A file that is no archive stands for itself.
func (r *Report) Sources(files []File, extensions ...string) []Source {
	var all []Source
	for _, f := range files {
		if !IsZip(f.Data) {
			all = append(all, Source{File: f})
			continue
		}
		entries, err := Unzip(f.Data)
		if err != nil {
			r.Fault(Place{File: f.Name}, "make the archive anew", "%v", err)
			continue
		}
		var names []string
		pictures := map[string][]byte{}
		for name, data := range entries {
			if slices.Contains(extensions, strings.ToLower(path.Ext(name))) {
				names = append(names, name)
			} else {
				pictures[name] = data
			}
		}
		slices.Sort(names)
		if len(names) == 0 {
			r.Fault(Place{File: f.Name}, "put one in", "the archive has no file of the kind %s", strings.Join(extensions, ", "))
		}
		for _, name := range names {
			all = append(all, Source{File{f.Name + "/" + name, entries[name]}, pictures})
		}
	}
	return all
}

// TextSource is a source that is text.
type TextSource struct {
	Source
	Text  string // as TextFile gives it
	Whole bool   // nothing of it was lost: else it has no items, only faults
}

// TextSources are the sources of formats that are text, as far as they are whole.
func (r *Report) TextSources(files []File, extensions ...string) []TextSource {
	return slices.DeleteFunc(r.AllTextSources(files, extensions...), func(s TextSource) bool { return !s.Whole })
}

// AllTextSources are TextSources with those whose encoding is wrong, for formats whose structure
// is all of ASCII: its faults can be named nevertheless.
func (r *Report) AllTextSources(files []File, extensions ...string) []TextSource {
	var all []TextSource
	for _, src := range r.Sources(files, extensions...) {
		if text, ok := r.TextFile(src.File); ok || text != "" {
			all = append(all, TextSource{src, text, ok})
		}
	}
	return all
}

// TrueFalse are the two options of a statement that is right or wrong.
func TrueFalse(at Place, right bool, lang string) []Choice {
	texts := [2]string{"Benar", "Salah"}
	if lang != "" && !strings.HasPrefix(lang, "id") {
		texts = [2]string{"True", "False"}
	}
	choices := make([]Choice, 2)
	for i := range choices {
		choices[i] = Choice{Place: at, Text: Text{texts[i], Plain}, Weight: Whole(right == (i == 0))}
	}
	return choices
}
