package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
)

type examPlaces struct {
	officeFlags
	Exam         string            `arg:"" help:"Code of the exam."`
	File         string            `help:"Changes as JSON; what the other flags say is added to them." type:"existingfile"`
	Site         []string          `sep:"none" help:"Add a site. Its zone is an IANA one." placeholder:"CODE=ZONE,NAME"`
	Room         []string          `sep:"none" help:"Add a room." placeholder:"CODE=SITE,SEATS,NAME"`
	Sitting      []string          `sep:"none" help:"Add a sitting. The hour is local to the site: 2026-11-22T08:00." placeholder:"CODE=ROOM,HOUR,TITLE"`
	Seats        map[string]int    `help:"How many seats a room has from here on." placeholder:"ROOM=SEATS"`
	Hour         map[string]string `help:"When a sitting starts instead." placeholder:"SITTING=HOUR"`
	CloseSite    []string          `help:"Close a site with its rooms; its people need another site first." placeholder:"SITE"`
	CloseRoom    []string          `help:"Close a room; its people are drawn into other sittings of the site." placeholder:"ROOM"`
	CloseSitting []string          `help:"Cancel a sitting; its people are drawn into others of the site." placeholder:"SITTING"`
	Take         string            `help:"Take the change that was shown, by the id that it was shown with." placeholder:"ID"`
	JSON         bool              `name:"json" help:"Print the change as data."`
	Reason       string            `help:"Why; recorded. Needed with --take."`
	Second       string            `help:"Account of the second person here; the password is asked, or read from TERANG_SECOND_PASSWORD. Without one it is proposed, where it takes two." placeholder:"USER"`
	Op           string            `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Help says what can be changed and what cannot.
func (c *examPlaces) Help() string {
	return `Without a change it lists the places as they stand. A change is shown first, with everybody whom it
gives another sitting, and taken with --take ID. People are moved only where they must be: out of a
sitting that is cancelled, or of a room that has too few seats; they are drawn into other sittings of
their site as terang exam seats does it, with the fewest moves. What was opened or held cannot be
changed, and a code that was closed is not opened again. It takes two people once the roster is frozen,
and wherever the exam's policy two_person names "places". While a server holds the journal the same is
done on the page /daftar-peserta/EXAM/lokasi. --file holds an object with any of "sites", "rooms",
"sittings" (as in the exam file, those that are added), "seats", "hours", "close_sites", "close_rooms",
"close_sittings".`
}

// edit is what the flags ask for.
func (c *examPlaces) edit() (e proctor.PlacesEdit, err error) {
	if c.File != "" {
		body, err := readText(c.File)
		if err != nil {
			return e, err
		}
		in := json.NewDecoder(strings.NewReader(string(body)))
		in.DisallowUnknownFields()
		if err := in.Decode(&e); err != nil {
			return e, fmt.Errorf("%s: %w; see terang exam places --help for what it may hold", c.File, err)
		}
	}
	more := proctor.PlacesEdit{Seats: c.Seats, Hours: c.Hour, CloseSites: c.CloseSite, CloseRooms: c.CloseRoom, CloseSittings: c.CloseSitting}
	for _, text := range c.Site {
		code, v, err := coded("--site", text, 2)
		if err != nil {
			return e, err
		}
		more.Sites = append(more.Sites, engine.SiteDef{Code: code, Zone: v[0], Name: v[1]})
	}
	for _, text := range c.Room {
		code, v, err := coded("--room", text, 3)
		if err != nil {
			return e, err
		}
		seats, err := strconv.Atoi(v[1])
		if err != nil {
			return e, usage.Errorf("--room %q: %q is no number of seats: write CODE=SITE,SEATS,NAME", text, v[1])
		}
		more.Rooms = append(more.Rooms, engine.RoomDef{Code: code, Site: v[0], Seats: seats, Name: v[2]})
	}
	for _, text := range c.Sitting {
		code, v, err := coded("--sitting", text, 3)
		if err != nil {
			return e, err
		}
		more.Sittings = append(more.Sittings, engine.SittingDef{Code: code, Room: v[0], Start: v[1], Title: v[2]})
	}
	e.Merge(more)
	return e, nil
}

// coded reads CODE=A,B or CODE=A,B,C; the last part may hold commas.
func coded(flag, text string, parts int) (code string, values []string, err error) {
	code, rest, ok := strings.Cut(text, "=")
	values = strings.SplitN(rest, ",", parts)
	if !ok || len(values) < parts {
		return "", nil, usage.Errorf("%s %q: write a code, =, and %d parts with commas between; see --help", flag, text, parts)
	}
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	return strings.TrimSpace(code), values, nil
}

// Run shows what would change, or takes it.
func (c *examPlaces) Run(ctx context.Context) error {
	edit, err := c.edit()
	if err != nil {
		return err
	}
	switch {
	case edit.Empty() && c.Take != "":
		return usage.Errorf("--take takes a change that the other flags name: give the same ones as when it was shown")
	case c.Take != "" && strings.TrimSpace(c.Reason) == "":
		return usage.Errorf("say why with --reason: it is recorded with the change")
	case edit.Empty():
		return c.list(ctx)
	}
	second, err := secondPerson(c.Second)
	if err != nil {
		return err
	}
	o, err := c.open(ctx, proctor.ActExam, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.atCounter(ctx, o, func(n *node.Node) error { return c.on(ctx, o, n, edit, second) }), o.stores.Close())
}

func (c *examPlaces) on(ctx context.Context, o *office, n *node.Node, edit proctor.PlacesEdit, second *proctor.Second) error {
	what := "places of " + c.Exam
	plan, err := n.Server.Places().Plan(ctx, o.by, c.Exam, edit)
	if err != nil {
		return pairError(what, err)
	}
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(plan); err != nil {
			return err
		}
	} else if err := printPlaces(plan); err != nil {
		return err
	}
	switch {
	case len(plan.Faults) > 0:
		return tableFaults(what, plan.Faults)
	case len(plan.Changes) == 0:
		fmt.Fprintln(os.Stderr, "the places are so already: nothing to take")
		return nil
	case c.Take == "":
		two := ""
		if plan.Two {
			two = "; it takes two people"
		}
		fmt.Fprintf(os.Stderr, "nothing was taken. To take exactly this: add --take %s --reason WHY%s\n", plan.ID, two)
		return nil
	case c.Take != plan.ID:
		return fmt.Errorf("--take %s: the change is another now (%s): the places or the roster have changed since you looked; look again, and nothing was taken", c.Take, plan.ID)
	}
	answer, err := n.Server.Places().Take(ctx, o.by, c.Exam, proctor.PlacesRequest{Op: orNew(c.Op), Edit: edit, Reason: c.Reason, Change: c.Take, Second: second})
	if err != nil {
		return pairError(what, err)
	}
	if err := printAnswer(answer.Response); err != nil || answer.Proposal != "" || plan.Told == 0 {
		return err
	}
	fmt.Printf("%d people have to be told: terang exam roster --exam %s --moved FILE lists them\n", plan.Told, c.Exam)
	return nil
}

func printPlaces(plan *proctor.PlacesPlan) error {
	for _, one := range plan.Changes {
		fmt.Printf("%-8s %s\n", one.What, hoursIn(one.String()))
	}
	if len(plan.Faults) > 0 {
		return nil
	}
	fmt.Printf("people whose sitting, room or hour changes: %d\n", plan.Told)
	if plan.Seats == nil {
		return nil
	}
	if err := printSeats(plan.Def, plan.Seats); err != nil || plan.Seats.Change == nil {
		return err
	}
	printChange(plan.Seats.Change)
	return nil
}

// list shows the places as they stand; a server may hold the journal meanwhile.
func (c *examPlaces) list(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	return errors.Join(listPlaces(ctx, s, c.Exam), s.Close())
}

func listPlaces(ctx context.Context, s *stores.DB, exam string) error {
	people := proctor.NewPeople(s.Register)
	if err := people.Load(ctx, exam); err != nil {
		return err
	}
	def := people.Exam(exam)
	if def == nil {
		return fmt.Errorf("exam %q: there is none; see terang exam status", exam)
	}
	closed := func(is bool) string {
		if is {
			return "closed"
		}
		return ""
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SITE\tROOM\tSEATS\tSITTING\tSTART\tSTATE\tPEOPLE")
	for _, site := range def.Sites {
		fmt.Fprintf(w, "%s\t\t\t\t\t%s\t\n", site.Code, closed(site.Closed))
		for _, room := range def.Rooms {
			if room.Site != site.Code {
				continue
			}
			fmt.Fprintf(w, "\t%s\t%d\t\t\t%s\t\n", room.Code, room.Seats, closed(room.Closed))
			for _, one := range def.Sittings {
				if one.Room != room.Code {
					continue
				}
				id := exam + "." + one.Code
				st := engine.NewSitting(engine.SittingStream + id)
				if err := s.Journal.Read(ctx, st.Stream, 0, st.Fold); err != nil {
					return err
				}
				fmt.Fprintf(w, "\t\t\t%s\t%s\t%s\t%d\n", one.Code, hourOf(def, one.Code, st.Planned), st.Phase, len(people.In(id)))
			}
		}
	}
	return w.Flush()
}
