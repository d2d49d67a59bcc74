package scoring

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// option is a vector's option as the key has it.
func option(s string) string { return strings.ToLower(s) }

func TestAnnulVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			ID, Need, Policy string
			RuleSet          string `json:"rule_set"`
			Items            []struct {
				Section string
				Points  int
				OldKey  string         `json:"old_key"`
				NewKey  string         `json:"new_key"`
				OldMap  map[string]int `json:"old_map"`
				NewMap  map[string]int `json:"new_map"`
			}
			Candidate struct {
				Delivered []bool
				Answers   []*string
			}
			Before Scores
			Expect struct {
				After Scores
				Total int
				Pass  bool
			}
		}
	}
	vectors(t, "annul.json", &file)
	if len(file.Vectors) != 20 {
		t.Fatalf("%d vectors, want C1 to C20", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		rs := rules(t, v.RuleSet)
		key := Key{}
		var list []Annulment
		var given []Given
		for i, it := range v.Items {
			values := func(right string, graded map[string]int) map[string]int {
				if right == "" && graded == nil {
					return nil
				}
				out := make(map[string]int)
				for _, o := range []string{"a", "b", "c", "d", "e"} {
					out[o] = graded[strings.ToUpper(o)]
				}
				if right != "" {
					out[option(right)] = it.Points
				}
				return out
			}
			id := item(i)
			key[id] = values(it.OldKey, it.OldMap)
			list = append(list, Annulment{Item: id, Section: it.Section, Policy: v.Policy, Values: values(it.NewKey, it.NewMap)})
			if v.Candidate.Delivered[i] {
				g := Given{Item: i}
				if a := v.Candidate.Answers[i]; a != nil {
					g.Option = option(*a)[0]
				}
				given = append(given, g)
			}
		}
		x, err := NewAnnulled(rs, key, list)
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		before, err := rs.Points(v.Before)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := rs.Points(v.Expect.After)
		after := x.Apply(before, given)
		bar, _ := rs.Bar(v.Need, nil)
		if after != want || after.Sum() != v.Expect.Total || bar.Passed(&after) != v.Expect.Pass {
			t.Errorf("%s: %v, want %v", v.ID, after, want)
		}
	}
}

// drawAnnulled makes items of a section with a key, and annulments of some of them.
func drawAnnulled(t *rapid.T, rs *RuleSet, policies ...string) (Key, []Annulment) {
	key := Key{}
	var list []Annulment
	for i := range rapid.IntRange(1, 4).Draw(t, "items") {
		s := rs.Sections[rapid.IntRange(0, len(rs.Sections)-1).Draw(t, "section")]
		values := func() map[string]int {
			out := make(map[string]int)
			for _, o := range []string{"a", "b", "c"} {
				out[o] = rapid.SampledFrom(s.Values()).Draw(t, "worth")
			}
			return out
		}
		a := Annulment{Item: item(i), Section: s.Code, Policy: rapid.SampledFrom(policies).Draw(t, "policy")}
		key[a.Item] = values()
		if a.Policy == KeyFix || a.Policy == CreditBestOf {
			a.Values = values()
		}
		list = append(list, a)
	}
	return key, list
}

// drawGiven answers the annulled items, and gives points that this leaves possible.
func drawGiven(t *rapid.T, rs *RuleSet, key Key, list []Annulment) (Points, []Given) {
	var given []Given
	p := drawPoints(t, rs, "points")
	var least, free [MaxSections]int
	for i, a := range list {
		s := rs.index(a.Section)
		if !rapid.Bool().Draw(t, "had") {
			continue
		}
		o := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "answer")
		g := Given{Item: i}
		if o != "" {
			g.Option = o[0]
		}
		given = append(given, g)
		values := rs.Sections[s].Values()
		least[s] += key[a.Item][o]
		free[s] += values[len(values)-1] - key[a.Item][o]
	}
	for i, s := range rs.Sections {
		p[i] = int16(min(max(int(p[i]), least[i]), s.Max-free[i]))
	}
	return p, given
}

