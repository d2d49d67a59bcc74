package webhook

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// sendWithin is how long a delivery may take, the answer included.
const sendWithin = 10 * time.Second

// special are networks beside those that netip names where no other organisation's program
// answers (IANA special-purpose registries), or that stand for addresses within (NAT64, 6to4).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// guard decides where deliveries may go: public addresses, and the networks of Allow.
type guard struct{ allow []netip.Prefix }

func (g *guard) admits(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	within := func(p netip.Prefix) bool { return p.Contains(ip) }
	if slices.ContainsFunc(g.allow, within) {
		return true
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(special, within)
}

// control looks at the address that is really connected to, after every name was resolved:
// no name leads elsewhere the second time.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %s: %w", address, err)
	}
	if !g.admits(at.Addr()) {
		return fmt.Errorf("%s is in a network that deliveries do not go to: allow it with serve --webhook-allow CIDR if it is meant", at.Addr())
	}
	return nil
}

// client connects through the guard, without a proxy, and takes no answer for an order to
// go elsewhere.
func (g *guard) client() *http.Client {
	dialer := &net.Dialer{Timeout: sendWithin / 2, Control: g.control}
	return &http.Client{
		Timeout:       sendWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: sendWithin / 2, MaxIdleConns: 8, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
	}
}
