package crowd

import "syscall"

// setOption asks for what a connection can do without.
func setOption(fd uintptr, level, name, value int) {
	_ = syscall.SetsockoptInt(syscall.Handle(fd), level, name, value)
}
