package crowd

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// ReserveFiles are the descriptors that a crowd needs beside one for each candidate.
const ReserveFiles = 400

// Connections are a client and a dialer that a crowd of so many shares.
func Connections(candidates int) (*http.Client, *websocket.Dialer) {
	client := &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: min(64, max(4, candidates/10)), MaxConnsPerHost: 256},
	}
	dialer := &websocket.Dialer{
		Subprotocols: []string{"terang.exam.v1"}, HandshakeTimeout: 30 * time.Second,
		ReadBufferSize: 1024, WriteBufferSize: 512, WriteBufferPool: &sync.Pool{},
		NetDialContext: (&seats{}).dial,
	}
	return client, dialer
}

// seats connect from several addresses where they can, as candidates and readers do. From one address
// to one there are ports for 28,000 connections, and with many taken Linux looks through
// them one by one for a free one: 19,000 candidates who came back would wait for that.
type seats struct {
	dialed atomic.Uint32
	buffer int // bytes that the system keeps of what is not read yet; 0: as many as it likes
}

// seatAddresses is over how many loopback addresses a crowd on the server's machine spreads.
const seatAddresses = 16

func (s *seats) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 30 * time.Second}
	host, _, _ := net.SplitHostPort(address)
	local := runtime.GOOS == "linux" && net.ParseIP(host).To4().IsLoopback() // elsewhere there is one
	if local {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+s.dialed.Add(1)%seatAddresses))}
	}
	d.Control = func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			if local {
				setOption(fd, syscall.IPPROTO_IP, bindAddressNoPort, 1)
			}
			if s.buffer > 0 { // before the connection is made: what was offered once cannot be taken back
				setOption(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, s.buffer)
			}
		})
	}
	return d.DialContext(ctx, network, address)
}

// bindAddressNoPort is Linux's IP_BIND_ADDRESS_NO_PORT: the port is chosen when it is known
// where the connection goes, so that one port serves many addresses.
const bindAddressNoPort = 24
