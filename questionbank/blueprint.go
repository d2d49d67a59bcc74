package questionbank

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"terang/engine"
)

// Blueprint says how many items of which kind stand on every form, in order of sections.
type Blueprint struct {
	Sections []BlueprintSection `json:"sections"`

	// Previous is the number of earlier sittings whose items a candidate must not meet
	// again; every cell needs that many times more items.
	Previous int `json:"previous,omitempty"`
	// MaxExposure is the largest share of forms, in thousandths, that an item may stand on;
	// 0 sets no limit. Compile thins the draw of items that would stand on more.
	MaxExposure int `json:"max_exposure,omitempty"`
}

// BlueprintSection is one section of the form.
type BlueprintSection struct {
	ID    string `json:"id"`
	Title string `json:"title"` // as candidates read it
	// Tolerance is how far the expected points of a form may be from the target of the
	// section, in thousandths of a point, before items are swapped: 250 leaves a total an SD
	// of 0.3 points. Where forms are balanced at three abilities it is the distance at -1 and
	// +1, at 0 two thirds of it: 450 leaves SDs of 0.6 and 0.4 points.
	Tolerance int    `json:"tolerance"`
	Cells     []Cell `json:"cells"`
}

// Cell is a number of items of one topic and band; an empty band means any.
type Cell struct {
	Topic string `json:"topic"`
	Band  Band   `json:"band"`
	Count int    `json:"count"` // items, also where they come in units
	// Unit is how many items share each text: the cell takes whole units of that size, and
	// a band must be that of all their items. 0 takes items that stand alone.
	Unit int `json:"unit,omitempty"`
}

// holds tells an entry of the bank by any of its items, which share the topic.
func (c Cell) holds(e *entry) bool {
	for _, q := range e.items {
		if q.Topic != c.Topic || c.Band != "" && q.Band != c.Band {
			return false
		}
	}
	return len(e.items) == c.size() && (c.Unit > 0) == (e.items[0].Unit != "")
}

// size is the number of items of what the cell takes at a time.
func (c Cell) size() int { return max(c.Unit, 1) }

// places is the number of slots that the cell fills.
func (c Cell) places() int { return c.Count / c.size() }

func (c Cell) overlaps(d Cell) bool {
	return c.Topic == d.Topic && c.Unit == d.Unit && (c.Band == d.Band || c.Band == "" || d.Band == "")
}

func (c Cell) String() string {
	name := c.Topic
	if c.Band != "" {
		name += "/" + string(c.Band)
	}
	if c.Unit > 0 {
		name += fmt.Sprintf(" in units of %d", c.Unit)
	}
	return name
}

// ParseBlueprint reads a blueprint file (JSON); unknown keys are refused.
func ParseBlueprint(data []byte) (*Blueprint, error) {
	var bp Blueprint
	if len(data) == 0 {
		return nil, errors.New("there is none: say how many items of which kind stand on a form, as in the file that exam create --sample --write makes")
	}
	fitted, faults := engine.Fitted(data, reflect.TypeFor[Blueprint]())
	faults = slices.Concat(engine.UnknownKeys(data, reflect.TypeFor[Blueprint](), false), faults)
	if len(faults) > 0 {
		var filled Blueprint
		_, _ = json.Unmarshal(data, &bp), json.Unmarshal(fitted, &filled) // as far as they can be read
		whatever := filled.wrong()
		for _, wrong := range bp.wrong() {
			if slices.Contains(whatever, wrong) {
				faults = append(faults, errors.New(wrong))
			}
		}
		return nil, fmt.Errorf("read blueprint: %w", errors.Join(faults...))
	}
	if err := strictJSON(data, &bp); err != nil {
		return nil, fmt.Errorf("read blueprint: %w", err)
	}
	if wrong := bp.wrong(); len(wrong) > 0 {
		return nil, fmt.Errorf("read blueprint: %s", strings.Join(wrong, "; "))
	}
	return &bp, nil
}

// wrong lists what is not sound in the blueprint itself, whatever the bank.
func (bp *Blueprint) wrong() []string {
	var wrong []string
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if len(bp.Sections) == 0 {
		add("there is no section: list at least one")
	}
	if bp.Previous < 0 || bp.Previous > 100 {
		add("previous is %d: write the number of earlier sittings, 0 to 100", bp.Previous)
	}
	if bp.MaxExposure < 0 || bp.MaxExposure > 1000 {
		add("max_exposure is %d: write thousandths, 1 to 1000, or leave it out", bp.MaxExposure)
	}
	seen := map[string]bool{}
	for _, s := range bp.Sections {
		if !sectionShape.MatchString(s.ID) || seen[s.ID] {
			add("section id %q is malformed or stands twice: write it as in the rule set, once", s.ID)
		}
		seen[s.ID] = true
		if strings.TrimSpace(s.Title) == "" {
			add("section %s has no title: write what candidates shall read", s.ID)
		}
		if s.Tolerance < 0 || s.Tolerance > 1_000_000 {
			add("section %s has the tolerance %d: write thousandths of a point, 0 to 1000000", s.ID, s.Tolerance)
		}
		if len(s.Cells) == 0 {
			add("section %s has no cell: list its topics", s.ID)
		}
		for i, c := range s.Cells {
			if c.Count < 1 || c.Count > 1000 {
				add("cell %s %s asks for %d items: write 1 to 1000", s.ID, c, c.Count)
			}
			if !nameShape.MatchString(c.Topic) || c.Band != "" && !c.Band.known() {
				add("cell %s %s: topic or band is malformed; bands are easy, medium, hard or empty", s.ID, c)
			}
			if c.Unit < 0 || c.Unit == 1 || c.Unit > 20 || c.Unit > 0 && c.Count%c.Unit != 0 {
				add("cell %s %s has units of %d for %d items: write 2 to 20 and a count that they divide, or leave unit out", s.ID, c, c.Unit, c.Count)
			}
			for _, d := range s.Cells[:i] {
				if c.overlaps(d) {
					add("cells %s %s and %s overlap: an item would belong to both", s.ID, c, d)
				}
			}
		}
	}
	return wrong
}
