package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// What the pages for people say can be done: where they lead, which commands and flags they
// name, which addresses of a server, which targets of make. A page that names what is gone
// sends somebody into a wall on the day of an exam.

// manual is one page of Markdown, as far as it promises something.
type manual struct {
	file  string // below the root, with slashes
	text  string // without its blocks of code
	code  []string
	heads []string // anchors of its headings
}

func readManual(file string, body []byte) manual {
	d := manual{file: file}
	var prose []string
	fenced, pending := false, ""
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced || strings.HasPrefix(line, "    "):
			pending += strings.TrimSpace(line)
			if strings.HasSuffix(pending, `\`) {
				pending = strings.TrimSuffix(pending, `\`)
				continue
			}
			d.code, pending = append(d.code, pending), ""
		default:
			prose = append(prose, line)
			if head := strings.TrimLeft(line, "#"); head != line && strings.HasPrefix(head, " ") {
				d.heads = append(d.heads, anchor(head))
			}
		}
	}
	d.text = strings.Join(prose, "\n")
	return d
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchor is what a heading is called in links.
func anchor(head string) string {
	return strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(strings.TrimSpace(head)), ""), " ", "-")
}

func manuals(t *testing.T) map[string]manual {
	t.Helper()
	all := map[string]manual{}
	check(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		body, err := os.ReadFile(name)
		below, _ := filepath.Rel(root, name)
		all[filepath.ToSlash(below)] = readManual(filepath.ToSlash(below), body)
		return err
	}))
	if len(all) < 8 {
		t.Fatalf("read %d pages below %s: the walk has lost its way", len(all), root)
	}
	return all
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan = regexp.MustCompile("`([^`]+)`")
	quoted   = regexp.MustCompile(`"[^"]*"|'[^']*'`)
)

// deadLinks are the relative links of a page that lead nowhere.
func deadLinks(d manual, all map[string]manual) (wrong []string) {
	for _, m := range link.FindAllStringSubmatch(d.text, -1) {
		target, head, _ := strings.Cut(m[1], "#")
		if strings.Contains(target, "://") {
			continue
		}
		file := d.file
		if target != "" {
			file = filepath.ToSlash(filepath.Join(filepath.Dir(d.file), target))
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				wrong = append(wrong, d.file+": "+m[1]+" leads nowhere")
				continue
			}
		}
		if head != "" && !slices.Contains(all[file].heads, head) {
			wrong = append(wrong, fmt.Sprintf("%s: %s: %s has no such heading; it has %s", d.file, m[1], file, strings.Join(all[file].heads, ", ")))
		}
	}
	return wrong
}

// words are the arguments of one call as people write it, without what is only shown about it.
func words(call string) []string {
	call = quoted.ReplaceAllString(call, "TEXT")
	return strings.Fields(strings.NewReplacer("[", " ", "]", " ", "…", "").Replace(call))
}

// calls are the calls of this program that a page shows, without its name.
func calls(d manual, commands *kong.Node) (all [][]string) {
	for _, line := range d.code {
		line, _, _ = strings.Cut(line, " #")
		for part := range strings.SplitSeq(line, ";") {
			w := words(strings.ReplaceAll(part, "go run ./cmd/terang", "terang"))
			if len(w) > 0 && (w[0] == "terang" || w[0] == "./terang") {
				all = append(all, w[1:])
			}
		}
	}
	for _, m := range codeSpan.FindAllStringSubmatch(d.text, -1) {
		w := words(m[1])
		switch {
		case len(w) < 2:
		case w[0] == "terang" || w[0] == "./terang":
			all = append(all, w[1:])
		case subcommand(commands, w[0]) != nil: // as `exam create --sample`
			all = append(all, w)
		}
	}
	return all
}

func subcommand(n *kong.Node, name string) *kong.Node {
	for _, c := range n.Children {
		if c.Type == kong.CommandNode && (c.Name == name || slices.Contains(c.Aliases, name)) {
			return c
		}
	}
	return nil
}

// placeholder says whether people are to write something else in the place of a word.
func placeholder(word string) bool { return word != "" && word == strings.ToUpper(word) }

// badCall is what is wrong with a call, "" if nothing: a command or a flag that is not there.
func badCall(commands *kong.Node, w []string) string {
	at := commands
	for len(w) > 0 {
		next := subcommand(at, w[0])
		if next == nil {
			break
		}
		at, w = next, w[1:]
	}
	if at.DefaultCmd != nil && len(w) > 0 && strings.HasPrefix(w[0], "-") {
		at = at.DefaultCmd
	}
	if len(w) > 0 && len(at.Children) > 0 && len(at.Positional) == 0 && !strings.HasPrefix(w[0], "-") && !placeholder(w[0]) {
		return fmt.Sprintf("there is no command %q in %s", w[0], at.FullPath())
	}
	for _, word := range w {
		if name, is := strings.CutPrefix(word, "--"); is && name != "" {
			if name, _, _ = strings.Cut(name, "="); !hasFlag(at, name) {
				return fmt.Sprintf("%s has no flag --%s", at.FullPath(), name)
			}
		}
	}
	return ""
}

func hasFlag(n *kong.Node, name string) bool {
	for _, group := range n.AllFlags(false) {
		for _, f := range group {
			if f.Name == name || f.Tag.Negatable != "" && "no-"+f.Name == name {
				return true
			}
		}
	}
	return false
}

func everyNode(n *kong.Node, do func(*kong.Node)) {
	do(n)
	for _, c := range n.Children {
		everyNode(c, do)
	}
}

func commandTree(t *testing.T) *kong.Node {
	t.Helper()
	parser, err := kong.New(new(cli), kong.Name("terang"), kong.DefaultEnvars("TERANG"))
	check(t, err)
	return parser.Model.Node
}

func TestPagesLeadSomewhere(t *testing.T) {
	all := manuals(t)
	for _, d := range all {
		for _, wrong := range deadLinks(d, all) {
			t.Error(wrong)
		}
	}
	d := readManual("README.md", []byte("[a](engine/gone.go) [b](engine/README.md#nothing) [c](#nowhere) [d](engine/README.md#4-committed)\n\n# Here\n"))
	if n := len(deadLinks(d, all)); n != 3 {
		t.Errorf("of four links three lead nowhere: %d found", n)
	}
}

func TestPagesNameCommandsAndFlagsThatExist(t *testing.T) {
	commands := commandTree(t)
	found := 0
	for _, d := range manuals(t) {
		for _, w := range calls(d, commands) {
			found++
			if wrong := badCall(commands, w); wrong != "" && strings.Join(w, " ") != "--version" { // no flag of the commands: see run
				t.Errorf("%s: terang %s: %s", d.file, strings.Join(w, " "), wrong)
			}
		}
		for _, m := range codeSpan.FindAllStringSubmatch(d.text, -1) {
			name, is := strings.CutPrefix(words(m[1] + " .")[0], "--")
			has := false
			everyNode(commands, func(n *kong.Node) { has = has || hasFlag(n, name) })
			if is && !has && !strings.Contains(name, "=") { // those are other programs', with their values
				t.Errorf("%s: no command has a flag --%s", d.file, name)
			}
		}
	}
	if found < 80 {
		t.Errorf("found %d calls in all pages: the reading has lost its way", found)
	}
	for call, right := range map[string]bool{
		"exam create --sample --start now": true, "exam invent": false, "serve --adr :80": false,
		"results objections list --exam E": true, "COMMAND --help": true, "results objections burn": false,
	} {
		if wrong := badCall(commands, words(call)); (wrong == "") != right {
			t.Errorf("terang %s: %q", call, wrong)
		}
	}
}

// Addresses are those of the table that web keeps of its routes.
func TestPagesNameAddressesThatExist(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(root, "web", "testdata", "roles.txt"))
	check(t, err)
	var routes []string
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		routes = append(routes, f[0], f[min(1, len(f)-1)])
	}
	served := func(address string) bool {
		address, _, _ = strings.Cut(strings.TrimRight(address, "…"), "?")
		address = strings.TrimSuffix(address, "/")
		return slices.ContainsFunc(routes, func(route string) bool { return alike(route, address) })
	}
	for _, d := range manuals(t) {
		for _, m := range codeSpan.FindAllStringSubmatch(d.text, -1) {
			if address := strings.Fields(m[1] + " ")[0]; address[0] == '/' && !served(address) {
				t.Errorf("%s: no route serves %s", d.file, address)
			}
		}
	}
	for address, is := range map[string]bool{"/meja/EXAM.SITTING/berita-acara": true, "/api/v1/log/…": true, "/papan": true, "/papam": false, "/meja/X/nirgends": false} {
		if served(address) != is {
			t.Errorf("%s: %v", address, !is)
		}
	}
}

// alike says whether a route's pattern is that of an address, or of addresses below it.
func alike(route, address string) bool {
	parts, given := strings.Split(route, "/"), strings.Split(address, "/")
	if len(given) > len(parts) {
		return false
	}
	for i, g := range given {
		if parts[i] != g && !(strings.HasPrefix(parts[i], "{") && parts[i] != "{$}" && g != "") {
			return false
		}
	}
	return true
}

func TestPagesNameTargetsOfMake(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	check(t, err)
	for _, d := range manuals(t) {
		shown := d.code
		for _, m := range codeSpan.FindAllStringSubmatch(d.text, -1) {
			shown = append(shown, m[1])
		}
		for _, line := range shown {
			if w := strings.Fields(line); len(w) > 1 && w[0] == "make" && !strings.Contains(string(makefile), "\n"+w[1]+":") {
				t.Errorf("%s: make %s: there is no such target", d.file, w[1])
			}
		}
	}
}
