package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"terang/questionbank"
	"terang/scoring"
)

type bankCmd struct {
	Check    bankCheck    `cmd:"" help:"Check bank files of any format whole: every fault with file, line and remedy."`
	Convert  bankConvert  `cmd:"" help:"Read questions in one format and write them in another."`
	Template bankTemplate `cmd:"" help:"Write the table that people fill in with questions."`
	Stats    bankStats    `cmd:"" help:"Analyse the items of an exam after its sittings, from the journal."`
}

type bankCheck struct {
	foreignFlags
	RuleSet string   `default:"skd-2024" help:"Rule set whose sections the bank is for." name:"ruleset"`
	Files   []string `arg:"" help:"Bank files of one folder, figures beside them." type:"existingfile"`
}

// Run checks a bank and counts it.
func (c *bankCheck) Run() error {
	rules, err := scoring.ByName(c.RuleSet)
	if err != nil {
		return usage("--ruleset: %v", err)
	}
	bank, err := readBank(c.Files, &c.foreignFlags)
	if err != nil {
		return err
	}
	if faults := questionbank.Check(bank, sectionRules(rules)); len(faults) > 0 {
		return faultList("bank", faults)
	}
	for _, a := range questionbank.Advice(bank) {
		fmt.Println("advice:", a)
	}
	count := make(map[string]int)
	for _, q := range bank.Questions() {
		count[q.Section]++
	}
	for _, s := range rules.Sections {
		fmt.Printf("%s  %d items\n", s.Code, count[s.Code])
	}
	fmt.Printf("bank %s: %d items, no fault\n", bank.Hash()[:12], bank.Len())
	return nil
}

// bankFiles opens the folder in which all files stand.
func bankFiles(files []string) (fs.FS, []string, error) {
	dir := filepath.Dir(files[0])
	names := make([]string, len(files))
	for i, f := range files {
		if filepath.Dir(f) != dir {
			return nil, nil, usage("%s is not in %s: put all files of a bank into one folder", f, dir)
		}
		names[i] = filepath.Base(f)
	}
	return os.DirFS(dir), names, nil
}
