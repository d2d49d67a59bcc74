//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package process

// GiveWay does nothing: this system has no priority that is lowered so.
func GiveWay(int) error { return nil }

// StandAside does nothing, as GiveWay.
func StandAside() error { return nil }
