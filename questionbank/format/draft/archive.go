package draft

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// IsZip tells a zip archive by its first bytes.
func IsZip(data []byte) bool { return bytes.HasPrefix(data, []byte("PK\x03\x04")) }

// Unzip reads an archive into memory, or none of it: every file by its path. It counts the
// bytes that really come out, and refuses names that lead out of the archive, links, and
// archives that unpack to far more than they are.
func Unzip(data []byte) (map[string][]byte, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("the archive has %d bytes, at most %d are read; divide it", len(data), MaxFile)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("it is not a whole zip archive: %w", err)
	}
	if len(z.File) > MaxEntries {
		return nil, fmt.Errorf("the archive has %d files, at most %d are read; divide it", len(z.File), MaxEntries)
	}
	files := make(map[string][]byte, len(z.File))
	left := int64(MaxTotal)
	if most := 1<<20 + int64(len(data))*MaxRatio; most < left {
		left = most
	}
	for _, f := range z.File {
		switch mode := f.Mode(); {
		case strings.HasSuffix(f.Name, "/") && mode.IsDir():
			continue
		case f.Flags&1 != 0:
			return nil, fmt.Errorf("%q is encrypted; pack it without a password", short(f.Name))
		case !mode.IsRegular():
			return nil, fmt.Errorf("%q is no regular file; pack files, not links", short(f.Name))
		case strings.Contains(f.Name, `\`) || !fs.ValidPath(f.Name):
			return nil, fmt.Errorf("the name %q leads out of the archive or has backslashes; pack it again with relative names", short(f.Name))
		}
		if _, twice := files[f.Name]; twice {
			return nil, fmt.Errorf("%q stands twice in the archive; pack it again", short(f.Name))
		}
		body, err := unpack(f, min(left, MaxEntry))
		if err != nil {
			return nil, err
		}
		left -= int64(len(body))
		files[f.Name] = body
	}
	return files, nil
}

func unpack(f *zip.File, most int64) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%q cannot be unpacked: %w", short(f.Name), err)
	}
	defer in.Close() //nolint:errcheck // a reader of memory
	body, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("%q cannot be unpacked: %w", short(f.Name), err)
	}
	if int64(len(body)) > most {
		return nil, fmt.Errorf("%q unpacks to more than the limits (%d bytes a file, %d in all, %d times the packed size)",
			short(f.Name), MaxEntry, MaxTotal, MaxRatio)
	}
	return body, nil
}

// Zip writes files as an archive, in order of their names; the same files give the same bytes.
func Zip(w io.Writer, files map[string][]byte) error {
	z := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out, err := z.Create(name)
		if err != nil {
			return err
		}
		if _, err := out.Write(files[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// Resolve is the path that a reference inside a file of an archive names, or false when it
// is not a plain relative one.
func Resolve(from, ref string) (string, bool) {
	p := path.Join(path.Dir(from), ref)
	return p, fs.ValidPath(p) && !strings.Contains(ref, `\`) && !strings.HasPrefix(ref, "/")
}
