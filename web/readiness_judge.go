package web

import (
	_ "embed"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
)

// readinessLimits are what a computer has to reach: data, readiness.json. The screen, the
// browsers and the keys are those of the UX guide (1024 x 768 less the browser's own bars,
// Chromium 109, Firefox ESR 115, section 4); the page works 30 s without its server and is
// offline after 5 s, which a round trip has to stay well below.
type readinessLimits struct {
	ScreenWidth  int      `json:"screen_width"` // CSS pixels
	ScreenHeight int      `json:"screen_height"`
	Chromium     int      `json:"chromium"` // least major version
	Firefox      int      `json:"firefox"`
	StorageBytes int64    `json:"storage_bytes"` // that the browser lets us keep
	ClockNoteMS  float64  `json:"clock_note_ms"` // a difference worth a word: the exam shows the server's time
	ClockMS      float64  `json:"clock_ms"`      // one with which certificates and logs go wrong
	Pings        int      `json:"pings"`
	PingMedianMS float64  `json:"ping_median_ms"`
	PingWorstMS  float64  `json:"ping_worst_ms"`
	ValidHours   int      `json:"valid_hours"` // after these a report has to be made again
	Keys         []string `json:"keys"`        // KeyboardEvent.key, letters in lower case
}

//go:embed readiness.json
var readinessFile []byte

var limits = func() (l readinessLimits) {
	if err := json.Unmarshal(readinessFile, &l); err != nil {
		panic("web: readiness.json: " + err.Error()) // part of the binary
	}
	return l
}()

// measures are what a page found out about its computer. Who fills them in by hand can
// only deceive the technician of the own room: nothing in the exam rests on them.
type measures struct {
	Screen struct {
		Width  int     `json:"width"`
		Height int     `json:"height"`
		Ratio  float64 `json:"ratio"`
	} `json:"screen"`
	Storage struct {
		Local   bool   `json:"local"`
		Indexed bool   `json:"indexed"`
		Quota   *int64 `json:"quota"` // bytes; nil where the browser does not tell
	} `json:"storage"`
	Crypto struct {
		Secure bool `json:"secure"` // the page has a secure context
		Subtle bool `json:"subtle"`
		Random bool `json:"random"`
	} `json:"crypto"`
	Keys  []string `json:"keys"` // that were pressed and seen
	SEB   sebProof `json:"seb"`  // what Safe Exam Browser tells a script
	Clock *struct {
		Difference  float64 `json:"difference"` // ms, computer minus server
		Uncertainty float64 `json:"uncertainty"`
	} `json:"clock"`
	Pings     []float64 `json:"pings"` // ms, of those that were answered
	Websocket bool      `json:"websocket"`
	Cookies   bool      `json:"cookies"`
}

// States of a line. A note passes: the exam works, but somebody should know.
const (
	lineOK   = "ok"
	lineNote = "note"
	lineBad  = "bad"
)

// readinessLine is one thing that was looked at. Why is a code for the page's texts.
type readinessLine struct {
	Check  string            `json:"check"`
	State  string            `json:"state"`
	Why    string            `json:"why,omitempty"`
	Values map[string]string `json:"values,omitempty"`
}

// judge decides every line, always in the same order.
func (m *measures) judge(agent string) []readinessLine {
	return []readinessLine{
		m.browser(agent), m.screen(), m.storage(), m.cookies(), m.crypto(), m.keyboard(), m.server(), m.websocket(), m.clock(),
	}
}

// ready says whether nothing fails.
func ready(lines []readinessLine) bool {
	return !slices.ContainsFunc(lines, func(l readinessLine) bool { return l.State == lineBad })
}

func bad(check, why string, values map[string]string) readinessLine {
	return readinessLine{check, lineBad, why, values}
}

func note(check, why string, values map[string]string) readinessLine {
	return readinessLine{check, lineNote, why, values}
}

func fine(check string, values map[string]string) readinessLine {
	return readinessLine{check, lineOK, "", values}
}

var (
	firefoxVersion  = regexp.MustCompile(`Firefox/(\d+)`)
	chromiumVersion = regexp.MustCompile(`(?:Chrome|Chromium)/(\d+)`)
)

func (m *measures) browser(agent string) readinessLine {
	const check = "browser"
	for _, b := range []struct {
		name    string
		version *regexp.Regexp
		least   int
	}{{"Firefox", firefoxVersion, limits.Firefox}, {"Chromium", chromiumVersion, limits.Chromium}} {
		found := b.version.FindStringSubmatch(agent)
		if found == nil {
			continue
		}
		v := map[string]string{"name": b.name, "version": found[1], "least": strconv.Itoa(b.least)}
		if n, err := strconv.Atoi(found[1]); err != nil || n < b.least {
			return bad(check, "old", v)
		}
		return fine(check, v)
	}
	return bad(check, "unknown", map[string]string{"chromium": strconv.Itoa(limits.Chromium), "firefox": strconv.Itoa(limits.Firefox)})
}

