package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/questionbank"
	"terang/questionbank/format"
	"terang/questionbank/format/draft"
	"terang/questionbank/format/sheet"
)

// foreignFlags say how files of questions are to be read.
type foreignFlags struct {
	Format   string `help:"Format of the files: terang, gift, aiken, moodlexml, qti, csv or xlsx; default: as their names and contents tell." placeholder:"NAME"`
	Section  string `help:"Section of questions that name none." placeholder:"TWK"`
	Topic    string `help:"Topic of questions that name none."`
	Band     string `enum:",easy,medium,hard" default:"" help:"Band of questions that name none: easy, medium or hard."`
	Lang     string `help:"Language of questions that name none (BCP 47); default: id."`
	Author   string `help:"Author of questions that name none."`
	Reviewer string `help:"Reviewer of questions that name none."`
	Points   int    `default:"5" help:"Points of the one right option, and of the best of a graded question, where the file does not say."`
	Partial  bool   `help:"Take what can be read when something cannot."`
}

// Validate is called by the command line's parser.
func (f *foreignFlags) Validate() error {
	if f.Points < 0 || f.Points > 1000 {
		return fmt.Errorf("--points %d: between 1 and 1000", f.Points)
	}
	return nil
}

// read reads files, and prints what was taken otherwise than it stands.
func (f *foreignFlags) read(names []string) (*format.Import, error) {
	fsys, bases, err := bankFiles(names)
	if err != nil {
		return nil, err
	}
	files := make([]format.File, len(names))
	for i, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if info.Size() > draft.MaxFile {
			return nil, fmt.Errorf("%s has %d bytes, at most %d are read; divide it", name, info.Size(), draft.MaxFile)
		}
		files[i].Name = bases[i]
		if files[i].Data, err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	in, err := f.formats(files, fsys)
	if err != nil {
		return nil, err
	}
	for _, w := range in.Warnings {
		fmt.Println("warning:", w)
	}
	if len(in.Faults) > 0 && !f.Partial {
		return nil, stores.FaultList("bank files", in.Faults)
	}
	for _, w := range in.Faults {
		fmt.Println("left out:", w)
	}
	return in, nil
}

// formats reads each file in its format, and joins what was read.
func (f *foreignFlags) formats(files []format.File, beside fs.FS) (*format.Import, error) {
	kinds := make([]string, len(files))
	for i := range files {
		if kinds[i] = f.Format; kinds[i] == "" {
			kinds[i] = format.Detect(files[i])
		}
		if kinds[i] == "" {
			return nil, usage.Errorf("%s: its name does not tell the format; add --format with one of %s", files[i].Name, strings.Join(format.Names(), ", "))
		}
	}
	all := &format.Import{}
	for from, to := 0, 0; from < len(files); from = to {
		for to = from + 1; to < len(files) && kinds[to] == kinds[from]; to++ {
			continue
		}
		in, err := format.Read(kinds[from], files[from:to], format.Options{
			Section: f.Section, Topic: f.Topic, Band: questionbank.Band(f.Band), Lang: f.Lang,
			Author: f.Author, Reviewer: f.Reviewer, Points: f.Points, Partial: f.Partial, Beside: beside,
		})
		if err != nil {
			return nil, usage.Errorf("--format: %v", err)
		}
		all.Questions = append(all.Questions, in.Questions...)
		all.Faults = append(all.Faults, in.Faults...)
		all.Warnings = append(all.Warnings, in.Warnings...)
	}
	var again []questionbank.Fault
	all.Questions, again = questionbank.Once(all.Questions) // each format knows its own only
	all.Faults = append(all.Faults, again...)
	if len(all.Questions) > 0 {
		_, all.Lacks = questionbank.NewBank(all.Questions)
	}
	return all, nil
}

// readBank reads bank files of any format, or the sample bank for rule sets of a kind where
// none is named. What comes from another format has to be finished, like a bank.
func readBank(names []string, f *foreignFlags, kind string) (*questionbank.Bank, error) {
	if len(names) == 0 {
		return stores.SampleOf(kind).Bank()
	}
	if f.Format == "" && !slices.ContainsFunc(names, func(n string) bool { return filepath.Ext(n) != ".bank" }) {
		fsys, bases, err := bankFiles(names)
		if err != nil {
			return nil, err
		}
		bank, faults := questionbank.Parse(fsys, bases...)
		if len(faults) > 0 {
			return nil, stores.FaultList("bank", faults)
		}
		return bank, nil
	}
	in, err := f.read(names)
	if err != nil {
		return nil, err
	}
	bank, faults := questionbank.NewBank(in.Questions)
	if len(faults) > 0 {
		return nil, stores.FaultList("bank", faults)
	}
	return bank, nil
}

type bankConvert struct {
	foreignFlags
	From  string   `help:"Format of the files; the same as --format." placeholder:"NAME"`
	To    string   `required:"" help:"Format to write: terang, gift, moodlexml, qti, csv or xlsx." placeholder:"NAME"`
	Out   string   `required:"" help:"File to write. For terang, NAME.bank puts figures beside it, another name is one archive." type:"path"`
	Files []string `arg:"" help:"Files of one folder, figures beside them." type:"existingfile"`
}

// Run converts, and says what is lost on the way in and on the way out.
func (c *bankConvert) Run() error {
	if c.From != "" {
		c.Format = c.From
	}
	in, err := c.read(c.Files)
	if err != nil {
		return err
	}
	for _, l := range in.Lacks {
		fmt.Println("not ready:", l)
	}
	var out bytes.Buffer
	e, err := format.Write(c.To, &out, in.Questions)
	if err != nil {
		return usage.Errorf("--to: %v", err)
	}
	for _, l := range e.Losses {
		fmt.Println("loss:", l)
	}
	if c.To == "terang" && filepath.Ext(c.Out) == ".bank" {
		err = writeBankText(c.Out, in.Questions)
	} else {
		err = output.Private(c.Out, output.Bytes(out.Bytes()))
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d of %d questions written as %s\n", c.Out, e.Written, len(in.Questions), c.To)
	return nil
}

// writeBankText writes questions as text with their figures beside it.
func writeBankText(file string, qs []questionbank.Question) error {
	for name, data := range questionbank.FigureFiles(qs) {
		name = filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := output.Private(name, output.Bytes(data)); err != nil {
			return err
		}
	}
	return output.Private(file, output.Bytes(questionbank.Text(qs)))
}

type bankTemplate struct {
	Format string `enum:"csv,xlsx" required:"" help:"csv or xlsx."`
	Out    string `required:"" help:"File to write." type:"path"`
}

// Run writes the template. The columns are described at package sheet.
func (c *bankTemplate) Run() error {
	write := map[string]func(io.Writer) error{"csv": sheet.TemplateCSV, "xlsx": sheet.TemplateXLSX}[c.Format]
	return output.Public(c.Out, write)
}
