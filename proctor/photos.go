package proctor

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"terang/engine"
)

// Kinds of the register's entries for photos. They are personal data: they can be erased,
// and the journal has their hash only.
const (
	KindPhoto     = "photo"      // EXAM/ATTEMPT: JPEG, upright, without what cameras write beside it
	KindPhotoHash = "photo-hash" // EXAM/ATTEMPT: SHA-256 of it, in hex
)

// PhotosRequest asks for photos to be taken from an archive, each named by its number.
type PhotosRequest struct {
	Op      string
	Zip     io.ReaderAt
	Size    int64
	Partial bool // take the good ones though others have faults
	Reason  string
	Second  *Second
}

// PhotosAnswer says what became of it. With faults nothing was taken, unless it was asked
// for what is good.
type PhotosAnswer struct {
	Loaded   int      `json:"loaded"`
	Replaced int      `json:"replaced"` // of these, who had another one
	Missing  []string `json:"missing"`  // numbers of the roster without a photo now
	Faults   []Fault  `json:"faults,omitempty"`
}

// filesMost bounds an archive: the largest exam, and a folder or two.
const filesMost = 5_000_000

// kept is a checked photo in the spool.
type kept struct {
	person   *Person
	hash     string
	at, size int64
	replaces bool
}

// photoReader checks an archive. What is good waits in a temporary file, so that an exam's
// photos need no memory and are decoded once.
type photoReader struct {
	spool  *os.File
	size   int64
	people *People
	exam   string
	have   map[string]string // by attempt
	good   []kept
	faults []Fault
	seen   map[string]string // normal number -> file
}

// Photos checks and takes photos. Whose identity was checked with one keeps it; once the
// roster is frozen, another one in its place takes two people.
func (o *Office) Photos(ctx context.Context, actor Account, exam string, r PhotosRequest) (PhotosAnswer, error) {
	known := NewPeople(o.register)
	if err := known.Load(ctx, exam); err != nil {
		return PhotosAnswer{}, err
	}
	switch {
	case known.Exam(exam) == nil:
		return PhotosAnswer{}, refusal(engine.BadFrame, "exam")
	case !actor.May(ActRoster, exam, "", ""):
		return PhotosAnswer{}, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(r.Op):
		return PhotosAnswer{}, refusal(engine.BadFrame, "op")
	}
	have, err := PhotoHashes(ctx, o.register, exam)
	if err != nil {
		return PhotosAnswer{}, err
	}
	spool, err := os.CreateTemp("", "terang-photos-*")
	if err != nil {
		return PhotosAnswer{}, fmt.Errorf("photos: %w", err)
	}
	defer func() { _ = spool.Close(); _ = os.Remove(spool.Name()) }()
	in := &photoReader{spool: spool, people: known, exam: exam, have: have, seen: map[string]string{}}
	if err := in.read(r.Zip, r.Size); err != nil {
		return PhotosAnswer{}, err
	}
	if err := in.settled(ctx, o.log.journal); err != nil {
		return PhotosAnswer{}, err
	}
	if len(in.faults) > 0 && !r.Partial {
		return PhotosAnswer{Faults: in.faults}, nil
	}
	answer := PhotosAnswer{Loaded: len(in.good), Faults: in.faults, Missing: []string{}}
	for _, k := range in.good {
		if k.replaces {
			answer.Replaced++
		}
	}
	two, err := o.photosByTwo(ctx, actor, exam, &r, answer.Replaced)
	if err != nil {
		return PhotosAnswer{}, err
	}
	if err := in.take(ctx, o, r, actor.User, two); err != nil {
		return PhotosAnswer{}, err
	}
	for _, p := range known.All(exam) {
		if have[p.Attempt] == "" {
			answer.Missing = append(answer.Missing, p.Number)
		}
	}
	slices.Sort(answer.Missing)
	return answer, nil
}

func (o *Office) photosByTwo(ctx context.Context, actor Account, exam string, r *PhotosRequest, replaced int) (string, error) {
	frozen, err := o.RosterFrozen(ctx, exam)
	if err != nil || !frozen || replaced == 0 {
		return "", err
	}
	if strings.TrimSpace(r.Reason) == "" {
		return "", refusal(engine.NeedsReason, "reason")
	}
	q := Proposal{Stream: engine.ExamStream + exam, Act: engine.ActRoster, Op: r.Op, By: actor.User, Exam: exam, Reason: r.Reason}
	return o.pairs.Witness(ctx, actor, r.Second, &q, ActRoster)
}

func (in *photoReader) read(archive io.ReaderAt, size int64) error {
	z, err := zip.NewReader(archive, size)
	if err != nil {
		in.faults = append(in.faults, Fault{What: "the file is no ZIP archive", Remedy: "put the photos into a ZIP, each named by its participant number"})
		return nil //nolint:nilerr // it is the file's fault, and said
	}
	if len(z.File) > filesMost {
		in.faults = append(in.faults, Fault{What: fmt.Sprintf("the archive has %d files", len(z.File)), Remedy: "split it"})
		return nil
	}
	if len(in.people.All(in.exam)) == 0 {
		in.faults = append(in.faults, Fault{What: "nobody is on the roster", Remedy: "load the roster first"})
		return nil
	}
	found := 0
	for _, f := range z.File {
		name := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
		if f.FileInfo().IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		found++
		if err := in.file(f, name); err != nil {
			return err
		}
	}
	if found == 0 {
		in.faults = append(in.faults, Fault{What: "the archive has no photo in it", Remedy: "put the photos into a ZIP, each named by its participant number"})
	}
	return nil
}

