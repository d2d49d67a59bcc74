package engine

import (
	"strings"
	"testing"
)

func examWith(policy, networks string) string {
	return `{"code":"x","title":"X","ruleset":"skd-2024","bank":"sample","blueprint":{},"sites":[{"code":"a","name":"A","zone":"Asia/Jakarta"` + networks + `}],
	"rooms":[{"code":"r","site":"a","name":"R","seats":9}],"sittings":[{"code":"s","site":"a","room":"r","title":"S","start":"2031-01-01T08:00"}],"policy":{` + policy + `}}`
}

func TestAPolicyIsCheckedWhole(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("a", 64)
	for policy, says := range map[string][]string{
		``:                        nil,
		`"seb":{"required":true}`: nil,
		`"seb":{"required":true,"config_keys":["` + key + `"],"browser_exam_keys":["` + key + `"],"quit_password_sha256":"` + key + `"}`: nil,
		`"seb":{"required":true,"config_keys":["kunci"],"browser_exam_keys":["` + key + `","` + key + `"]}`:                              {"config_keys, entry 1", "browser_exam_keys, entry 2"},
		`"seb":{"required":true,"quit_password_sha256":"rahasia"}`:                                                                       {"quit_password_sha256", "not the password"},
		`"seb":{"config_keys":["` + key + `"]}`:                                                                                          {`"required": true`},
		`"seb":{"required":true,"keys":[]}`:                                                                                              {"keys"},
		`"live":"sometimes","names":"all","settle_ms":-1,"handin_ms":-2,"two_person":["fly"],"rate_burst":0`: {`live is "sometimes"`, `names is "all"`,
			"settle_ms is -1", "handin_ms is -2", `"fly", which is no act`, "rate_burst is 0", "exam file: policy rate_burst"},
		`"rate_limit":0,"rate_burst":0`: nil,
		`"place":{"seats":true}`:        nil,
		`"place":{"networks":true}`:     {"site a has no networks"},
	} {
		_, err := ParseDefinition([]byte(examWith(policy, "")))
		if (err == nil) != (says == nil) {
			t.Errorf("%s: %v", policy, err)
		}
		for _, s := range says {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v, want it to say %q", policy, err, s)
			}
		}
	}
	if _, err := ParseDefinition([]byte(examWith(`"place":{"networks":true}`, `,"networks":["10.0.0.0/8"]`))); err != nil {
		t.Error(err)
	}
}
