package scoring

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed rulesets/*.json
var published embed.FS

// Names lists the rule sets that the program knows, in order of name.
func Names() []string {
	entries, _ := published.ReadDir("rulesets") // embedded: it is there
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// ByName returns one of the rule sets that the program knows.
func ByName(name string) (*RuleSet, error) {
	body, err := Published(name)
	if err != nil {
		return nil, err
	}
	return Parse(body)
}

// Published returns the bytes of one of the rule sets that the program knows.
func Published(name string) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no rule set %q: use one of %s, or a file of your own", name, strings.Join(Names(), ", "))
	}
	body, err := published.ReadFile(path.Join("rulesets", name+".json"))
	if err != nil {
		return nil, fmt.Errorf("rule set %s: %w", name, err)
	}
	return body, nil
}