// file checks one photo; the error is of the spool, what is wrong with the photo is a fault.
func (in *photoReader) file(f *zip.File, name string) error {
	fault := func(what, remedy string) {
		in.faults = append(in.faults, Fault{Photo: name, What: what, Remedy: remedy})
	}
	number := strings.TrimSuffix(name, path.Ext(name))
	people := in.people.Find(number, in.exam)
	if len(people) == 0 {
		fault("nobody on the roster has this number", "name the file by the participant number, as 26401-110-000417.jpg, or load the roster first")
		return nil
	}
	plain, _ := NormalNumber(number)
	if first := in.seen[plain]; first != "" {
		fault("it is the second photo of "+people[0].Number+", after "+first, "keep one of them")
		return nil
	}
	in.seen[plain] = name
	r, err := f.Open()
	if err != nil {
		fault("it cannot be unpacked: "+err.Error(), "make the archive again, without a password")
		return nil
	}
	file, err := io.ReadAll(io.LimitReader(r, portraitBytes+1))
	if err = errors.Join(err, r.Close()); err != nil {
		fault("it cannot be unpacked: "+err.Error(), "make the archive again, without a password")
		return nil
	}
	body, err := portrait(file)
	if err != nil {
		fault(err.Error(), fmt.Sprintf("use an upright JPEG, PNG or WebP of %d pixels or more, up to %d MB", portraitLeast, portraitBytes>>20))
		return nil
	}
	hash := engine.SHA256(string(body))
	had := in.have[people[0].Attempt]
	if _, err := in.spool.WriteAt(body, in.size); err != nil {
		return fmt.Errorf("photos: %w", err)
	}
	in.good = append(in.good, kept{people[0], hash, in.size, int64(len(body)), had != "" && had != hash})
	in.size += int64(len(body))
	return nil
}

// settled refuses another photo of who has checked in with one.
func (in *photoReader) settled(ctx context.Context, j engine.Journal) error {
	good := in.good[:0]
	for _, k := range in.good {
		if k.replaces {
			s, err := stageOf(ctx, j, k.person)
			if err != nil {
				return err
			}
			if s >= checkedIn {
				plain, _ := NormalNumber(k.person.Number)
				in.faults = append(in.faults, Fault{Photo: in.seen[plain], What: "the person has checked in, and another photo is on record", Remedy: "leave it: a doubt about who it is is raised at the station"})
				continue
			}
		}
		good = append(good, k)
	}
	in.good = good
	return nil
}

// photosAtOnce is how many are written in one transaction: some megabytes.
const photosAtOnce = 64

func (in *photoReader) take(ctx context.Context, o *Office, r PhotosRequest, by, two string) error {
	if len(in.good) == 0 {
		return nil
	}
	slices.SortFunc(in.good, func(a, b kept) int { return strings.Compare(a.person.Number, b.person.Number) })
	var list strings.Builder
	for some := range slices.Chunk(in.good, photosAtOnce) {
		var entries []engine.Entry
		for _, k := range some {
			body := make([]byte, k.size)
			if _, err := in.spool.ReadAt(body, k.at); err != nil {
				return fmt.Errorf("photos: %w", err)
			}
			id := in.exam + "/" + k.person.Attempt
			entries = append(entries, engine.Entry{Kind: KindPhoto, ID: id, Body: body}, engine.Entry{Kind: KindPhotoHash, ID: id, Body: []byte(k.hash)})
			in.have[k.person.Attempt] = k.hash
			fmt.Fprintf(&list, "%s %s\n", k.person.Number, k.hash)
		}
		if err := o.register.Put(ctx, entries...); err != nil {
			return fmt.Errorf("keep photos of %s: %w", in.exam, err)
		}
	}
	why, words := splitReason(r.Reason)
	if _, err := KeepText(ctx, o.register, words); err != nil {
		return err
	}
	return o.log.Once(ctx, engine.ExamStream+in.exam, engine.Event{
		Kind: engine.PhotosLoaded, At: o.now(), By: by, Two: two, Op: r.Op, Why: why, MS: int64(len(in.good)), Text: engine.SHA256(list.String()),
	})
}

// PhotoHashes are the hashes of an exam's photos, by attempt.
func PhotoHashes(ctx context.Context, r engine.Register, exam string) (map[string]string, error) {
	have := map[string]string{}
	err := r.List(ctx, KindPhotoHash, exam+"/", func(e engine.Entry) error {
		have[strings.TrimPrefix(e.ID, exam+"/")] = string(e.Body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("photos of %s: %w", exam, err)
	}
	return have, nil
}

// Photo is somebody's photo, a JPEG; nil if there is none.
func Photo(ctx context.Context, r engine.Register, p *Person) ([]byte, error) {
	body, err := r.Get(ctx, KindPhoto, p.Exam+"/"+p.Attempt)
	if errors.Is(err, engine.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("photo of %s: %w", p.Number, err)
	}
	return body, nil
}

// erasePhotos lets go of the photos of people who are no longer on the roster.
func (p *People) erasePhotos(ctx context.Context, people []Person) error {
	for i := range people {
		id := people[i].Exam + "/" + people[i].Attempt
		for _, kind := range []string{KindPhoto, KindPhotoHash} {
			if err := p.register.Erase(ctx, kind, id); err != nil && !errors.Is(err, engine.ErrAbsent) {
				return fmt.Errorf("erase the photo of %s: %w", people[i].Number, err)
			}
		}
	}
	return nil
}
