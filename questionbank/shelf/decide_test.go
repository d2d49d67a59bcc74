package shelf

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

// Whatever people try in whatever order: exams take only what a second person approved,
// numbers rise, and the stream folds to the state that was decided on.
func TestLawsOfTheShelf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := &Item{ID: "X-1"}
		var log []engine.Event
		users := []string{"ani", "budi", "cici"}
		for i := range rapid.IntRange(30, 60).Draw(t, "steps") {
			user := rapid.SampledFrom(users).Draw(t, "user")
			newest := 0
			if len(it.Versions) > 0 {
				newest = it.Newest().Number
			}
			c := Command{
				Act:     rapid.SampledFrom([]Act{ActDraft, ActDraft, ActRevise, ActComment, ActSubmit, ActSubmit, ActApprove, ActApprove, ActApprove, ActReturn, ActUse, ActRetire}).Draw(t, "act"),
				By:      Person{User: user, Name: "Name of " + user},
				Version: rapid.SampledFrom([]int{0, newest, newest, newest - 1}).Draw(t, "version"), Number: rapid.IntRange(0, 9).Draw(t, "number"),
				At: engine.Instant(i + 1), Body: fmt.Sprint("body ", i), Words: rapid.SampledFrom([]string{"", "words"}).Draw(t, "words"),
				Exam: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "exam"),
				// who is named in the version need not be who stored it
				Author: rapid.SampledFrom([]string{"", "Name of ani", "BUDI"}).Draw(t, "author"),
			}
			was, standing := it.Stages(), it.Standing
			events, err := Decide(it, c)
			if err != nil && len(events) > 0 {
				t.Fatalf("%s: refused with %v, and yet %d events", c.Act, err, len(events))
			}
			for _, e := range events {
				if err := it.apply(e); err != nil {
					t.Fatal(err)
				}
				log = append(log, e)
			}
			if it.Standing != standing && it.Standing != 0 {
				v, _ := it.Version(it.Standing)
				if c.Act != ActApprove || it.Wrote(v.Reviewer) || samePerson(c.Author, c.By.Name) || samePerson(c.Author, c.By.User) || was[len(was)-1] != InReview {
					t.Fatalf("version %d became usable by %s of %s", it.Standing, c.Act, user)
				}
			}
			for j := 1; j < len(it.Versions); j++ {
				if it.Versions[j].Number <= it.Versions[j-1].Number {
					t.Fatalf("versions %v", it.Versions)
				}
			}
			if it.Retired != 0 && it.Standing != 0 {
				t.Fatal("a retired item is given to exams")
			}
		}
		again := &Item{ID: "X-1"}
		for _, e := range log {
			if err := again.apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if again.Standing != it.Standing || !slices.Equal(again.Versions, it.Versions) || !slices.Equal(again.Uses, it.Uses) {
			t.Fatal("the stream does not fold to the same item")
		}
	})
}

// Stages of all versions, for the laws.
func (it *Item) Stages() []Stage {
	var all []Stage
	for _, v := range it.Versions {
		all = append(all, v.Stage)
	}
	return all
}
