package node

import (
	"net"
	"net/http"
	"testing"
)

func TestOfConnectionsThatSayNothingTheOldestAreClosed(t *testing.T) {
	p := newPorch(2)
	over := func(c net.Conn) chan error {
		done := make(chan error, 1)
		go func() { _, err := c.Read(make([]byte, 1)); done <- err }()
		return done
	}
	var here, there [5]net.Conn
	for i := range here {
		here[i], there[i] = net.Pipe()
		defer there[i].Close()
	}
	p.note(there[0], http.StateNew)
	p.note(there[0], http.StateActive) // speaks, and is nobody's to close
	p.note(there[1], http.StateNew)
	p.note(there[2], http.StateNew)
	p.note(there[1], http.StateActive)
	p.note(there[1], http.StateIdle) // has just said something
	p.note(there[3], http.StateNew)
	if err := <-over(here[2]); err == nil {
		t.Fatal("who has said nothing for longest is still there")
	}
	p.note(there[2], http.StateClosed)
	if p.quiet.Len() != 2 || len(p.at) != 2 || p.at[there[1]] == nil || p.at[there[3]] == nil {
		t.Fatalf("%d wait", p.quiet.Len())
	}
	p.note(there[1], http.StateHijacked)
	p.note(there[4], http.StateNew)
	p.note(there[3], http.StateClosed)
	if p.quiet.Len() != 1 || p.at[there[4]] == nil {
		t.Fatalf("%d wait", p.quiet.Len())
	}
	free := newPorch(0)
	free.note(there[4], http.StateNew)
	if free.quiet.Len() != 0 {
		t.Error("where the system tells no limit, something is counted")
	}
}
