//go:build unix

package web

import (
	"errors"
	"io"
	"syscall"
)

// tryWrite writes what a socket that does not block has room for.
func tryWrite(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Write(int(fd), p)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		default:
			return max(0, n), err
		}
	}
}

// tryRead reads what a socket that does not block has; 0 if that is nothing.
func tryRead(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		case n == 0 && err == nil:
			return 0, io.EOF
		default:
			return max(0, n), err
		}
	}
}
