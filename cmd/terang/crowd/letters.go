package crowd

// letters are those that a form shows at its positions. Nearly always they are the first of
// the alphabet, and how many is all that is kept: what a crowd of thousands looks at before
// each act is cold memory.
type letters struct {
	shown []uint8          // by position - 1: so many of alphabet, or odds
	odd   map[int][]string // by position - 1, where they are others
}

var alphabet = []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}

// odds stands for letters that are not the first of alphabet.
const odds = 0xff

func (l *letters) len() int { return len(l.shown) }

// at are the letters of a position from 1.
func (l *letters) at(q int) []string {
	if n := l.shown[q-1]; n != odds {
		return alphabet[:n]
	}
	return l.odd[q-1]
}

func (l *letters) set(q int, is []string) {
	plain := len(is) <= len(alphabet)
	for i := 0; plain && i < len(is); i++ {
		plain = is[i] == alphabet[i]
	}
	if plain {
		l.shown[q-1] = uint8(len(is))
		return
	}
	if l.odd == nil {
		l.odd = make(map[int][]string)
	}
	l.shown[q-1], l.odd[q-1] = odds, is
}

// learn takes in the form: which letters each position shows.
func (c *Candidate) learn(f *frame) {
	if len(f.Items) == 0 {
		return
	}
	c.etag = f.ETag
	c.letters = letters{shown: make([]uint8, len(f.Items))}
	for _, it := range f.Items {
		is := make([]string, len(it.Options))
		for i, o := range it.Options {
			is[i] = o.C
		}
		if it.Q >= 1 && it.Q <= c.letters.len() {
			c.letters.set(it.Q, is)
		}
	}
	c.makeRoom()
}
