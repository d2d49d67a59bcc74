package site

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/engine"
)

// A file is a zip with the parts of an export under a signed manifest, see evidence.Seal:
// streams as exports have them, rows of the register, documents of the archive by their hash.
const (
	packKind     = "site pack"
	deliveryKind = "site delivery"

	aboutName    = "about.json"
	registerName = "register.jsonl"
	secretsName  = "secrets.json"
	vkeyName     = "log.vkey"
	sealedName   = "sealed.pack"
)

// about is what a file is of.
type about struct {
	stores.Site
	Accounts int `json:"accounts,omitempty"` // of a pack: how long the stream of accounts was
}

// row is a row of the register.
type row struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Body []byte `json:"body"`
}

// writing is a file that is being made: a folder beside it, for its owner alone, that is gone
// when the file is there.
type writing struct{ dir string }

func begin(file string) (*writing, error) {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s exists already: name a file that does not", file)
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".terang-site-")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", file, err)
	}
	return &writing{dir}, nil
}

func (w *writing) drop() { _ = os.RemoveAll(w.dir) }

func (w *writing) put(name string, body []byte) error {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o600)
}

func (w *writing) json(name string, v any) error {
	body, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return w.put(name, append(body, '\n'))
}

func (w *writing) rows(rows []row) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for i := range rows {
		if err := enc.Encode(&rows[i]); err != nil {
			return err
		}
	}
	return w.put(registerName, out.Bytes())
}

// streams writes streams in order of their names.
func (w *writing) streams(of map[string][]engine.Record) error {
	out, err := evidence.NewWriter(w.dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if err := out.Write(name, of[name]); err != nil {
			return err
		}
	}
	return out.Close()
}

// seal signs what was written and makes the file of it, and returns its SHA-256: that of the
// manifest, which names all the rest.
func (w *writing) seal(file, kind, exam string, signer note.Signer) (string, error) {
	m := evidence.Manifest{Kind: kind, Exam: exam, At: time.Now().UTC().Format(time.RFC3339)}
	if err := evidence.Seal(w.dir, m, signer); err != nil {
		return "", err
	}
	signed, err := os.ReadFile(filepath.Join(w.dir, evidence.Name))
	if err != nil {
		return "", err
	}
	err = output.Private(file, func(to io.Writer) error {
		z := zip.NewWriter(to)
		if err := z.AddFS(os.DirFS(w.dir)); err != nil {
			return err
		}
		return z.Close()
	})
	return engine.SHA256(string(signed)), err
}

// read is a file whose manifest has not been believed yet.
type read struct {
	zip    *zip.ReadCloser
	signed []byte
	about  about
	files  *evidence.Manifest // once it is checked
}

// putMost is how many rows of the register are written at once.
const putMost = 256

// Most that is read before anything is known to be signed, in bytes.
const unsignedMost = 16 << 20

func openFile(file string) (*read, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; name a file that terang site pack or terang site deliver wrote", file, err)
	}
	r := &read{zip: z}
	body, err := r.bytes(aboutName, unsignedMost)
	if err == nil {
		err = json.Unmarshal(body, &r.about)
	}
	if err == nil {
		r.signed, err = r.bytes(evidence.Name, unsignedMost)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", file, err), z.Close())
	}
	return r, nil
}

func (r *read) close() { _ = r.zip.Close() }

// id is the file's SHA-256, as seal returned it.
func (r *read) id() string { return engine.SHA256(string(r.signed)) }

func (r *read) bytes(name string, most int64) ([]byte, error) {
	f, err := r.zip.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	body, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(body)) > most {
		err = fmt.Errorf("%s has more than %d bytes", name, most)
	}
	return body, err
}

// check believes the file if one of the keys signed it, it is of the kind, and every part is
// the one that was signed.
func (r *read) check(kind string, keys note.Verifiers) error {
	m, err := evidence.ReadManifest(r.signed, keys)
	if err != nil {
		return err
	}
	if m.Kind != kind || m.Exam != r.about.Exam {
		return fmt.Errorf("it is a %s of exam %s, and a %s of exam %s was expected", m.Kind, m.Exam, kind, r.about.Exam)
	}
	known := map[string]bool{evidence.Name: true}
	for _, f := range m.Files {
		known[f.Path] = true
		body, err := r.bytes(f.Path, f.Size)
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(body); int64(len(body)) != f.Size || hex.EncodeToString(sum[:]) != f.Hash {
			return fmt.Errorf("%s is not the part that was signed", f.Path)
		}
	}
	for _, f := range r.zip.File {
		if !known[f.Name] && !strings.HasSuffix(f.Name, "/") {
			return fmt.Errorf("%s is in it, and was not signed", f.Name)
		}
	}
	r.files = m
	return nil
}

