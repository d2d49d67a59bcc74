package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"text/tabwriter"

	"terang/scoring"
)

type resultsCmd struct {
	Board resultsBoard `cmd:"" help:"Show a board, folded anew from the journal."`
}

type resultsBoard struct {
	storeFlags
	Board string `arg:"" help:"EXAM, EXAM.site.CODE, EXAM.sitting.CODE or EXAM.formation.CODE."`
	Limit int    `default:"0" help:"Rows; 0 for all."`
	JSON  bool   `help:"The snapshot as the public API gives it."`
}

// Run folds the journal into the exam's boards and prints one; a server may hold the
// journal meanwhile.
func (c *resultsBoard) Run(ctx context.Context) error {
	keys, err := openKeys(c.keyPath())
	if err != nil {
		return err
	}
	s, err := openStores(c.Journal, false)
	if err != nil {
		return err
	}
	return errors.Join(c.print(ctx, s, keys), s.close())
}

func (c *resultsBoard) print(ctx context.Context, s *stores, keys *keyFile) error {
	exams, err := foldOnly(ctx, s, keys)
	if err != nil {
		return err
	}
	if c.Limit <= 0 {
		c.Limit = math.MaxInt32
	}
	for _, x := range exams {
		if c.JSON {
			if body, _, ok := x.Boards.JSON(c.Board, 0, c.Limit, ""); ok {
				_, err := os.Stdout.Write(append(body, '\n'))
				return err
			}
		} else if page, ok := x.Boards.Page(c.Board, 0, c.Limit, ""); ok {
			return printBoard(page)
		}
	}
	return fmt.Errorf("no board %q: see GET /api/v1/boards, or terang exam status", c.Board)
}

func printBoard(p *scoring.Page) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprint(w, "RANK\tNUMBER\tNAME\t")
	for _, s := range p.Sections {
		fmt.Fprintf(w, "%s\t", s.Code)
	}
	fmt.Fprintln(w, "TOTAL\tSTATUS\tANSWERED")
	for _, r := range p.Rows {
		fmt.Fprintf(w, "%d\t%s\t%s\t", r.Rank, r.Number, r.Name)
		for i := range p.Sections {
			fmt.Fprintf(w, "%d\t", r.Points[i])
		}
		fmt.Fprintf(w, "%d\t%s\t%d\n", r.Points.Sum(), r.Status, r.Answered)
	}
	return w.Flush()
}
