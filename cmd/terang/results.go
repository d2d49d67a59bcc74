package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"terang/cmd/terang/analysis"
	"terang/cmd/terang/stores"
	"terang/scoring"
)

type resultsCmd struct {
	Board       resultsBoard          `cmd:"" help:"Show a board, folded anew from the journal."`
	Rules       resultsRules          `cmd:"" help:"Show the rule sets with their decrees and uncertainties, or check a file."`
	Shortlist   resultsShortlist      `cmd:"" help:"Decide who goes on to the second stage."`
	Sheet       resultsSheet          `cmd:"" help:"Import a sheet of marks of the second stage; another person releases it."`
	Final       resultsFinal          `cmd:"" help:"Join the stages, rank, give the seats."`
	Explain     resultsExplain        `cmd:"" help:"Explain one person's row: which rule, which numbers, who stands above and by what key."`
	Export      resultsExport         `cmd:"" help:"Write an exam's results for a personnel system."`
	Annul       resultsAnnul          `cmd:"" help:"Annul an item: show what it would do, and with two people do it."`
	Aberrance   analysis.AberranceCmd `cmd:"" help:"List what in an exam's answer sheets somebody should look into. Advice: it changes nothing."`
	Fairness    analysis.FairnessCmd  `cmd:"" help:"Say whether it mattered in which sitting a candidate sat, and which form they had."`
	Certificate resultsCertificate    `cmd:"" help:"Print score certificates: PDF with fingerprint and QR code."`
	List        resultsList           `cmd:"" help:"Print a ranking list: PDF or XLSX."`
	Minutes     resultsMinutes        `cmd:"" aliases:"minutes-sheet" help:"Write the minutes of a sitting (Berita Acara), closed or as the journal stands: PDF to sign, or JSON."`
	Report      resultsReport         `cmd:"" help:"Write the evaluation of an exam or a sitting: HTML and PDF with charts."`
	Objections  resultsObjections     `cmd:"" help:"List what candidates object to, show a case, answer it."`
	Notices     resultsNotices        `cmd:"" help:"Write what candidates are to be told of decisions, for the authority's own mailing (CSV). The file is recorded."`
	Freeze      resultsFreeze         `cmd:"" help:"Fix an exam's results as a list, with two people."`
	Release     resultsRelease        `cmd:"" help:"Publish the frozen list, with two people."`
	Unfreeze    resultsUnfreeze       `cmd:"" help:"Let frozen results change again, with two people. What was released stays public."`
}

type resultsBoard struct {
	stores.Flags
	Board string `arg:"" help:"EXAM, EXAM.site.CODE, EXAM.sitting.CODE or EXAM.formation.CODE."`
	Limit int    `default:"0" help:"Rows; 0 for all (with --json at most one page of 2000)."`
	JSON  bool   `help:"The snapshot as the public API gives it."`
}

// Run folds the journal into the exam's boards and prints one; a server may hold the
// journal meanwhile.
func (c *resultsBoard) Run(ctx context.Context) error {
	return c.Reading(func(s *stores.DB, keys *stores.KeyFile) error { return c.print(ctx, s, keys) })
}

func (c *resultsBoard) print(ctx context.Context, s *stores.DB, keys *stores.KeyFile) error {
	exams, err := stores.FoldOnly(ctx, s, keys)
	if err != nil {
		return err
	}
	for _, x := range exams {
		if c.JSON {
			if body, _, ok := x.Boards.JSON(c.Board, 0, c.most(0), ""); ok {
				_, err := os.Stdout.Write(append(body, '\n'))
				return err
			}
		} else if page, ok := x.Boards.Page(c.Board, 0, c.most(0), ""); ok {
			if page.Rehearsal {
				fmt.Printf("GLADI (rehearsal) %s: nothing here is anybody's result\n", page.Exam.Code)
			}
			if r := page.Rescored; r.Version > 0 {
				fmt.Printf("DINILAI ULANG (scored again), version %d of %s: %s\n", r.Version, r.At, r.Why)
			}
			switch d := page.Decided; {
			case d.Again:
				fmt.Printf("DAFTAR %s DISUSUN ULANG (the list of %s is made anew): statuses are by the thresholds\n", d.At, d.At)
			case d.List != "":
				fmt.Printf("DAFTAR DIUMUMKAN (list released) %s: statuses are its codes\n", d.At)
			}
			return c.printBoard(x.Boards, page)
		}
	}
	return fmt.Errorf("no board %q: see GET /api/v1/boards, or terang exam status", c.Board)
}

// most is how many rows are asked for after so many have been shown.
func (c *resultsBoard) most(shown int) int {
	if c.Limit <= 0 {
		return scoring.MaxPage
	}
	return min(c.Limit-shown, scoring.MaxPage)
}

func (c *resultsBoard) printBoard(boards *scoring.Boards, p *scoring.Page) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprint(w, "RANK\tNUMBER\tNAME\t")
	for _, s := range p.Sections {
		fmt.Fprintf(w, "%s\t", s.Code)
	}
	fmt.Fprintln(w, "TOTAL\tSTATUS\tANSWERED")
	for shown := 0; len(p.Rows) > 0; {
		for _, r := range p.Rows {
			fmt.Fprintf(w, "%d\t%s\t%s\t", r.Rank, r.Number, r.Name)
			for i := range p.Sections {
				fmt.Fprintf(w, "%d\t", r.Points[i])
			}
			fmt.Fprintf(w, "%d\t%s\t%d\n", r.Points.Sum(), r.Shown(), r.Answered)
		}
		if shown += len(p.Rows); c.most(shown) <= 0 {
			break
		}
		p, _ = boards.Page(c.Board, shown, c.most(shown), "")
	}
	return w.Flush()
}
