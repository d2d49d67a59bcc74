package web

import (
	"context"
	"crypto/tls"
	"net"
)

// watchHolds is how many bytes the system is asked to keep for a reader who does not take
// them. Left alone it keeps up to megabytes of each: of ten thousand readers that stand
// still that is the machine's memory, and none would be found slow for minutes.
const watchHolds = 32 << 10

type connKey struct{}

// WithConn lets handlers reach the connection of a request; it is http.Server.ConnContext.
func WithConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// holdAtMost bounds what the system keeps for who reads the answer to a request. Where the
// connection cannot be reached nothing is bounded but the time of a write.
func holdAtMost(ctx context.Context, bytes int) error {
	conn, _ := ctx.Value(connKey{}).(net.Conn)
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	if tcp, ok := conn.(interface{ SetWriteBuffer(int) error }); ok {
		return tcp.SetWriteBuffer(bytes)
	}
	return nil
}
