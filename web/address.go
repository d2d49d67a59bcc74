package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// client is the address that a request comes from. Behind proxies that we trust it is
// the last one in X-Forwarded-For that is not a proxy of ours; nobody else's word counts.
func (s *Server) client(r *http.Request) netip.Addr { return clientOf(r, s.proxies) }

// clientOf is client, with the proxies that are ours.
func clientOf(r *http.Request, proxies []netip.Prefix) netip.Addr {
	port, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := port.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && inAny(proxies, addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr
}

// neighbourhood is what a request counts as where requests are counted by where they come from.
func (s *Server) neighbourhood(r *http.Request) string {
	return proctor.Neighbourhood(s.client(r).String())
}

func inAny(networks []netip.Prefix, addr netip.Addr) bool {
	for _, p := range networks {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// CommonTo finds a network of proxies that has addresses in common with a network of candidates'
// computers: each of those could say of itself that it stands anywhere. A single address is that of
// a proxy, wherever it stands.
func CommonTo(proxies, computers []netip.Prefix) (proxy, computer netip.Prefix, found bool) {
	for _, proxy = range proxies {
		for _, computer = range computers {
			if !proxy.IsSingleIP() && proxy.Overlaps(computer) {
				return proxy, computer, true
			}
		}
	}
	return netip.Prefix{}, netip.Prefix{}, false
}

// ProxiesApart refuses proxies among which computers of candidates of an exam stand.
func ProxiesApart(def *engine.Definition, proxies []netip.Prefix) error {
	for _, site := range def.Sites {
		if proxy, computers, found := CommonTo(proxies, networksOf(site)); found {
			return fmt.Errorf("%s has computers of candidates in it, of site %s of exam %s (%s), and each would be believed where it stands: name the proxies alone, as 10.0.0.7/32",
				proxy, site.Code, def.Code, computers)
		}
	}
	return nil
}

// networksOf are the networks of a site's candidate computers.
func networksOf(site engine.SiteDef) (out []netip.Prefix) {
	for _, n := range site.Networks {
		if prefix, err := netip.ParsePrefix(n); err == nil { // checked when the exam was created
			out = append(out, prefix)
		}
	}
	return out
}

// siteNetwork is a network of a site's candidate computers, as its exam file says.
type siteNetwork struct {
	exam, site string
	prefix     netip.Prefix
}

// siteAt is the site whose candidate computers have the address, "" if none is known to.
func (s *Server) siteAt(addr netip.Addr) (exam, site string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, n := range s.networks {
		if n.prefix.Contains(addr) {
			return n.exam, n.site
		}
	}
	return "", ""
}
