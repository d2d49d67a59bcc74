package crowd

import (
	"net/http"
	"sync"
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
	}
	return client, dialer
}
