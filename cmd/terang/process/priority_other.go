//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package process

// giveWay does nothing: this system has no priority that is lowered so.
func giveWay(int) error { return nil }

// StandAside does nothing, as giveWay.
func StandAside() error { return nil }
