package shelf

import (
	"cmp"
	"fmt"
	"slices"

	"terang/engine"
)

// Stage is how far an item is.
type Stage string

// The stages. An item is at the stage of its newest version, unless it is retired.
const (
	Draft    Stage = "draft"
	InReview Stage = "review"
	Approved Stage = "approved"
	InUse    Stage = "used" // approved, and an exam names it
	Retired  Stage = "retired"
)

// Item is one question of the bank with its whole life.
type Item struct {
	ID       string
	Versions []Version // from the first to the newest
	Standing int       // number of the version that exams take, 0 if none was approved
	Uses     []Use
	Retired  engine.Instant // 0 unless it is
	History  []engine.Event

	n    int // of the newest event
	hash engine.Hash
}

// Version is one wording of an item. It never changes; what is said of it does.
type Version struct {
	Number   int
	Body     string // archive hash of what questionbank.EncodeQuestion made
	By       string // account that stored it
	At       engine.Instant
	Stage    Stage // Draft, InReview or Approved
	Reviewer string
	Reviewed engine.Instant // when it was approved
	Returned bool           // a reviewer gave it back to its author
}

// Use is an exam that names a version.
type Use struct {
	Exam    string
	Version int
	At      engine.Instant
}

// Newest is the version that people work on.
func (it *Item) Newest() *Version { return &it.Versions[len(it.Versions)-1] }

// Version finds a version by its number; 0 is the newest.
func (it *Item) Version(number int) (*Version, bool) {
	if number == 0 && len(it.Versions) > 0 {
		return it.Newest(), true
	}
	i, ok := slices.BinarySearchFunc(it.Versions, number, func(v Version, n int) int { return cmp.Compare(v.Number, n) })
	if !ok {
		return nil, false
	}
	return &it.Versions[i], true
}

// Before is the version that came before one.
func (it *Item) Before(number int) (*Version, bool) {
	for _, v := range slices.Backward(it.Versions) {
		if v.Number < number {
			return &v, true
		}
	}
	return nil, false
}

// Stage is how far the item is.
func (it *Item) Stage() Stage {
	switch newest := it.Newest(); {
	case it.Retired != 0:
		return Retired
	case newest.Stage == Approved && slices.ContainsFunc(it.Uses, func(u Use) bool { return u.Version == newest.Number }):
		return InUse
	default:
		return newest.Stage
	}
}

// Wrote says whether an account stored any version of the item.
func (it *Item) Wrote(user string) bool {
	return slices.ContainsFunc(it.Versions, func(v Version) bool { return v.By == user })
}

// apply folds one event. It was decided on this very state; where it does not fit, the
// stream is not what this program writes.
func (it *Item) apply(e engine.Event) error {
	number := int(e.MS)
	v, ok := it.Version(number)
	born := e.Kind == engine.ItemDrafted || e.Kind == engine.ItemRevised
	if ok == born || number < 1 {
		return fmt.Errorf("item %s: %s names version %d, which does not fit what came before", it.ID, e.Kind, number)
	}
	switch e.Kind {
	case engine.ItemDrafted, engine.ItemRevised:
		it.Versions = append(it.Versions, Version{Number: number, Body: e.Text, By: e.By, At: e.At, Stage: Draft})
		it.Retired = 0
	case engine.ItemSubmitted:
		v.Stage, v.Returned = InReview, false
	case engine.ItemApproved:
		v.Stage, v.Reviewer, v.Reviewed = Approved, e.By, e.At
		it.Standing = number
	case engine.ItemReturned:
		v.Stage, v.Returned = Draft, true
	case engine.ItemUsed:
		it.Uses = append(it.Uses, Use{Exam: e.Act, Version: number, At: e.At})
	case engine.ItemRetired:
		it.Retired, it.Standing = e.At, 0
	case engine.ItemCommented:
	default:
		return fmt.Errorf("item %s: an event of kind %q is not known; use the program version that wrote it", it.ID, e.Kind)
	}
	it.History = append(it.History, e)
	return nil
}
