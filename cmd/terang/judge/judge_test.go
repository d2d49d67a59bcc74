package judge

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/stores"
)

// A journal that knows none of those who sat is another server's: not every acknowledgement
// of the rehearsal was lost.
func TestAnotherServersJournalIsNotJudged(t *testing.T) {
	t.Parallel()
	journal := "sqlite:" + filepath.Join(t.TempDir(), "other.db")
	s, err := stores.Open(journal, true)
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	log, c := crowd.NewLog(), &crowd.Candidate{Number: "1"}
	log.Follow(c)
	log.Begin()
	c.Acked(crowd.Acked{Number: "1", Attempt: uuid.NewString(), Op: uuid.New(), Q: 1, C: "a", N: 1})
	trial := &Trial{Journal: journal, Keys: filepath.Join(t.TempDir(), "keys"), Log: log}
	if report, err := trial.Judge(t.Context()); err == nil || !strings.Contains(err.Error(), "another server's") {
		t.Errorf("judged: %v, %v", report, err)
	}
}
