package scoring

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"terang/engine"
)

func vectors(t testing.TB, name string, into any) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func rules(t testing.TB, name string) *RuleSet {
	t.Helper()
	rs, err := ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestThresholdVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			ID      string
			RuleSet string `json:"rule_set"`
			Need    string
			Scores  Scores
			Post    Scores `json:"post_min"`
			Expect  struct {
				Total  int
				Pass   bool
				Failed []string
			}
		}
	}
	vectors(t, "threshold.json", &file)
	if len(file.Vectors) != 126 {
		t.Fatalf("%d vectors, want T1 to T126", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		got, err := decide(rules(t, v.RuleSet), v.Need, v.Scores, v.Post)
		want := Verdict{Total: v.Expect.Total, Passed: v.Expect.Pass, Failed: v.Expect.Failed}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", v.ID, got, err, want)
		}
		bar, _ := rules(t, v.RuleSet).Bar(v.Need, v.Post)
		points, _ := rules(t, v.RuleSet).Points(v.Scores)
		if bar.Passed(&points) != v.Expect.Pass {
			t.Errorf("%s: Passed differs from Decide", v.ID)
		}
	}
}

// The published rule sets are the vectors' with what is ours added, and nothing else.
func TestRuleSetsAreTheVectorsWithOurAdditions(t *testing.T) {
	var file struct {
		RuleSets []map[string]any `json:"rule_sets"`
	}
	vectors(t, "rulesets.json", &file)
	if len(file.RuleSets) != len(Names()) {
		t.Errorf("%d rule sets in the vectors, %v here", len(file.RuleSets), Names())
	}
	for _, want := range file.RuleSets {
		id := want["id"].(string)
		body, err := published.ReadFile("rulesets/" + id + ".json")
		if err != nil {
			t.Error(err)
			continue
		}
		var got map[string]any
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if rs := rules(t, id); rs.ID != id || rs.GraceMS != 2000 || rs.GraceSource == "" || rs.RankingKeys[0] != Total {
			t.Errorf("%s: id, grace or ranking keys", id)
		}
		for _, ours := range []string{"grace_ms", "grace_source", "ranking_keys", "optimisation", "codes", "uncertain"} {
			delete(got, ours)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s differs from the vectors", id)
		}
	}
}

