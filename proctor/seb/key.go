package seb

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// originator names who made a file. It alone does not count for the Config Key.
const originator = "originatorVersion"

// ConfigKey is the Config Key of a configuration, 64 letters of lower-case hex.
func ConfigKey(d Dict) string {
	sum := sha256.Sum256([]byte(Canonical(d)))
	return hex.EncodeToString(sum[:])
}

// Canonical is the text whose SHA-256 is the Config Key. It looks like JSON and is not:
// nothing in a string is escaped.
func Canonical(d Dict) string {
	kept := make(Dict, 0, len(d))
	for _, p := range d {
		if p.Key != originator {
			kept = append(kept, p)
		}
	}
	var out strings.Builder
	write(&out, kept)
	return out.String()
}

func write(out *strings.Builder, v any) {
	switch v := v.(type) {
	case Dict:
		out.WriteByte('{')
		first := true
		for _, p := range v.sorted() {
			if inner, ok := p.Value.(Dict); ok && len(inner) == 0 {
				continue
			}
			if !first {
				out.WriteByte(',')
			}
			first = false
			quote(out, p.Key)
			out.WriteByte(':')
			write(out, p.Value)
		}
		out.WriteByte('}')
	case Array:
		out.WriteByte('[')
		for i, one := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			write(out, one)
		}
		out.WriteByte(']')
	case string:
		quote(out, v)
	case Date:
		quote(out, string(v))
	case Data:
		quote(out, base64.StdEncoding.EncodeToString(v))
	case bool:
		out.WriteString(strconv.FormatBool(v))
	case int64:
		out.WriteString(strconv.FormatInt(v, 10))
	case float64:
		out.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
	}
}

func quote(out *strings.Builder, s string) {
	out.WriteByte('"')
	out.WriteString(s)
	out.WriteByte('"')
}

// RequestHash is what SEB sends with a request for the address, made with one of its keys:
// the SHA-256, in hex, of the address without its fragment and the key's text.
func RequestHash(address, key string) string {
	address, _, _ = strings.Cut(address, "#")
	sum := sha256.Sum256([]byte(address + key))
	return hex.EncodeToString(sum[:])
}

// Fits says whether what a browser sent for the address was made with one of the keys.
func Fits(sent, address string, keys []string) bool {
	sent = strings.ToLower(strings.TrimSpace(sent))
	found := 0
	for _, key := range keys {
		found |= subtle.ConstantTimeCompare([]byte(sent), []byte(RequestHash(address, key)))
	}
	return found == 1
}
