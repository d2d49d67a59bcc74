//go:build !linux

package web

import (
	"errors"
	"net"
	"syscall"
)

// reactor is Linux's; elsewhere each socket has its goroutine.
type reactor struct{}

func someReactor() *reactor { return nil }

func (*reactor) add(*reader) error { return nil }

func (*reactor) remove(*reader) {}

// No connection is ever aside.
func another(syscall.RawConn) (int, error) { return -1, errors.ErrUnsupported }

func twin(int) (int, error) { return -1, errors.ErrUnsupported }

func connection(int) (net.Conn, error) { return nil, errors.ErrUnsupported }

func shut(int) {}

func discard(int) {}
