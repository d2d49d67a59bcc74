package document

import (
	"fmt"
	"strings"
	"time"
)

var (
	days   = strings.Fields("Minggu Senin Selasa Rabu Kamis Jumat Sabtu")
	months = strings.Fields("Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember")
)

// Day is a date as Indonesian documents write it: Minggu, 22 November 2026.
func Day(t time.Time) string {
	return fmt.Sprintf("%s, %d %s %d", days[t.Weekday()], t.Day(), months[t.Month()-1], t.Year())
}

// Clock is a time of day with its zone: 08.00.12 WIB.
func Clock(t time.Time) string { return t.Format("15.04.05 ") + Zone(t) }

// Moment is a date and a time of day with its zone.
func Moment(t time.Time) string { return Day(t) + ", " + Clock(t) }

// Zone is the name that the zone has there, or its difference to UTC: WIB, UTC+3.
func Zone(t time.Time) string {
	name, seconds := t.Zone()
	if strings.ContainsAny(name, "+-0123456789") || name == "" {
		name = fmt.Sprintf("UTC%+d", seconds/3600)
		if rest := seconds % 3600 / 60; rest != 0 {
			name += fmt.Sprintf(".%02d", max(rest, -rest))
		}
	}
	return name
}

// period is from one moment to another, in words that repeat nothing.
func period(from, to time.Time) string {
	if to.IsZero() {
		return Moment(from)
	}
	if Day(from) == Day(to) && Zone(from) == Zone(to) {
		return fmt.Sprintf("%s, %s–%s", Day(from), from.Format("15.04.05"), Clock(to))
	}
	return Moment(from) + " – " + Moment(to)
}
