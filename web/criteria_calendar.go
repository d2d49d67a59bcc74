package web

import (
	"time"

	ics "github.com/arran4/golang-ical"

	"terang/proctor"
)

// calendarFile is the calendar of an exam for people's own calendars (RFC 5545).
func (p *pages) calendarFile(b *book, d *disclosed, host, lang string) string {
	cal := ics.NewCalendar()
	cal.SetProductId("-//Terang//Kalender//ID")
	cal.SetMethod(ics.MethodPublish)
	cal.SetName(b.title)
	published, _ := time.Parse(time.RFC3339, d.At)
	for _, step := range d.Table.Steps() {
		e := cal.AddEvent(step.Code + "." + b.code + "@" + host)
		e.SetDtStampTime(published)
		e.SetSequence(d.N - 1)
		e.SetSummary(b.title + ": " + p.stepTitle(step, lang))
		if step.Note != "" {
			e.SetDescription(step.Note)
		}
		if step.Days { // the end of whole days is the day after
			e.SetAllDayStartAt(step.From)
			e.SetAllDayEndAt(step.To.AddDate(0, 0, 1))
			continue
		}
		e.SetStartAt(step.From)
		if step.To.After(step.From) {
			e.SetEndAt(step.To)
		}
	}
	return cal.Serialize(ics.WithNewLine("\r\n")) // whatever system this runs on
}

// stepTitle is what a step is called: the authority's own words, or those of its kind.
func (p *pages) stepTitle(step proctor.CalendarStep, lang string) string {
	if step.Title != "" {
		return step.Title
	}
	return p.texts[lang]["criteria.step."+step.Step]
}

// shownStep is a row of the calendar for people.
type shownStep struct {
	Title, From, To, Note string
	State                 string // over, now, or to come
}

func (p *pages) shownSteps(d *disclosed, lang string, now time.Time) []shownStep {
	var shown []shownStep
	for _, step := range d.Table.Steps() {
		one := shownStep{Title: p.stepTitle(step, lang), Note: step.Note}
		from, end, text := step.From, step.To, func(at time.Time) string { return momentIn(lang, "15.04", at) }
		if step.Days { // days are those of the capital, where the selection is decided
			from, end = inJakarta(step.From), inJakarta(step.To.AddDate(0, 0, 1))
			text = func(at time.Time) string { return dateIn(lang, at) }
		}
		one.From = text(step.From)
		if !step.To.Equal(step.From) {
			one.To = text(step.To)
		}
		switch {
		case now.Before(from):
			one.State = "coming"
		case now.Before(end):
			one.State = "now"
		default:
			one.State = "over"
		}
		shown = append(shown, one)
	}
	return shown
}

// inJakarta is midnight in the capital on a day that was read without a zone.
func inJakarta(day time.Time) time.Time {
	zone, err := time.LoadLocation(capital)
	if err != nil {
		zone = time.UTC
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}
