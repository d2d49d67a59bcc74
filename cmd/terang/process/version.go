package process

import "runtime/debug"

// Version is the commit that this command was built from, as far as it knows.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			text = s.Value[:min(12, len(s.Value))]
		}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.modified" && s.Value == "true" {
			text += " (changed)"
		}
	}
	return text
}
