package web

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"terang/web/document"
)

// Times as pages show them, in a page's language and with the name of their zone: 27 Nov 2026,
// 21.37 WIB, and in English 27 Nov 2026, 21:37 WIB. The month is a word, because 5/12 is two
// days; what programs read stays RFC 3339. static/board/when.js shows them alike.

// capital is the time zone of pages that are of no single site.
const capital = "Asia/Jakarta"

var shortMonths = strings.Fields("Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des")

// offsets are what Indonesians call their three times, for instants that say only how far
// they are from UTC.
var offsets = map[int]string{7 * 3600: "WIB", 8 * 3600: "WITA", 9 * 3600: "WIT"}

// zoneName is what the zone of a time is called there.
func zoneName(t time.Time) string {
	name := document.Zone(t)
	if _, offset := t.Zone(); strings.HasPrefix(name, "UTC") && offsets[offset] != "" {
		return offsets[offset]
	}
	return name
}

// dateIn is a date in a page's language: 27 Nov 2026.
func dateIn(lang string, t time.Time) string {
	if lang == "en" {
		return t.Format("2 Jan 2006")
	}
	return fmt.Sprintf("%d %s %d", t.Day(), shortMonths[t.Month()-1], t.Year())
}

// dayIn is a date with its day of the week, in words.
func dayIn(lang string, t time.Time) string {
	if lang == "en" {
		return t.Format("Monday, 2 January 2006")
	}
	return document.Day(t)
}

// hourIn is a time of day with its zone: 21.37 WIB.
func hourIn(lang string, t time.Time) string { return clockIn(lang, "15.04", t) }

// clockIn writes a time of day by a layout with dots, as Indonesian does.
func clockIn(lang, layout string, t time.Time) string {
	if lang == "en" {
		layout = strings.ReplaceAll(layout, ".", ":")
	}
	return t.Format(layout) + " " + zoneName(t)
}

func momentIn(lang, layout string, t time.Time) string {
	return dateIn(lang, t) + ", " + clockIn(lang, layout, t)
}

// inZone reads an instant, or a day, as it is in a time zone.
func inZone(at, zone string) (t time.Time, ok bool) {
	z, err := time.LoadLocation(zone)
	if err != nil {
		return t, false
	}
	if t, err = time.Parse(time.RFC3339, at); err == nil {
		return t.In(z), true
	}
	t, err = time.ParseInLocation(time.DateOnly, at, z)
	return t, err == nil
}

// localTime shows an instant in the time of its site: 27 Nov 2026, 21.37 WIB. What is no
// instant stays as it is.
func localTime(at, zone, lang string) string {
	if t, ok := inZone(at, zone); ok {
		return momentIn(lang, "15.04", t)
	}
	return at
}

// instants are times as programs write them.
var instants = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)

// TimesIn shows the instants in a text as pages do in a language: 27 Nov 2026, 21.37 WIB. One
// that names its distance to UTC is a time of that place; one in UTC is shown in the zone.
func TimesIn(text, zone, lang string) string {
	return instants.ReplaceAllStringFunc(text, func(at string) string {
		if strings.HasSuffix(at, "Z") {
			return localTime(at, zone, lang)
		}
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return at
		}
		return momentIn(lang, "15.04", t)
	})
}

// localTimeToSecond is localTime to the second.
func localTimeToSecond(at, zone, lang string) string {
	if t, ok := inZone(at, zone); ok {
		return momentIn(lang, "15.04.05", t)
	}
	return at
}

// localDate and localClock are the parts of it.
func localDate(at, zone, lang string) string {
	if t, ok := inZone(at, zone); ok {
		return dateIn(lang, t)
	}
	return at
}

func localClock(at, zone, lang string) string {
	if t, ok := inZone(at, zone); ok {
		return clockIn(lang, "15.04.05", t)
	}
	return at
}
