package shelf

import (
	"slices"

	"terang/engine"
)

// Refusals beside engine.WrongState.
const (
	NoItem     engine.Code = "no_item"
	ItemExists engine.Code = "item_exists"
	Changed    engine.Code = "item_changed" // somebody stored another version meanwhile
	OwnWork    engine.Code = "own_item"     // whoever wrote it cannot review it
	NeedsWords engine.Code = "needs_words"
)

// Act is what a person does to an item.
type Act string

// The acts.
const (
	ActDraft   Act = "draft"
	ActRevise  Act = "revise"
	ActComment Act = "comment"
	ActSubmit  Act = "submit"
	ActApprove Act = "approve"
	ActReturn  Act = "return"
	ActUse     Act = "use"
	ActRetire  Act = "retire"
)

// Person is who acts: the account, the name that stands in the bank, and the other accounts
// of the same human, if any: nobody reviews with the left hand what the right has written.
type Person struct {
	User, Name string
	Also       []string
}

// Wrote says whether the person stored any version of the item, by whatever account.
func (p *Person) Wrote(it *Item) bool {
	return it.Wrote(p.User) || slices.ContainsFunc(p.Also, it.Wrote)
}

// Command is an act with what it needs.
type Command struct {
	Act     Act
	By      Person
	Op      string // id made by the client; the same twice has no second effect
	Version int    // the version that the person saw
	At      engine.Instant

	Body   string // of a draft or revision: archive hash of the version
	Number int    // of a draft or revision: the number its author gave it; a later one is taken if it is gone
	Author string // of an approval: who is named as author in the version
	Words  string // SHA-256 of what the person writes
	Exam   string // of a use
}

// next is the number that a new version gets.
func (it *Item) next(wanted int) int {
	if len(it.Versions) == 0 {
		return max(1, wanted)
	}
	return max(it.Newest().Number+1, wanted)
}

// Decide returns the event that the command makes on the item, none if its effect is there
// already, or a refusal.
func Decide(it *Item, c Command) ([]engine.Event, error) {
	if c.Op != "" && slices.ContainsFunc(it.History, func(e engine.Event) bool { return e.Op == c.Op }) {
		return nil, nil
	}
	e := engine.Event{At: c.At, By: c.By.User, Op: c.Op, MS: int64(c.Version), Text: c.Words}
	if c.Act == ActDraft {
		if len(it.Versions) > 0 {
			return nil, ItemExists
		}
		e.Kind, e.MS, e.Text = engine.ItemDrafted, int64(it.next(c.Number)), c.Body
		return []engine.Event{e}, nil
	}
	if len(it.Versions) == 0 {
		return nil, NoItem
	}
	v, ok := it.Version(c.Version)
	if !ok {
		return nil, NoItem
	}
	e.MS = int64(v.Number)
	err := error(nil)
	switch c.Act {
	case ActRevise:
		e.Kind, e.Text = engine.ItemRevised, c.Body
		e.MS, err = int64(it.next(c.Number)), it.stale(v)
	case ActComment:
		e.Kind, err = engine.ItemCommented, c.worded()
	case ActSubmit:
		e.Kind, err = engine.ItemSubmitted, it.at(v, Draft)
	case ActApprove:
		e.Kind, err = engine.ItemApproved, it.reviewable(v, c)
	case ActReturn:
		if e.Kind, err = engine.ItemReturned, it.reviewable(v, c); err == nil {
			err = c.worded()
		}
	case ActUse:
		if slices.ContainsFunc(it.Uses, func(u Use) bool { return u.Exam == c.Exam && u.Version == v.Number }) {
			return nil, nil
		}
		e.Kind, e.Act = engine.ItemUsed, c.Exam
		if it.Retired != 0 || v.Stage != Approved {
			err = engine.WrongState
		}
	case ActRetire:
		if e.Kind, err = engine.ItemRetired, c.worded(); it.Retired != 0 {
			err = engine.WrongState
		}
	default:
		err = engine.BadFrame
	}
	if err != nil {
		return nil, err
	}
	return []engine.Event{e}, nil
}

func (c *Command) worded() error {
	if c.Words == "" {
		return NeedsWords
	}
	return nil
}

// stale refuses what was decided by a look at an older version.
func (it *Item) stale(v *Version) error {
	if v.Number != it.Newest().Number {
		return Changed
	}
	return nil
}

// at wants the newest version at a stage.
func (it *Item) at(v *Version, stage Stage) error {
	switch {
	case it.stale(v) != nil:
		return Changed
	case it.Retired != 0 || v.Stage != stage:
		return engine.WrongState
	}
	return nil
}

// reviewable wants a second person: not who stored any version, and not who is named as
// the author.
func (it *Item) reviewable(v *Version, c Command) error {
	if err := it.at(v, InReview); err != nil {
		return err
	}
	if c.By.Wrote(it) || samePerson(c.By.Name, c.Author) || samePerson(c.By.User, c.Author) {
		return OwnWork
	}
	return nil
}
