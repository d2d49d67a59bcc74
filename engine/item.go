package engine

// Item is what a candidate may see of a question. It has no key, and nothing that
// could be turned into one: secrecy is a separate type, not a filter.
type Item struct {
	ID      string // the bank's stable id, e.g. "TWK-PAN-001"
	Section string // section of the rule set, e.g. "TWK"
	Lang    string // BCP 47 language of the text, "id" unless the bank says otherwise
	HTML    string // sanitised stem, only elements that questionbank lists
	Figure  *Figure
	Options []Option // in canonical order; ids are "a", "b", ...
}

// Option is one choice of an Item, named by its canonical id.
type Option struct {
	ID     string
	HTML   string
	Figure *Figure
}

// Figure is a picture that travels inside the form; no figure has an address of its own.
type Figure struct {
	Type string // "image/svg+xml", "image/png" or "image/webp"
	Data []byte
	Alt  string // never empty: what a person who cannot see it needs to know
	W, H int    // CSS pixels at text size 1
}

// Section is a run of consecutive positions of a form.
type Section struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	From  int    `json:"from"` // first position, from 1
	To    int    `json:"to"`   // last position, inclusive
}

// Place is one position of a form: an item and the order of its options.
// Order[i] is the index in Item.Options of the option that is displayed as letter 'a'+i.
type Place struct {
	Item  *Item
	Order []uint8
}

// Form is the candidate's own exam: references into a bank that all forms share.
type Form struct {
	ETag     string // hex, names items, order and bank version
	Sections []Section
	Places   []Place // position q is Places[q-1]
}

// Place returns the place at position q (from 1), or nil when the form has no such position.
func (f *Form) Place(q int) *Place {
	if q < 1 || q > len(f.Places) {
		return nil
	}
	return &f.Places[q-1]
}

// Option returns the canonical option that is displayed as letter c, "a" being the first.
func (p *Place) Option(c string) (id string, ok bool) {
	if len(c) != 1 {
		return "", false
	}
	i := int(c[0] - 'a')
	if i < 0 || i >= len(p.Order) {
		return "", false
	}
	return p.Item.Options[p.Order[i]].ID, true
}
