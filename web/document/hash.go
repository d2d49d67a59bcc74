package document

import "strings"

// groups cuts a hash into groups of four digits, eight to a line, so that an eye can
// compare two of them.
func groups(hash string) []string {
	var lines []string
	var line []string
	for len(hash) > 0 {
		n := min(4, len(hash))
		line, hash = append(line, hash[:n]), hash[n:]
		if len(line) == 8 || hash == "" {
			lines, line = append(lines, strings.Join(line, " ")), nil
		}
	}
	return lines
}
