package web

import (
	"testing"
	"time"
)

func TestTimesAreShownAlikeInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ at, zone, id, en string }{
		{"2026-11-27T14:37:39.250Z", "Asia/Jakarta", "27 Nov 2026, 21.37.39 WIB", "27 Nov 2026, 21:37:39 WIB"},
		{"2026-12-31T16:30:00Z", "Asia/Makassar", "1 Jan 2027, 00.30.00 WITA", "1 Jan 2027, 00:30:00 WITA"},
		{"2026-08-17T00:00:00Z", "Asia/Jayapura", "17 Agu 2026, 09.00.00 WIT", "17 Aug 2026, 09:00:00 WIT"},
		{"2026-05-05T00:00:00Z", "Asia/Pontianak", "5 Mei 2026, 07.00.00 WIB", "5 May 2026, 07:00:00 WIB"},
		{"2026-10-05T00:00:00Z", "Asia/Riyadh", "5 Okt 2026, 03.00.00 UTC+3", "5 Oct 2026, 03:00:00 UTC+3"},
		{"", "Asia/Jakarta", "", ""},
		{"as it is", "Nowhere/Land", "as it is", "as it is"},
	} {
		for lang, want := range map[string]string{"id": test.id, "en": test.en} {
			if got := localTimeToSecond(test.at, test.zone, lang); got != want {
				t.Errorf("%q in %s, %s: %q, not %q", test.at, test.zone, lang, got, want)
			}
		}
	}
	if got := localDate("2026-12-05", capital, "id"); got != "5 Des 2026" {
		t.Errorf("a day: %q", got)
	}
	// An instant that was written with an offset and no name of a zone.
	written, err := time.Parse(time.RFC3339, "2026-12-01T10:00:00+08:00")
	if err != nil {
		t.Fatal(err)
	}
	if got := momentIn("id", "15.04", written); got != "1 Des 2026, 10.00 WITA" {
		t.Errorf("by its offset: %q", got)
	}
}

// What programs read is said in words on pages, wherever it stands in a text.
func TestInstantsInATextAreShownAsElsewhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"sitting s2: 2035-12-05T13:00:00+07:00 → 2035-12-06T08:30:00+09:00": {"sitting s2: 5 Des 2035, 13.00 WIB → 6 Des 2035, 08.30 WIT", "sitting s2: 5 Dec 2035, 13:00 WIB → 6 Dec 2035, 08:30 WIT"},
		"2035-12-05T06:00:00.000Z":                                {"5 Des 2035, 14.00 WITA", "5 Dec 2035, 14:00 WITA"},
		"2035-12-05T13:00, 2035-12-05, 2035-99-99T99:99:99+07:00": {"2035-12-05T13:00, 2035-12-05, 2035-99-99T99:99:99+07:00", "2035-12-05T13:00, 2035-12-05, 2035-99-99T99:99:99+07:00"},
		"": {},
	} {
		for i, lang := range []string{"id", "en"} {
			if got := TimesIn(text, "Asia/Makassar", lang); got != want[i] {
				t.Errorf("%q, %s: %q, not %q", text, lang, got, want[i])
			}
		}
	}
}
