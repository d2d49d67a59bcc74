package analysis

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"terang/proctor"
)

// Grouping divides candidates into the groups of one comparison; the zero value makes none.
type Grouping struct {
	by   string            // site, sitting, need, formation, accommodation, file; "" or none for no groups
	file map[string]string // group by normal number
}

// mostGroups are compared by themselves; the smaller ones are left out of comparisons.
const mostGroups = 12

func (g Grouping) of(s *sitter) string {
	switch g.by {
	case "site":
		return s.Site
	case "sitting":
		return s.Sitting
	case "need":
		return s.need
	case "formation":
		return s.Formation
	case "accommodation":
		if s.Accommodation == "" && s.ExtraMinutes == 0 {
			return "without"
		}
		return "with"
	case "file":
		n, _ := proctor.NormalNumber(s.Number)
		return g.file[n]
	}
	return ""
}

// divide gives each candidate a group and names the groups; the first is for the others.
func (x *Sheets) divide() ([]string, error) {
	g := x.by
	size := make(map[string]int)
	for _, s := range x.sitters {
		if name := g.of(s); name != "" {
			size[name]++
		}
	}
	names := make([]string, 0, len(size))
	for name := range size {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if size[a] != size[b] {
			return size[b] - size[a]
		}
		return strings.Compare(a, b)
	})
	groups := append([]string{""}, names[:min(len(names), mostGroups)]...)
	at := make(map[string]int, len(groups))
	for i, name := range groups {
		at[name] = i
	}
	for _, s := range x.sitters {
		s.group = at[g.of(s)]
	}
	if g.by == "file" && len(names) == 0 {
		return nil, errors.New("--group-file: no number in it is on the roster")
	}
	return groups, nil
}

// readGroups reads a file of numbers and groups whole, or names every fault.
func readGroups(path string) (Grouping, error) {
	g := Grouping{by: "file", file: make(map[string]string)}
	file, err := os.Open(path)
	if err != nil {
		return g, err
	}
	defer func() { _ = file.Close() }()
	rows, faults := numbered(file, "--group-file "+path, "group")
	for _, row := range rows {
		g.file[row.number] = row.value
	}
	if len(faults) > 0 {
		return g, errors.Join(append(faults, fmt.Errorf("%d faults, nothing was taken", len(faults)))...)
	}
	return g, nil
}