func TestAnnulmentLaws(t *testing.T) {
	tenThousand(t)
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t)
		key, list := drawAnnulled(t, rs, Policies...)
		x, err := NewAnnulled(rs, key, list)
		if err != nil {
			t.Fatal(err)
		}
		before, given := drawGiven(t, rs, key, list)
		after := x.Apply(before, given)
		if x.Apply(before, nil) != before {
			t.Fatal("16: who did not have the items changed")
		}
		up, moved := true, [MaxSections]int{}
		for _, g := range given {
			up = up && (list[g.Item].Policy == CreditAll || list[g.Item].Policy == CreditBestOf)
			moved[rs.index(list[g.Item].Section)]++
		}
		for i, s := range rs.Sections {
			if after[i] < 0 || int(after[i]) > s.Max {
				t.Fatalf("16: %s became %d of %d", s.Code, after[i], s.Max)
			}
			if up && after[i] < before[i] {
				t.Fatalf("16: a credit lowered %s from %d to %d", s.Code, before[i], after[i])
			}
			if moved[i] == 0 && after[i] != before[i] {
				t.Fatalf("16: %s changed without an item of it", s.Code)
			}
		}
		fixed := true
		for _, g := range given {
			fixed = fixed && list[g.Item].Policy == KeyFix
		}
		for i := range rs.Sections {
			if d := int(after[i] - before[i]); fixed && max(d, -d) > 5*moved[i] {
				t.Fatalf("16: %d items moved a section by %d", moved[i], d)
			}
		}
	})
}

func TestScalingLaws(t *testing.T) {
	tenThousand(t)
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t)
		key, list := drawAnnulled(t, rs, DropScale)
		x, err := NewAnnulled(rs, key, list)
		if err != nil {
			t.Fatal(err)
		}
		before, given := drawGiven(t, rs, key, list)
		after := x.Apply(before, given)
		better := before
		i := rapid.IntRange(0, len(rs.Sections)-1).Draw(t, "raised")
		earned, out := 0, 0
		for _, g := range given {
			if a := list[g.Item]; rs.index(a.Section) == i {
				values := rs.Sections[i].Values()
				out += values[len(values)-1]
				if g.Option != 0 {
					earned += key[a.Item][string(g.Option)]
				}
			}
		}
		room := rs.Sections[i].Max - out + earned - int(before[i]) // what the other items still hold
		better[i] += int16(rapid.IntRange(0, room).Draw(t, "more"))
		if x.Apply(better, given)[i] < after[i] {
			t.Fatalf("16: more points made less after scaling: %d to %d", before[i], better[i])
		}
		if int(before[i]) == earned && out > 0 && after[i] != 0 {
			t.Fatalf("16: nothing became %d", after[i])
		}
		if int(before[i]) == rs.Sections[i].Max && int(after[i]) != rs.Sections[i].Max {
			t.Fatalf("16: the maximum became %d", after[i])
		}
	})
}

func TestAnnulmentsThatCannotBeAreRefused(t *testing.T) {
	rs := rules(t, "skd-2024")
	key := Key{"i1": {"a": 5, "b": 0}}
	both := map[string]int{"a": 0, "b": 5}
	for _, c := range []struct {
		a    Annulment
		says string
	}{
		{Annulment{Item: "i2", Section: "TIU", Policy: CreditAll}, "no such item"},
		{Annulment{Item: "i1", Section: "TIQ", Policy: CreditAll}, `no section "TIQ"`},
		{Annulment{Item: "i1", Section: "TIU", Policy: "FORGET"}, `no policy "FORGET"`},
		{Annulment{Item: "i1", Section: "TIU", Policy: KeyFix}, "needs the points"},
		{Annulment{Item: "i1", Section: "TIU", Policy: CreditAll, Values: both}, "takes no new values"},
		{Annulment{Item: "i1", Section: "TIU", Policy: KeyFix, Values: map[string]int{"a": 5}}, "name all"},
		{Annulment{Item: "i1", Section: "TIU", Policy: KeyFix, Values: map[string]int{"a": 3, "b": 0}}, "worth 3"},
		{Annulment{Item: "i1", Section: "TIU", Policy: KeyFix, Values: map[string]int{"a": 5, "c": 0}}, `no option "c"`},
	} {
		if _, err := NewAnnulled(rs, key, []Annulment{c.a}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.a, err, c.says)
		}
	}
}
