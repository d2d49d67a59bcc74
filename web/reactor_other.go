//go:build !linux

package web

// reactor is Linux's; elsewhere each socket has its goroutine.
type reactor struct{}

func someReactor() *reactor { return nil }

func (*reactor) add(*reader) error { return nil }

func (*reactor) remove(*reader) {}