func (m *measures) screen() readinessLine {
	v := map[string]string{
		"width": strconv.Itoa(m.Screen.Width), "height": strconv.Itoa(m.Screen.Height), "ratio": strconv.FormatFloat(m.Screen.Ratio, 'f', -1, 32),
		"least_width": strconv.Itoa(limits.ScreenWidth), "least_height": strconv.Itoa(limits.ScreenHeight),
	}
	if m.Screen.Width < limits.ScreenWidth || m.Screen.Height < limits.ScreenHeight {
		return bad("screen", "small", v)
	}
	return fine("screen", v)
}

func (m *measures) storage() readinessLine {
	const check = "storage"
	switch {
	case !m.Storage.Indexed:
		return bad(check, "indexed", nil)
	case !m.Storage.Local:
		return bad(check, "local", nil)
	case m.Storage.Quota == nil:
		return fine(check, nil)
	}
	v := map[string]string{"mb": megabytes(*m.Storage.Quota), "least": megabytes(limits.StorageBytes)}
	if *m.Storage.Quota < limits.StorageBytes {
		return bad(check, "quota", v)
	}
	return fine(check, v)
}

func megabytes(bytes int64) string { return strconv.FormatInt(bytes/1_000_000, 10) }

func (m *measures) cookies() readinessLine {
	if !m.Cookies {
		return bad("cookies", "off", nil)
	}
	return fine("cookies", nil)
}

// crypto: without a secure context a browser has no WebCrypto, and the items come in the
// frame at the start. With one, it must have it.
func (m *measures) crypto() readinessLine {
	const check = "crypto"
	switch {
	case !m.Crypto.Random:
		return bad(check, "random", nil)
	case !m.Crypto.Secure:
		return note(check, "insecure", nil)
	case !m.Crypto.Subtle:
		return bad(check, "subtle", nil)
	}
	return fine(check, nil)
}

func (m *measures) keyboard() readinessLine {
	missing := ""
	for _, k := range limits.Keys {
		if !slices.Contains(m.Keys, k) {
			missing += " " + keyName(k)
		}
	}
	if missing != "" {
		return bad("keyboard", "unseen", map[string]string{"keys": missing[1:]})
	}
	return fine("keyboard", map[string]string{"n": strconv.Itoa(len(limits.Keys))})
}

var arrowNames = map[string]string{"ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→"}

// keyName is what stands on the key.
func keyName(key string) string {
	if arrow, ok := arrowNames[key]; ok {
		return arrow
	}
	return string(key[0] - 'a' + 'A')
}

func (m *measures) server() readinessLine {
	const check = "server"
	p := slices.Clone(m.Pings)
	slices.Sort(p)
	if len(p) == 0 {
		return bad(check, "silent", nil)
	}
	median, worst := p[len(p)/2], p[len(p)-1]
	v := map[string]string{"median": roundMS(median), "worst": roundMS(worst), "n": strconv.Itoa(len(p)), "of": strconv.Itoa(limits.Pings)}
	switch {
	case len(p) < limits.Pings:
		return bad(check, "lost", v)
	case median > limits.PingMedianMS || worst > limits.PingWorstMS:
		v["most_median"], v["most_worst"] = roundMS(limits.PingMedianMS), roundMS(limits.PingWorstMS)
		return bad(check, "slow", v)
	}
	return fine(check, v)
}

// roundMS shows milliseconds; below one it says so.
func roundMS(ms float64) string {
	if ms < 1 {
		return "< 1"
	}
	return strconv.FormatFloat(math.Round(ms), 'f', 0, 64)
}

// websocket: an exam works by polling too, but every answer is some seconds older.
func (m *measures) websocket() readinessLine {
	if !m.Websocket {
		return note("websocket", "polling", nil)
	}
	return fine("websocket", nil)
}

// clock: no client clock decides anything. A large difference hurts certificates and the
// reading of logs, and is worth a word to a technician.
func (m *measures) clock() readinessLine {
	const check = "clock"
	if m.Clock == nil {
		return bad(check, "unmeasured", nil)
	}
	off := math.Abs(m.Clock.Difference) - m.Clock.Uncertainty // what is certain of it
	v := map[string]string{
		"seconds": strconv.FormatFloat(math.Round(m.Clock.Difference/100)/10+0, 'f', 1, 64), "uncertainty": strconv.FormatFloat(m.Clock.Uncertainty/1000, 'f', 1, 64),
	}
	if m.Clock.Uncertainty < 100 {
		v["uncertainty"] = "< 0.1"
	}
	switch {
	case off > limits.ClockMS:
		return bad(check, "far", v)
	case off > limits.ClockNoteMS:
		return note(check, "off", v)
	}
	return fine(check, v)
}
