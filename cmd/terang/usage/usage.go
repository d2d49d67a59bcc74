package usage

import "fmt"

// Error is a call that was wrong: exit code 2.
type Error struct{ error }

func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }
