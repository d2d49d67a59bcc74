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

	// Stimulus is what the item asks about, shared by all items of its unit; nil for most.
	Stimulus *Stimulus
}

// Stimulus is a passage, a table or a figure that several items ask about. They stand
// together on a form.
type Stimulus struct {
	ID     string // the bank's stable id of the unit
	Lang   string
	HTML   string // sanitised
	Figure *Figure
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
