// Command terang is the exam engine for the written selection of public-service
// recruitment: one binary that serves exams, prepares them and answers for them.
//
// Here is the command line: each command is a struct with its flags and a Run, which opens what
// it needs, asks the packages that decide, and prints. Who acts, and whether they may, is
// office.go. What has a vocabulary of its own is a room below, and rooms_test.go says which
// knows which:
//
//	stores    the journal, register and archive that commands work on, and the key file
//	output    the files that commands leave behind
//	usage     calls that were wrong
//	create    making exams
//	node      serving them; process: one as the child of another
//	analysis  what answer sheets tell of items, forms and candidates
//	site      a sitting that a site holds by itself, there and home again
//	export    an exam for others; evidence: how an auditor checks it
//	witness   the public log, watched from outside
//	rehearse  a machine under load; crowd: who sits there; checker, judge: what became of it
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	_ "time/tzdata" // every site names its zone, and a bare machine may know none

	"github.com/alecthomas/kong"

	"terang/cmd/terang/export"
	"terang/cmd/terang/process"
	"terang/cmd/terang/rehearse"
	"terang/cmd/terang/usage"
	"terang/cmd/terang/witness"
)

// cli is every command; what each does stands beside its Run.
type cli struct {
	Demo     demoCmd          `cmd:"" help:"Hold a whole sitting on this machine: simulated candidates, free seats, station and board."`
	Serve    serveCmd         `cmd:"" help:"Serve the exams of a journal."`
	Staff    staffCmd         `cmd:"" help:"Staff accounts."`
	Token    tokenCmd         `cmd:"" help:"Tokens of other programs."`
	Webhook  webhookCmd       `cmd:"" help:"What other programs are told, and what became of it."`
	Exam     examCmd          `cmd:"" help:"Create exams, load rosters."`
	Bank     bankCmd          `cmd:"" help:"The question bank."`
	Results  resultsCmd       `cmd:"" help:"Boards and results."`
	Site     siteCmd          `cmd:"" help:"Sittings that a site holds by itself, without a line to the centre."`
	Board    boardCmd         `cmd:"" help:"Serve the public boards of another server to any number of watchers, or write them as files."`
	Rehearse rehearse.Cmd     `cmd:"" help:"Load a server with simulated candidates, and judge what became of their answers."`
	Echo     rehearse.EchoCmd `cmd:"" hidden:"" help:"The bare server that a rehearsal is measured beside."`
	Readers  rehearse.Readers `cmd:"" hidden:"" help:"The readers of a board, as a rehearsal starts them."`
	Act      actCmd           `cmd:"" help:"Do at a sitting what the station does; where it takes two people, propose it."`
	Propose  proposalsCmd     `cmd:"" name:"proposals" help:"Show what waits for a second person."`
	Approve  approveCmd       `cmd:"" help:"Approve what another person proposed, or refuse it."`
	Audit    auditCmd         `cmd:"" help:"Show who did what, and who read what."`
	Export   export.Cmd       `cmd:"" help:"Write what an auditor needs to check an exam without this program's database."`
	Verify   verifyCmd        `cmd:"" help:"Compute an exam again from its export, and name the first difference."`
	Keys     keysCmd          `cmd:"" help:"Make the key files that a new journal lacks, before its servers start, or show those that it has."`
	Log      logCmd           `cmd:"" help:"The public log: its keys and witnesses; make it again from the journal."`
	Witness  witness.Cmd      `cmd:"" help:"Watch the public log of a server from outside, and cosign what it says."`
	Backup   backupCmd        `cmd:"" help:"Copy a journal into one file while it is in use."`
	Restored restoredCmd      `cmd:"" help:"Record that a journal was restored from a backup and lacks what servers had seen in it, so that they serve it."`
	Doctor   doctorCmd        `cmd:"" help:"Check this machine and a journal, and say what to change."`
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("terang"), kong.UsageOnError(), kong.DefaultEnvars("TERANG"),
		kong.Description("The exam engine for the written selection of public-service recruitment. terang --version shows the commit that it was built from, where the build knew it."),
		kong.Exit(func(code int) { os.Exit(code) }),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "terang:", err)
		return 2
	}
	switch {
	case len(args) == 1 && args[0] == "--version": // not a flag of all commands: some have one
		fmt.Println("terang", process.Version()+",", runtime.Version())
		return 0
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help": // terang help exam create
		args = append(args[1:], "--help")
	}
	called, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "terang:", err)
		fmt.Fprintln(os.Stderr, "See terang --help, or terang COMMAND --help.")
		return 2
	}
	end, err := process.Profiled()
	if err != nil {
		fmt.Fprintln(os.Stderr, "terang:", err)
		return 2
	}
	defer end() //nolint:errcheck // a profile that is not whole is seen by who reads it
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	defer stop()
	context.AfterFunc(ctx, stop) // who asks again does not want to wait for a clean end
	called.BindTo(ctx, (*context.Context)(nil))
	err = called.Run()
	var wrong usage.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, "terang:", err)
		return 2
	}
	fmt.Fprintln(os.Stderr, "terang:", err)
	return 1
}

// endings are the signals that end a command cleanly: also a terminal that is closed, unless
// whoever started it wants it to live on, as nohup does.
func endings() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}
