package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/web"
)

type boardExport struct {
	sourceFlags
	examURL
	Journal string `help:"Fold the boards from this journal instead of reading a server." placeholder:"sqlite:FILE|postgres://…"`
	Keys    string `help:"Key file of --journal; default as with serve." type:"path"`
	Out     string `required:"" help:"Folder to write: empty, or one that an earlier export wrote." type:"path" placeholder:"DIR"`
}

// Run writes what a board server shows as files: boards, released lists, criteria, counts of
// objections, all as pages that need no script and the same for programs; the frozen states,
// the public log, and SHA256SUMS over all of them.
func (c *boardExport) Run(ctx context.Context) error {
	if c.From != "" && c.Journal != "" {
		c.byFlag()
	}
	if (c.From == "") == (c.Journal == "") {
		return usage.Errorf("give one of --from and --journal; what stands in TERANG_FROM and TERANG_JOURNAL counts too")
	}
	exam, err := c.parse()
	if err != nil {
		return err
	}
	files, err := web.NewBoardFiles(c.Out, exam, process.NewLog(slog.LevelWarn))
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if c.Journal != "" {
		flags := stores.Flags{Journal: c.Journal, Keys: c.Keys}
		err = flags.Reading(func(s *stores.DB, keys *stores.KeyFile) error {
			exams, err := stores.FoldOnly(ctx, s, keys)
			if err != nil {
				return err
			}
			if err := files.Recorded(ctx, web.Record{Journal: s.Journal, Register: s.Register, Archive: s.Archive, Exams: exams, Now: stores.Now()}); err != nil {
				return err
			}
			return files.Write(ctx)
		})
	} else {
		err = c.fromServer(ctx, files)
	}
	if err != nil {
		return err
	}
	fmt.Printf("written to %s; check it with: (cd %s && sha256sum -c --quiet SHA256SUMS)\n", c.Out, c.Out)
	return nil
}

// byFlag lets the source that is given beat the one that only stands in the environment, as the manual
// has the journal there for all commands.
func (c *boardExport) byFlag() {
	from, journal := c.From == os.Getenv("TERANG_FROM"), c.Journal == os.Getenv("TERANG_JOURNAL")
	switch {
	case journal && !from:
		c.Journal = ""
	case from && !journal:
		c.From = ""
	}
}

func (c *boardExport) fromServer(ctx context.Context, files *web.BoardFiles) (err error) {
	source, client, err := c.source()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "terang-board-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := files.From(ctx, source, client, dir); err != nil {
		return fmt.Errorf("read the boards: %w; nothing was written: check --from, and that this machine reaches it", err)
	}
	return files.Write(ctx)
}