// part reads a part of a file that was checked.
func (r *read) part(name string) ([]byte, error) {
	for _, f := range r.files.Files {
		if f.Path == name {
			return r.bytes(name, f.Size)
		}
	}
	return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

func (r *read) json(name string, v any) error {
	body, err := r.part(name)
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (r *read) rows() ([]row, error) {
	body, err := r.part(registerName)
	if err != nil {
		return nil, err
	}
	var rows []row
	for dec := json.NewDecoder(bytes.NewReader(body)); ; {
		var one row
		if err := dec.Decode(&one); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", registerName, err)
		}
		rows = append(rows, one)
	}
}

// documents visits what the file has of the archive. Each is what its name says.
func (r *read) documents(visit func(hash string, body []byte) error) error {
	for _, path := range r.files.Under("archive") {
		body, err := r.part(path)
		if err != nil {
			return err
		}
		hash := strings.TrimPrefix(path, "archive/")
		if engine.SHA256(string(body)) != hash {
			return fmt.Errorf("%s is not what its name says", path)
		}
		if err := visit(hash, body); err != nil {
			return err
		}
	}
	return nil
}

// streams reads all streams, each linked from its beginning. What breaks a chain is an Alarm.
func (r *read) streams() (map[string][]engine.Record, error) {
	of := make(map[string][]engine.Record)
	for _, path := range r.files.Under("streams") {
		body, err := r.part(path)
		if err != nil {
			return nil, err
		}
		err = evidence.ReadStreams(bytes.NewReader(body), func(s *evidence.Stream) error {
			if _, twice := of[s.Name]; twice {
				return fmt.Errorf("stream %s stands twice", s.Name)
			}
			records, err := linked(s)
			of[s.Name] = records
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return of, nil
}

func linked(s *evidence.Stream) ([]engine.Record, error) {
	h := engine.FirstHash(s.Name)
	records := make([]engine.Record, len(s.Events))
	for i, e := range s.Events {
		h = h.Chain(e.Body)
		records[i] = engine.Record{Pos: e.Pos, Stream: s.Name, N: i + 1, Body: bytes.Clone(e.Body), Hash: h}
		if _, err := engine.Decode(e.Body); err != nil {
			return nil, &Alarm{Why: WhyChain, Stream: s.Name, N: i + 1, There: h.String(), cause: err}
		}
	}
	if len(records) != s.N || s.N > 0 && h != s.Head {
		return nil, &Alarm{Why: WhyChain, Stream: s.Name, N: len(records), Here: s.Head.String(), There: h.String()}
	}
	return records, nil
}

// inOrder are the records of all streams as they were committed, after the versions that are
// known of each.
func inOrder(of map[string][]engine.Record, known func(stream string) int) []engine.Record {
	var all []engine.Record
	for name, records := range of {
		all = append(all, records[min(known(name), len(records)):]...)
	}
	slices.SortFunc(all, func(a, b engine.Record) int { return int(a.Pos - b.Pos) })
	return all
}

// store appends records in their order: a batch ends before a record whose stream is in it
// and is not its last, so that positions are in that order too.
func store(j engine.Journal, records []engine.Record) error {
	var runs []engine.Run
	in := make(map[string]int)
	flush := func() error {
		if len(runs) == 0 {
			return nil
		}
		outcomes, err := j.Append(noContext, runs)
		if err != nil {
			return err
		}
		for i, o := range outcomes {
			if o.Conflict {
				return fmt.Errorf("%s version %d: another record was stored there meanwhile; try again", runs[i].Stream, runs[i].Records[0].N)
			}
		}
		runs = nil
		clear(in)
		return nil
	}
	for _, r := range records {
		at, there := in[r.Stream]
		if there && at != len(runs)-1 || len(runs) == engine.BatchMost {
			if err := flush(); err != nil {
				return err
			}
			there = false
		}
		if !there {
			in[r.Stream] = len(runs)
			runs = append(runs, engine.Run{Stream: r.Stream})
		}
		last := &runs[in[r.Stream]]
		last.Records = append(last.Records, engine.Record{Stream: r.Stream, N: r.N, Body: r.Body, Hash: r.Hash})
	}
	return flush()
}

// signer is the key that what comes back of a sitting is signed with. It follows from the
// centre's key file and from by which HandedOver the sitting was given away, so that the
// centre keeps none, and a sitting that was taken back and given again has another.
func signer(keys *stores.KeyFile, s *stores.Site) (skey string, vkey string, err error) {
	seed := keys.Derive("site\x00" + s.Stream())
	name := "terang.invalid/" + s.Stream()
	vkey, err = note.NewEd25519VerifierKey(name, ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
	if err != nil {
		return "", "", fmt.Errorf("make the key of %s: %w", s.Stream(), err)
	}
	id := strings.Split(vkey, "+")[1]
	return "PRIVATE+KEY+" + name + "+" + id + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, seed...)), vkey, nil
}
