package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
)

// openPages writes criteria, figures of objections, and where people read their own results,
// in a language.
func (b *BoardFiles) openPages(r *http.Request, lang string) error {
	exams := b.pages.criteriaExams(r, b.books)
	if err := b.page(lang, exams.To.Criteria(""), "criteria-exams.html", exams); err != nil {
		return err
	}
	for _, one := range b.books {
		if err := b.bookPages(r, lang, one); err != nil {
			return err
		}
	}
	all := b.pages.objectionExams(r, b.objections)
	if err := b.page(lang, all.To.Objections(""), "objections.html", all); err != nil {
		return err
	}
	for _, v := range b.objections {
		page := b.pages.objectionsPage(r, v)
		if err := b.page(lang, page.To.Objections(v.Exam), "objections.html", page); err != nil {
			return err
		}
	}
	elsewhere := b.pages.ownElsewhere(r, b.ownAddress())
	return b.page(lang, elsewhere.To.Own(), "own-elsewhere.html", elsewhere)
}

// knows says whether an exam has pages below kriteria or sanggahan.
func (b *BoardFiles) knows(folder, exam string) bool {
	if folder == "kriteria" {
		return slices.ContainsFunc(b.books, func(one *book) bool { return one.code == exam })
	}
	return slices.ContainsFunc(b.objections, func(v *publicObjections) bool { return v.Exam == exam })
}

func (b *BoardFiles) ownAddress() string {
	if b.exam != nil {
		return b.exam.JoinPath(ownPath).String()
	}
	return b.own
}

// bookPages writes what an exam says of itself: the formations page by page, and each version.
func (b *BoardFiles) bookPages(r *http.Request, lang string, one *book) error {
	for number, pages := 1, 1; number <= pages; number++ {
		page, err := b.pages.criteriaPage(r, one, "", number, filePage, time.Time{}) // files do not say what is now
		if err != nil {
			return err
		}
		pages = max(1, page.Pages)
		at := page.To.Criteria(one.code)
		if number > 1 {
			at, _, _ = strings.Cut(page.To.CriteriaTurn(one.code, "", number), "#")
		}
		if err := b.page(lang, at, "criteria.html", page); err != nil {
			return err
		}
	}
	for i := range one.versions {
		page, err := b.pages.versionPage(r, one, &one.versions[i])
		if err != nil {
			return err
		}
		if err := b.page(lang, page.To.Version(one.code, string(page.Part), page.N), "criteria-version.html", page); err != nil {
			return err
		}
	}
	return nil
}

// open writes the same for programs: figures, rule sets, and every version as the bytes
// whose hash is published.
func (b *BoardFiles) open(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return err
	}
	for _, v := range b.objections {
		if err := b.json("sanggahan/"+v.Exam+".json", v); err != nil {
			return err
		}
	}
	for _, one := range b.books {
		if err := b.bookFiles(r, one); err != nil {
			return err
		}
	}
	return nil
}

func (b *BoardFiles) bookFiles(r *http.Request, one *book) error {
	folder := "kriteria/" + one.code
	if err := b.file(folder+"/"+rulesFile, one.rules.Bytes()); err != nil {
		return err
	}
	newest, last := make(map[proctor.Part]*disclosed), engine.Instant(0)
	for i := range one.versions {
		d, err := one.disclose(r.Context(), &one.versions[i])
		if err != nil {
			return err
		}
		newest[d.Part], last = d, one.versions[i].At
		if err := b.file(folder+"/"+string(d.Part)+"-"+strconv.Itoa(d.N)+".csv", d.Table.Bytes()); err != nil {
			return err
		}
	}
	for part, d := range newest {
		if err := b.file(folder+"/"+string(part)+".csv", d.Table.Bytes()); err != nil {
			return err
		}
	}
	if d := newest[proctor.PartCalendar]; d != nil {
		host := "terang"
		if u, err := url.Parse(b.ownAddress()); err == nil && u.Host != "" {
			host = u.Hostname()
		}
		if err := b.file(folder+"/calendar.ics", []byte(b.pages.pages.calendarFile(one, d, host, "id"))); err != nil {
			return err
		}
	}
	whole, err := one.json(r, last)
	if err != nil {
		return err
	}
	for i := range whole.Versions {
		v := &whole.Versions[i]
		v.File = "/" + folder + "/" + string(v.Part) + "-" + strconv.Itoa(v.Version) + ".csv"
	}
	return b.json(folder+".json", whole)
}

func (b *BoardFiles) json(name string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.file(name, append(body, '\n'))
}