// The vectors name the code of a decided list; before that, meets and misses stand where
// P/L, P and TL will.
func TestStatusVectorsOfTheBasicStage(t *testing.T) {
	var file struct {
		Vectors []struct {
			ID, Stage, Need, Expect string
			RuleSet                 string `json:"rule_set"`
			Input                   struct {
				Scores                             Scores
				Disqualified, Ineligible, Withdrew bool
			}
		}
	}
	vectors(t, "status.json", &file)
	undecided := map[string]string{"P/L": Meets, "P": Meets, "TL": Misses}
	tried := 0
	for _, v := range file.Vectors {
		if v.Stage != "skd" {
			continue
		}
		tried++
		rs := rules(t, v.RuleSet)
		bar, err := rs.Bar(v.Need, nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := NewMarking(rs, nil, engine.DefaultPolicy(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := NewCard(m, bar)
		if v.Input.Scores != nil {
			c.Apply(1, &engine.Event{Kind: engine.CheckedIn})
			c.Apply(2, &engine.Event{Kind: engine.Started})
			c.real, _ = rs.Points(v.Input.Scores)
		}
		for _, f := range []struct {
			set bool
			e   engine.Event
		}{
			{v.Input.Withdrew, engine.Event{Kind: engine.TurnedAway, Why: "withdrew"}},
			{v.Input.Ineligible, engine.Event{Kind: engine.TurnedAway, Why: "papers"}},
			{v.Input.Disqualified, engine.Event{Kind: engine.Disqualified}},
		} {
			if f.set {
				c.Apply(3, &f.e)
			}
		}
		c.Over()
		want := v.Expect
		if u, ok := undecided[want]; ok {
			want = u
		}
		if got := c.Private().Status; got != want {
			t.Errorf("%s: status %q, want %q", v.ID, got, want)
		}
	}
	if tried != 14 {
		t.Errorf("%d vectors tried, want X1 to X14", tried)
	}
}

func TestParseRefuses(t *testing.T) {
	body, err := published.ReadFile("rulesets/skd-2024.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, with, says string }{
		{"an unknown key", `"grace_ms": 2000`, `"grace": 2000`, "unknown field"},
		{"a key that stands twice", `"year": 2024`, `"year": 2024, "year": 2023`, "year stands twice"},
		{"a maximum that does not add up", `"max": 150`, `"max": 155`, "TWK: max is 155, but 30 items give 150"},
		{"a total that does not add up", `"items": 110`, `"items": 100`, "items and max"},
		{"a threshold of no section", `"TWK": 65`, `"TWX": 65`, `no section "TWX"`},
		{"a threshold out of reach", `"TWK": 65`, `"TWK": 151`, "TWK is 151, of 150"},
		{"a ranking key of no section", `"ranking_keys": ["TOTAL", "TKP"`, `"ranking_keys": ["TOTAL", "TKQ"`, `ranking key "TKQ"`},
		{"ranking keys wider than a browser's numbers", `"ranking_keys": [`, `"ranking_keys": ["TKP", "TKP", "TKP", `, "bits of 53"},
		{"a grace of nobody", `"not a decree: transit allowance that this program publishes"`, `""`, "grace_source"},
		{"weights that are not 1", `"skd_weight": "0.40"`, `"skd_weight": "0.45"`, "together 1.05, not 1"},
		{"a weight with a comma", `"skd_weight": "0.40"`, `"skd_weight": "0,40"`, "has a comma"},
		{"a tie key that does not exist", `"ACADEMIC", "OLDER"]`, `"ACADEMIC", "AGE"]`, `key "AGE" does not exist`},
		{"an order by age before certificates", `"ACADEMIC", "OLDER"]`, `"OLDER", "ACADEMIC"]`, "OLDER stands before ACADEMIC"},
		{"steps that are not computed", `"skd_norm=r3(skd*100/max)"`, `"skd_norm=r2(skd*100/max)"`, "the program computes"},
		{"a shortlist of none", `"multiple": 3`, `"multiple": 0`, "multiple is 0"},
		{"an unknown source of a move", `"source": "same_need"`, `"source": "friend"`, `source is "friend"`},
		{"a decision without a code", `"missed": "TL",`, ``, "codes: missed"},
		{"a second document", `"notes": [`, `"notes": []} {"notes": [`, "something follows"},
		{"a fraction", `"minutes": 100`, `"minutes": 100.5`, "100.5"},
	} {
		broken := strings.Replace(string(body), c.old, c.with, 1)
		if broken == string(body) {
			t.Fatalf("%s: nothing replaced", c.name)
		}
		if _, err := Parse([]byte(broken)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.says)
		}
	}
}

func TestParseNamesAllFaultsAtOnce(t *testing.T) {
	body, err := Published("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.NewReplacer(`"year": 2024`, `"year": "2024"`, `"minutes": 100`, `"minuets": 100`, `"TKP": 166`, `"TKP": 226`,
		`"skb_weight": "0.60"`, `"skb_weight": "0.50"`, `"multiple": 3`, `"multiple": 0`).Replace(string(body))
	_, err = Parse([]byte(broken))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, says := range []string{"year", "minuets: unknown field", "TKP is 226, of 225", "together 0.9, not 1", "multiple is 0"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q is not said in: %v", says, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		body, _ := published.ReadFile("rulesets/" + name + ".json")
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		rs, err := Parse(body)
		if err != nil {
			return
		}
		for need := range rs.Thresholds {
			post := Scores{}
			for _, s := range rs.Sections {
				post[s.Code] = 0
			}
			if _, err := rs.Bar(need, post); err != nil {
				t.Errorf("a rule set that was accepted has a need that cannot be decided: %v", err)
			}
		}
	})
}

// decide decides by name; post is nil unless the need leaves minima to the post.
func decide(rs *RuleSet, need string, scores, post Scores) (Verdict, error) {
	b, err := rs.Bar(need, post)
	if err != nil {
		return Verdict{}, err
	}
	points, err := rs.Points(scores)
	if err != nil {
		return Verdict{}, err
	}
	return b.Decide(&points), nil
}
