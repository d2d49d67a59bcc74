package engine

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// scanner reads one flat JSON object of strings and integers, without reflection: it
// stands on the path of every event that is read back.
type scanner struct {
	rest []byte
	err  error
}

var errShape = errors.New("not in canonical form")

func (s *scanner) fail() {
	if s.err == nil {
		s.err = fmt.Errorf("%w near %.20q", errShape, s.rest)
	}
}

func (s *scanner) expect(prefix string) {
	if !bytes.HasPrefix(s.rest, []byte(prefix)) {
		s.fail()
		return
	}
	s.rest = s.rest[len(prefix):]
}

// more steps to the next field; at the end of the object it checks that nothing follows.
func (s *scanner) more() bool {
	if len(s.rest) == 1 && s.rest[0] == '}' {
		return false
	}
	s.expect(",")
	return s.err == nil
}

func (s *scanner) key() []byte {
	k, plain := s.plain()
	if !plain {
		k = []byte(s.text())
	}
	s.expect(":")
	return k
}

// word is a text that is one of few: these are not copied again and again.
func (s *scanner) word() string {
	was := s.rest
	if b, plain := s.plain(); plain {
		if w, known := words[string(b)]; known {
			return w
		}
	}
	s.rest = was
	return s.text()
}

// words are the names that nearly all events carry.
var words = map[string]string{
	string(Answered): string(Answered), string(Cleared): string(Cleared), string(Marked): string(Marked), string(Looked): string(Looked),
	"candidate": "candidate", "engine": "engine",
}

// plain reads a text without escapes, as it stands; if it has any, nothing is read.
func (s *scanner) plain() ([]byte, bool) {
	if len(s.rest) == 0 || s.rest[0] != '"' {
		return nil, false
	}
	end := bytes.IndexByte(s.rest[1:], '"')
	if end < 0 {
		return nil, false
	}
	v := s.rest[1 : 1+end]
	if bytes.IndexByte(v, '\\') >= 0 {
		return nil, false
	}
	s.rest = s.rest[end+2:]
	return v, true
}

func (s *scanner) int() int64 {
	i := 0
	if i < len(s.rest) && s.rest[i] == '-' {
		i++
	}
	for i < len(s.rest) && s.rest[i] >= '0' && s.rest[i] <= '9' {
		i++
	}
	v, err := strconv.ParseInt(string(s.rest[:i]), 10, 64)
	if err != nil {
		s.fail()
		return 0
	}
	s.rest = s.rest[i:]
	return v
}

func (s *scanner) text() string {
	if v, plain := s.plain(); plain {
		return string(v)
	}
	if len(s.rest) == 0 || s.rest[0] != '"' {
		s.fail()
		return ""
	}
	return s.escaped()
}

func (s *scanner) escaped() string {
	var out []byte
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '"':
			s.rest = s.rest[i+1:]
			return string(out)
		case '\\':
			if i++; i >= len(s.rest) {
				s.fail()
				return ""
			}
			if s.rest[i] != 'u' {
				out = append(out, s.rest[i])
				continue
			}
			if i+4 >= len(s.rest) {
				s.fail()
				return ""
			}
			r, err := strconv.ParseUint(string(s.rest[i+1:i+5]), 16, 16)
			if err != nil {
				s.fail()
				return ""
			}
			out = utf8.AppendRune(out, rune(r))
			i += 4
		default:
			out = append(out, c)
		}
	}
	s.fail()
	return ""
}
