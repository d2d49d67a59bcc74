package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/usage"
	"terang/scoring"
)

type resultsRules struct {
	Name  string `arg:"" optional:"" help:"Rule set to show, or a file; without it all are listed."`
	Check bool   `help:"Check a file whole, and name every fault (exit code 1 if there is one)."`
	JSON  bool   `help:"The file itself: the beginning of next year's."`
}

// Run shows rule sets with their decrees and with what is not certain in them.
func (c *resultsRules) Run() error {
	switch {
	case c.Name == "" && (c.Check || c.JSON):
		return usage.Errorf("say which: a name or a file")
	case c.Name == "":
		return listRules(os.Stdout)
	case c.JSON:
		body, err := rulesBytes(c.Name)
		if err == nil {
			_, err = os.Stdout.Write(body)
		}
		return err
	}
	rs, err := readRules(c.Name)
	if err != nil {
		return err
	}
	if c.Check {
		fmt.Printf("%s: rule set %s is sound; sha256 %s; %d uncertainties are marked\n", c.Name, rs.ID, rs.Hash(), len(rs.Uncertain))
		return nil
	}
	return printRules(os.Stdout, rs)
}

// rulesBytes are those of a rule set that the program knows, or of a file.
func rulesBytes(name string) ([]byte, error) {
	if slices.Contains(scoring.Names(), name) {
		return scoring.Published(name)
	}
	body, err := readText(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%q is neither a rule set nor a file: use one of %s, or the path of a file", name, strings.Join(scoring.Names(), ", "))
	}
	return body, err
}

// readRules reads a rule set by name or from a file.
func readRules(name string) (*scoring.RuleSet, error) {
	body, err := rulesBytes(name)
	if err != nil {
		return nil, err
	}
	rs, err := scoring.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rs, nil
}

func listRules(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tDECREE\tITEMS\tMAX\tMINUTES\tUNCERTAIN\tSHA256")
	for _, name := range scoring.Names() {
		rs, err := scoring.ByName(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%.12s\n", name, rs.Decree["threshold"], rs.Items, rs.Max, rs.Minutes, len(rs.Uncertain), rs.Hash())
	}
	return w.Flush()
}

func printRules(out io.Writer, rs *scoring.RuleSet) error {
	fmt.Fprintf(out, "%s  (%s %d)  sha256 %s\n\nDecrees\n", rs.ID, rs.Kind, rs.Year, rs.Hash())
	for _, what := range slices.Sorted(maps.Keys(rs.Decree)) {
		fmt.Fprintf(out, "  %-14s %s\n", what, rs.Decree[what])
	}
	fmt.Fprintf(out, "\nSections: %d items, %d points, %d minutes", rs.Items, rs.Max, rs.Minutes)
	if rs.BlindMinutes > 0 {
		fmt.Fprintf(out, " (%d for a blind candidate on the disability need)", rs.BlindMinutes)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, s := range rs.Sections {
		fmt.Fprintf(w, "  %s\t%s\t%d items\tworth %s, blank %d\tmax %d\n", s.Code, s.Name, s.Items, joinInts(s.Values()), s.Blank, s.Max)
	}
	fmt.Fprintln(w, "\nThresholds by need")
	for _, need := range slices.Sorted(maps.Keys(rs.Thresholds)) {
		t := rs.Thresholds[need]
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", need, thresholdText(rs, &t), t.Status, strings.TrimSpace(t.Covers+" "+t.Basis))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nRanking: %s\n", strings.Join(rs.RankingKeys, ", "))
	if s := rs.Shortlist; s != nil {
		fmt.Fprintf(out, "Shortlist: %d times the seats, equals at the cut all go on (%s)\n", s.Multiple, s.Mode)
		for _, need := range slices.Sorted(maps.Keys(s.Floor)) {
			fmt.Fprintf(out, "  second group, %s: %d or more\n", need, s.Floor[need])
		}
	}
	f := &rs.Final
	fmt.Fprintf(out, "Final: %s\n", strings.Join(f.Formula(), "; "))
	if f.Joined() {
		fmt.Fprintf(out, "  skd_weight %s, skb_weight %s, rounding %s to %d decimals in each step\n", f.SKDWeight, f.SKBWeight, f.Rounding, f.Decimals)
	}
	for _, p := range f.Components {
		if p.Eliminating {
			fmt.Fprintf(out, "  component %s %s: eliminating, MS or TMS\n", p.Code, p.Name)
		} else {
			fmt.Fprintf(out, "  component %s %s: 0 to %s, at least %s, weight %s%s\n", p.Code, p.Name, p.Max, p.Min, p.Weight, assessing(&p))
		}
	}
	fmt.Fprintf(out, "  order: %s; where these end, the committee is asked\n", strings.Join(f.Keys, ", "))
	for _, s := range rs.Optimisation.Steps {
		fmt.Fprintf(out, "Empty seats, %s: %s seats, from %s, %s placement, thresholds of %s\n", s.Code, s.Vacancy, s.Source, s.Place, s.Threshold)
	}
	fmt.Fprintf(out, "  %s: %s\n", rs.Optimisation.Status, rs.Optimisation.Basis)
	fmt.Fprintln(out, "\nNOT CERTAIN: compare with the text of the decree before a real exam")
	for _, d := range rs.Uncertain {
		fmt.Fprintf(out, "  ? %s: %s (%s)\n", d.Where, d.What, d.Basis)
	}
	for _, n := range rs.Notes {
		fmt.Fprintf(out, "  note: %s\n", n)
	}
	return nil
}

// assessing says how several people mark a component.
func assessing(p *scoring.Part) (text string) {
	if p.Assessors > 0 {
		text = fmt.Sprintf(", %d assessors or more", p.Assessors)
	}
	if p.Spread > 0 {
		text += fmt.Sprintf(", listed if they differ by more than %s", p.Spread)
	}
	return text
}

func thresholdText(rs *scoring.RuleSet, t *scoring.Threshold) string {
	var parts []string
	for _, s := range rs.Sections {
		if least, ok := t.Sections[s.Code]; ok {
			parts = append(parts, fmt.Sprintf("%s %d", s.Code, least))
		}
		if slices.Contains(t.PerPost, s.Code) {
			parts = append(parts, s.Code+" by post")
		}
	}
	for _, g := range t.Groups {
		parts = append(parts, fmt.Sprintf("%s %d", g.ID, g.Min))
	}
	if t.Total > 0 {
		parts = append(parts, fmt.Sprintf("total %d", t.Total))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func joinInts(values []int) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, " ")
}

// doubts is what a command says before it decides by a rule set that is not certain.
func doubts(rs *scoring.RuleSet) {
	fmt.Fprintf(os.Stderr, "rule set %s, sha256 %s", rs.ID, rs.Hash())
	if n := len(rs.Uncertain); n > 0 {
		fmt.Fprintf(os.Stderr, "; %d points are not certain: see terang results rules %s", n, rs.ID)
	}
	fmt.Fprintln(os.Stderr)
}
