package seb

import (
	"crypto/sha256"
	"net/url"
	"strings"
)

// Values of SEB's settings that we write.
const (
	preferModern = 3 // browserWindowWebView: the modern engine where there is one
	allow        = 1 // action of a filter rule
	fullScreen   = 1 // browserViewMode
	startsExam   = 0 // sebConfigPurpose: the file starts an exam and sets up no client
	blocked      = 0 // newBrowserWindowBy…Policy
)

// Asked is what an exam asks of the browser.
type Asked struct {
	Exam     string   // its code
	Base     *url.URL // of the server, as people type it
	QuitHash string   // SHA-256 of the password that quits the browser, in hex; "": none is asked
}

// Host is a server's address as browsers write it: in lower case, without the port that its
// scheme has anyway.
func Host(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch {
	case u.Scheme == "https":
		return strings.TrimSuffix(host, ":443")
	case u.Scheme == "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// StartPath is where the browser begins, below the server's address.
func (a Asked) StartPath() string { return "/ujian?ujian=" + url.QueryEscape(a.Exam) }

// QuitPath is the address that ends the browser.
const QuitPath = "/ujian/keluar"

// Config is the configuration of an exam. For one exam at one address it is always the
// same, byte for byte, so that its Config Key is.
//
// Cookies stay when the browser begins and ends: a computer stays known as its seat, and who
// comes back after a crash goes on without a PIN. The page itself forgets its candidate when
// they sign out.
func (a Asked) Config() Dict {
	origin := a.Base.Scheme + "://" + Host(a.Base)
	salt := sha256.Sum256([]byte("terang/seb/1\x00" + a.Exam))
	d := Dict{
		{originator, "SEB_Terang_1"},
		{"startURL", origin + a.StartPath()},
		{"quitURL", origin + QuitPath},
		{"quitURLConfirm", false},
		{"sebConfigPurpose", int64(startsExam)},
		{"sendBrowserExamKey", true},
		{"examKeySalt", Data(salt[:])},
		{"browserWindowWebView", int64(preferModern)},
		{"browserViewMode", int64(fullScreen)},
		{"browserWindowAllowReload", true},
		{"newBrowserWindowByLinkPolicy", int64(blocked)},
		{"newBrowserWindowByScriptPolicy", int64(blocked)},
		{"allowBrowsingBackForward", false},
		{"allowDownUploads", false},
		{"allowSpellCheck", false},
		{"allowDictionaryLookup", false},
		{"allowPreferencesWindow", false},
		{"allowSwitchToApplications", false},
		{"examSessionClearCookiesOnStart", false},
		{"examSessionClearCookiesOnEnd", false},
		{"showTaskBar", true},
		{"showTime", true},
		{"showReloadButton", true},
		{"allowQuit", true},
		{"URLFilterEnable", true},
		{"URLFilterEnableContentFilter", false},
		{"URLFilterRules", Array{Dict{
			{"active", true}, {"regex", false}, {"expression", Host(a.Base) + "/*"}, {"action", int64(allow)},
		}}},
	}
	if a.QuitHash != "" {
		d = append(d, Pair{"hashedQuitPassword", strings.ToLower(a.QuitHash)})
	}
	return d
}
