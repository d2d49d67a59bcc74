package seb

import (
	"bytes"
	"compress/gzip"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// example is a configuration whose keys were computed by hand, in the order of its file.
var example = Dict{
	{"startURL", "https://exam.example.org/take/abc"},
	{"originatorVersion", "SEB_Terang_1"},
	{"sendBrowserExamKey", true},
	{"browserWindowWebView", int64(3)},
	{"URLFilterRules", Array{Dict{{"regex", false}, {"expression", "exam.example.org/*"}, {"active", true}, {"action", int64(1)}}}},
	{"allowQuit", true},
	{"empty", Dict{}},
	{"URLFilterEnable", true},
	{"examKeySalt", Data{0, 1, 2, 3, 4, 5, 6, 7}},
}

const (
	exampleText = `{"allowQuit":true,"browserWindowWebView":3,"examKeySalt":"AAECAwQFBgc=","sendBrowserExamKey":true,"startURL":"https://exam.example.org/take/abc","URLFilterEnable":true,"URLFilterRules":[{"action":1,"active":true,"expression":"exam.example.org/*","regex":false}]}`
	exampleKey  = "c4d50d732fda8a7231ab134ef6610f463d041e3d2f1dd6f51e598fb406f1c24f"
	exampleHash = "acd0ee4b2db9f12d86f0138a5853688991056a4df1bc106df2d1474eedb5424f"
)

func TestTheConfigKeyOfTheExample(t *testing.T) {
	t.Parallel()
	if got := Canonical(example); got != exampleText {
		t.Errorf("canonical form\n%s\nwant\n%s", got, exampleText)
	}
	if got := ConfigKey(example); got != exampleKey {
		t.Errorf("Config Key %s, want %s", got, exampleKey)
	}
	if got := ConfigKey(Dict{}); got != "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" {
		t.Errorf("of an empty configuration: %s", got)
	}
	again, err := Parse(example.Plist())
	if err != nil || ConfigKey(again) != exampleKey {
		t.Errorf("read again: %v, %s", err, ConfigKey(again))
	}
}

func TestTheHashOfARequest(t *testing.T) {
	t.Parallel()
	const address = "https://exam.example.org/take/abc?x=1"
	for _, a := range []string{address, address + "#part"} {
		if got := RequestHash(a, exampleKey); got != exampleHash {
			t.Errorf("%s: %s", a, got)
		}
	}
	other := strings.Repeat("0", 64)
	for _, c := range []struct {
		sent, address string
		keys          []string
		fits          bool
	}{
		{exampleHash, address, []string{other, exampleKey}, true},
		{" " + strings.ToUpper(exampleHash) + "\n", address, []string{exampleKey}, true},
		{exampleHash, address + "&y=2", []string{exampleKey}, false},
		{exampleHash, address, []string{other}, false},
		{exampleHash, address, nil, false},
		{"", address, []string{exampleKey}, false},
	} {
		if got := Fits(c.sent, c.address, c.keys); got != c.fits {
			t.Errorf("%q for %s with %v: %v", c.sent, c.address, c.keys, got)
		}
	}
}

func TestTheCanonicalFormEscapesNothing(t *testing.T) {
	t.Parallel()
	d := Dict{{"b", `C:\a/"é`}, {"A", Array{}}, {"c", ""}, {"d", 0.10000000000000001}, {"e", Data{}}, {"f", Dict{{"g", Dict{}}}}}
	if got, want := Canonical(d), `{"A":[],"b":"C:\a/"é","c":"","d":0.1,"e":"","f":{}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAFileInItsContainerIsRead(t *testing.T) {
	t.Parallel()
	pack := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, err := z.Write(b)
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	d, err := Parse(pack(append([]byte("plnd"), pack(example.Plist())...)))
	if err != nil || ConfigKey(d) != exampleKey {
		t.Errorf("%v, %s", err, ConfigKey(d))
	}
	if _, err := Parse(pack([]byte("pswd and what follows"))); err == nil || !strings.Contains(err.Error(), "without a password") {
		t.Errorf("an encrypted file: %v", err)
	}
}

func TestWhatIsNoConfigurationIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	in := func(inner string) string { return "<plist version=\"1.0\">\n" + inner + "</plist>" }
	for file, says := range map[string]string{
		"":                              "no property list",
		"{}":                            "no property list",
		"<html></html>":                 "no property list",
		in("<array></array>"):           "no dictionary",
		in("<dict><true/></dict>"):      "line 2",
		in("<dict><key>a</key></dict>"): `key "a"`,
		in("<dict><key>a</key><integer>x</integer></dict>"):                          "invalid syntax",
		in("<dict><key>a</key><uid/></dict>"):                                        "no value",
		in("<dict><key>allowWlan</key><true/><key>allowWLAN</key><true/></dict>"):    "stands twice",
		in("<dict><key>é</key><true/></dict>"):                                       "ASCII",
		in(strings.Repeat("<dict><key>a</key>", 99) + strings.Repeat("</dict>", 99)): "levels",
	} {
		if _, err := Parse([]byte(file)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60q: %v, want it to say %q", file, err, says)
		}
	}
}

// Whatever order a file has its keys in, its Config Key is the same, and what is written is
// read as it was.
func TestTheOrderOfAFileDoesNotMatter(t *testing.T) {
	t.Parallel()
	keys := []string{"startURL", "URLFilterEnable", "allowQuit", "zoom", "Browser", "examKeySalt", "originatorVersion"}
	rapid.Check(t, func(t *rapid.T) {
		var d Dict
		for _, key := range rapid.Permutation(keys).Draw(t, "order") {
			var v any
			switch rapid.IntRange(0, 6).Draw(t, "kind") {
			case 0:
				v = rapid.Bool().Draw(t, "v")
			case 1:
				v = rapid.Int64().Draw(t, "v")
			case 2:
				v = rapid.StringMatching(`[ -~é]*`).Draw(t, "v")
			case 3:
				v = Data(rapid.SliceOf(rapid.Byte()).Draw(t, "v"))
			case 4:
				v = Array{true, "x"}
			case 5:
				v = rapid.Float64Range(-1e6, 1e6).Draw(t, "v")
			default:
				v = Dict{{"b", true}, {"a", int64(1)}}
			}
			d = append(d, Pair{key, v})
		}
		again, err := Parse(d.Plist())
		if err != nil || !reflect.DeepEqual(again, d) && Canonical(again) != Canonical(d) {
			t.Fatalf("%v\n%v\n%v", err, again, d)
		}
		mixed := Dict(rapid.Permutation(d).Draw(t, "mixed"))
		if ConfigKey(mixed) != ConfigKey(d) {
			t.Fatalf("%s\n%s", Canonical(mixed), Canonical(d))
		}
	})
}

func TestAnExamsConfigurationIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("https://Ujian.example.go.id:443/")
	if err != nil {
		t.Fatal(err)
	}
	a := Asked{Exam: "skd-2026", Base: base, QuitHash: strings.Repeat("AB", 32)}
	d := a.Config()
	for key, want := range map[string]any{
		"startURL": "https://ujian.example.go.id/ujian?ujian=skd-2026", "quitURL": "https://ujian.example.go.id/ujian/keluar",
		"sendBrowserExamKey": true, "browserWindowWebView": int64(3), "URLFilterEnable": true, "URLFilterEnableContentFilter": false,
		"hashedQuitPassword": strings.Repeat("ab", 32),
	} {
		if got := d.Get(key); got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	if rule := d.Get("URLFilterRules").(Array)[0].(Dict); rule.Get("expression") != "ujian.example.go.id/*" {
		t.Errorf("filter %v", rule)
	}
	read, err := Parse(d.Plist())
	if err != nil || ConfigKey(read) != ConfigKey(a.Config()) {
		t.Errorf("what is handed out has another key: %v", err)
	}
	other := a
	other.Exam = "skd-2027"
	if ConfigKey(other.Config()) == ConfigKey(d) {
		t.Error("two exams have one key")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example.Plist())
	f.Add([]byte("<plist><dict><key>a</key><array><real>1e3</real></array></dict></plist>"))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := Parse(file)
		if err != nil {
			return
		}
		again, err := Parse(d.Plist())
		if err != nil || Canonical(again) != Canonical(d) {
			t.Fatalf("%v\n%q\n%q", err, Canonical(d), Canonical(again))
		}
	})
}
