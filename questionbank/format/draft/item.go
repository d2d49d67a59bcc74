package draft

import (
	"math/big"

	"terang/questionbank"
)

// Item is a question as a foreign file has it.
type Item struct {
	Place
	ID       string   // an identifier that the file gives, "" if it has none
	Name     string   // what the file calls it, for an id where there is none
	Category string   // path with slashes
	Tags     []string // see tags.go for those that we understand

	Stem     Text
	Choices  []Choice
	Multiple bool // the file wants several choices at once
	Why      Text // general feedback, remarks for reviewers

	Rule questionbank.Rule // "" where the file does not say how options may be ordered
	Lang string

	// Figure and the choices' Figure name a picture apart from the text, as a sheet does.
	Figure *Picture
	// Files are the pictures that the texts name, by that name; Shared are those of the whole
	// archive.
	Files, Shared map[string][]byte

	// Refused is set where a fault of the question has been reported: it is looked through for
	// others, and not taken.
	Refused bool
}

// Choice is one option with its weight.
type Choice struct {
	Place
	Text
	Weight   *big.Rat // 1 is all that the question is worth
	Feedback Text
	Figure   *Picture
}

// Text is a text in the way of its file.
type Text struct {
	Body   string
	Format TextFormat
}

// TextFormat says how a text is to be read.
type TextFormat int

// The formats of texts.
const (
	HTML     TextFormat = iota
	Plain               // characters mean themselves
	Auto                // HTML in which line ends count
	Markdown            // read as plain text, with a warning
)

// Picture names a picture of a file, with its text alternative.
type Picture struct {
	Source, Alt string
}

// Sized gives n weights for n values, when the values are points already: each is its part
// of the largest. The second result is that largest value, for Points.
func Sized(values []int) (weights []*big.Rat, points int) {
	for _, v := range values {
		points = max(points, v, -v)
	}
	points = max(points, 1)
	for _, v := range values {
		weights = append(weights, big.NewRat(int64(v), int64(points)))
	}
	return weights, points
}
