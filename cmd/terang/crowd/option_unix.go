//go:build unix

package crowd

import "syscall"

// setOption asks for what a connection can do without.
func setOption(fd uintptr, level, name, value int) {
	_ = syscall.SetsockoptInt(int(fd), level, name, value)
}
