package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"terang/cmd/terang/analysis"
	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/questionbank"
)

type bankCmd struct {
	Check      bankCheck         `cmd:"" help:"Check bank files of any format whole: every fault with file, line and remedy."`
	Convert    bankConvert       `cmd:"" help:"Read questions in one format and write them in another."`
	Template   bankTemplate      `cmd:"" help:"Write the table that people fill in with questions."`
	Stats      analysis.ItemsCmd `cmd:"" help:"Analyse the items of an exam after its sittings, from the journal."`
	Plan       bankPlan          `cmd:"" help:"Compile a blueprint, refuse what could fail at the door, and print the certificate of its forms."`
	Import     bankImport        `cmd:"" help:"Take items from files into the bank, as drafts."`
	Export     bankExport        `cmd:"" help:"Write items of the bank to a file."`
	List       bankList          `cmd:"" help:"List the items of the bank."`
	Show       bankShow          `cmd:"" help:"Show an item with its key and its history; the reading is recorded."`
	Diff       bankDiff          `cmd:"" help:"Show what differs between two versions of an item."`
	Duplicates bankDuplicates    `cmd:"" help:"Find items that are the same or nearly the same."`
	Edit       bankEdit          `cmd:"" help:"Store the next version of an item from a file that was exported and changed."`
	Comment    bankComment       `cmd:"" help:"Write a comment on an item."`
	Submit     bankSubmit        `cmd:"" help:"Send drafts to review."`
	Review     bankReview        `cmd:"" help:"Approve items, or return them to their author: by somebody who did not write them."`
	Retire     bankRetire        `cmd:"" help:"Take items out of use for good."`
	Keys       bankKeys          `cmd:"" help:"Keys for sealed packs."`
	Seal       bankSeal          `cmd:"" help:"Seal an exam and its spare until an hour, for sites and for three key-holders."`
	Open       bankOpen          `cmd:"" help:"Open a sealed pack by hand, with the identity of a site or of two key-holders."`
	Void       bankVoid          `cmd:"" help:"Void a pack that was lost or leaked, by two people, and put its spare in its place."`
	Notice     bankNotice        `cmd:"" help:"Sign the notice of a pack that two people voided, for sites."`
	Keep       bankKeep          `cmd:"" help:"Keep a report of bank stats for the bank's pages."`
}

type bankCheck struct {
	foreignFlags
	RuleSet string   `default:"skd-2024" help:"Rule set whose sections the bank is for: a name, or a file." name:"ruleset"`
	Files   []string `arg:"" help:"Bank files of one folder, figures beside them." type:"existingfile"`
}

// Run checks a bank and counts it.
func (c *bankCheck) Run() error {
	rules, err := readRules(c.RuleSet)
	if err != nil {
		return usage.Errorf("--ruleset: %v", err)
	}
	bank, err := readBank(c.Files, &c.foreignFlags, rules.Kind)
	if err != nil {
		return err
	}
	if faults := questionbank.Check(bank, create.SectionRules(rules)); len(faults) > 0 {
		return stores.FaultList("bank", faults)
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
			return nil, nil, usage.Errorf("%s is not in %s: put all files of a bank into one folder", f, dir)
		}
		names[i] = filepath.Base(f)
	}
	return os.DirFS(dir), names, nil
}
