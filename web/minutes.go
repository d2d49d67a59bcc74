package web

import "strings"

// VerifyMinutes is the address at which the fingerprint of a sitting's minutes is compared.
func VerifyMinutes(address, sitting, hash string) string {
	return strings.TrimSuffix(address, "/") + "/berita-acara/" + sitting + "/" + hash
}

func (s *Server) minutesRoutes(*routes) {}
