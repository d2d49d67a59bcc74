package main

import (
	"context"
	"fmt"

	"terang/cmd/terang/node"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
)

// objectionsRedress carries out an objection that was upheld after the candidate's sitting
// was over.
type objectionsRedress struct {
	caseFlags
	To      string `help:"Sitting of the exam where the candidate sits; it has not begun." placeholder:"CODE"`
	New     string `help:"Code of a sitting that is made for it, instead of --to." placeholder:"CODE"`
	Site    string `help:"Site of the new sitting." placeholder:"CODE"`
	Room    string `help:"Room of the new sitting." placeholder:"CODE"`
	Title   string `help:"Title of the new sitting."`
	Start   string `help:"Start of the new sitting, local to the site." placeholder:"2026-12-05T08:00"`
	Minutes int    `help:"Minutes of the new sitting; default: as the rule set says."`
	Reason  string `required:"" help:"The minutes or the decision that it follows from."`
	Second  string `help:"The second person here; the password is asked, or read from TERANG_SECOND_PASSWORD. Without one it is proposed." placeholder:"USER"`
	Op      string `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Run lets the candidate sit again at another sitting, on other items; who had not begun is
// transferred. It takes two people.
func (c *objectionsRedress) Run(ctx context.Context) error {
	q := proctor.RedressRequest{Op: orNew(c.Op), To: c.To, Reason: c.Reason}
	switch {
	case (c.To == "") == (c.New == ""):
		return usage.Errorf("say where the candidate sits: --to CODE, or --new CODE with --site, --room, --title and --start")
	case c.New != "" && (c.Site == "" || c.Room == "" || c.Title == "" || c.Start == ""):
		return usage.Errorf("--new %s: give --site, --room, --title and --start as well", c.New)
	case c.New != "":
		q.New = &engine.SittingDef{Code: c.New, Site: c.Site, Room: c.Room, Title: c.Title, Start: c.Start, Minutes: c.Minutes}
	case c.Site+c.Room+c.Title+c.Start != "" || c.Minutes != 0:
		return usage.Errorf("--to %s is a sitting that the exam has: --site, --room, --title, --start and --minutes are of a new one", c.To)
	}
	var err error
	if q.Second, err = secondPerson(c.Second); err != nil {
		return err
	}
	return c.on(ctx, proctor.ActObjectionRedress, func(o *office, n *node.Node, _ proctor.Case, one *proctor.Objection) error {
		answer, err := n.Server.RedressObjection(ctx, o.by, c.Exam, one.Seq, q)
		switch {
		case err != nil:
			return pairError(one.Number(), err)
		case answer.Proposal != "":
			return printAnswer(answer)
		}
		fmt.Printf("%s: %s sits at %s%s\n", one.Number(), one.Candidate, c.To, c.New)
		return nil
	})
}
