package draft

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func archive(t *testing.T, build func(*zip.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	build(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func put(t *testing.T, z *zip.Writer, h *zip.FileHeader, body []byte) {
	t.Helper()
	w, err := z.CreateHeader(h)
	if err == nil {
		_, err = w.Write(body)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnzipRefusesWhatWouldHarm(t *testing.T) {
	named := func(name string) func(*zip.Writer) {
		return func(z *zip.Writer) { put(t, z, &zip.FileHeader{Name: name}, []byte("x")) }
	}
	for name, tt := range map[string]struct {
		build func(*zip.Writer)
		what  string
	}{
		"up":        {named("../x"), "leads out"},
		"deep up":   {named("a/../../x"), "leads out"},
		"absolute":  {named("/etc/passwd"), "leads out"},
		"backslash": {named(`a\..\x`), "leads out"},
		"dot":       {named("./x"), "leads out"},
		"twice":     {func(z *zip.Writer) { named("x")(z); named("x")(z) }, "stands twice"},
		"link": {func(z *zip.Writer) {
			h := &zip.FileHeader{Name: "x"}
			h.SetMode(fs.ModeSymlink | 0o777)
			put(t, z, h, []byte("/etc/passwd"))
		}, "no regular file"},
		"encrypted": {func(z *zip.Writer) { put(t, z, &zip.FileHeader{Name: "x", Flags: 1}, []byte("x")) }, "encrypted"},
		"many": {func(z *zip.Writer) {
			for i := range MaxEntries + 1 {
				put(t, z, &zip.FileHeader{Name: fmt.Sprint(i)}, nil)
			}
		}, "at most 5000"},
		"ratio": {func(z *zip.Writer) {
			put(t, z, &zip.FileHeader{Name: "x", Method: zip.Deflate}, make([]byte, 15<<20))
		}, "limits"},
		"size": {func(z *zip.Writer) {
			put(t, z, &zip.FileHeader{Name: "x", Method: zip.Deflate}, make([]byte, MaxEntry+1))
		}, "limits"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Unzip(archive(t, tt.build))
			if err == nil || files != nil || !strings.Contains(err.Error(), tt.what) {
				t.Errorf("%d files, %v; want %q", len(files), err, tt.what)
			}
		})
	}
}

// The size that an archive states is not believed: the bytes are counted.
func TestUnzipCountsWhatComesOut(t *testing.T) {
	data := archive(t, func(z *zip.Writer) {
		put(t, z, &zip.FileHeader{Name: "x", Method: zip.Deflate}, make([]byte, 15<<20))
	})
	// the uncompressed size in the central directory, after signature and fields of 24 bytes
	at := bytes.LastIndex(data, []byte("PK\x01\x02")) + 24
	copy(data[at:], []byte{1, 0, 0, 0})
	if files, err := Unzip(data); err == nil {
		t.Errorf("%d bytes came out of a file that states 1", len(files["x"]))
	}
}

func TestUnzipReadsAnHonestArchive(t *testing.T) {
	var b bytes.Buffer
	if err := Zip(&b, map[string][]byte{"a/b.xml": []byte("isi"), "c.png": {1, 2}}); err != nil {
		t.Fatal(err)
	}
	files, err := Unzip(b.Bytes())
	if err != nil || string(files["a/b.xml"]) != "isi" || len(files) != 2 {
		t.Errorf("%v, %v", files, err)
	}
	if _, err := Unzip(b.Bytes()[:b.Len()-30]); err == nil {
		t.Error("half an archive was read")
	}
}

func TestReferencesStayInTheArchive(t *testing.T) {
	for ref, want := range map[string]string{
		"x.png": "items/x.png", "../figures/x.png": "figures/x.png", "../../x": "", "/etc/passwd": "", `..\x`: "", "": "items",
	} {
		if got, ok := Resolve("items/a.xml", ref); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v; want %q", ref, got, ok, want)
		}
	}
}

func TestXMLThatWouldHarmIsRefused(t *testing.T) {
	for name, tt := range map[string]struct{ xml, what string }{
		"doctype":   {`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, "DOCTYPE"},
		"laughs":    {`<!DOCTYPE a [<!ENTITY x "haha"><!ENTITY y "&x;&x;">]><a>&y;</a>`, "DOCTYPE"},
		"entity":    {`<a>&nbsp;</a>`, "write the character itself"},
		"depth":     {strings.Repeat("<a>", MaxDepth+1) + strings.Repeat("</a>", MaxDepth+1), "nested deeper"},
		"endless":   {strings.Repeat("<a>", 10), "broken"},
		"encoding":  {`<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, "save it as UTF-8"},
		"utf-16":    {"\xff\xfe<\x00a\x00", "UTF-16"},
		"many":      {"<a>" + strings.Repeat("<b/>", MaxNodes/2+1) + "</a>", "more than"},
		"empty":     {"", "no element"},
		"text only": {"halo", "no element"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := ParseXML([]byte(tt.xml)); err == nil || !strings.Contains(err.Error(), tt.what) {
				t.Errorf("%v; want %q", err, tt.what)
			}
		})
	}
}
