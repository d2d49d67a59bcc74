package scoring

import (
	"fmt"
	"time"

	"terang/engine"
)

// Marking is what all cards of one exam share.
type Marking struct {
	Rules  *RuleSet
	Key    Key
	Live   string        // engine.LiveProgress, LiveSettled or LiveInstant
	Settle time.Duration // how long an answer stands before its item is settled
	Hidden bool          // the exam shows no score at all

	annulled *Annulled // nil: no item is
	ranking  Ranking
	sections []uint8 // by position - 1: index of the rule set's section
}

// NewMarking prepares marking under a policy. sections are those of every form, or nil
// when forms have the rule set's sections with its counts in its order.
func NewMarking(rs *RuleSet, key Key, policy engine.Policy, sections []engine.Section) (*Marking, error) {
	ranking, err := NewRanking(rs)
	if err != nil {
		return nil, err
	}
	m := &Marking{
		Rules: rs, Key: key, ranking: ranking, Live: policy.Live,
		Settle: time.Duration(policy.SettleMS) * time.Millisecond, Hidden: !policy.ShowScores,
	}
	if sections == nil {
		from := 1
		for _, s := range rs.Sections {
			sections = append(sections, engine.Section{ID: s.Code, From: from, To: from + s.Items - 1})
			from += s.Items
		}
	}
	for _, s := range sections {
		i := rs.index(s.ID)
		if i < 0 || s.From != len(m.sections)+1 || s.To < s.From {
			return nil, fmt.Errorf("section %s of the form, %d to %d: rule set %s has no such section, or the positions before it are missing",
				s.ID, s.From, s.To, rs.ID)
		}
		for range s.To - s.From + 1 {
			m.sections = append(m.sections, uint8(i))
		}
	}
	return m, nil
}

// Items is how many positions a form has.
func (m *Marking) Items() int { return len(m.sections) }
