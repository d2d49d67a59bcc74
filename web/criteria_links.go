package web

import (
	"fmt"
	"net/url"
	"strconv"
)

// open is where the files of open pages stand in a language: below kriteria or sanggahan.
func (l boardLinks) open(folder string) string {
	if l.lang == "id" {
		return "/" + folder + "/"
	}
	return "/" + l.lang + "/" + folder + "/"
}

// opened is a page of a folder, of one exam or of all.
func (l boardLinks) opened(folder, exam string) string {
	switch {
	case !l.rules, exam != "" && l.known != nil && !l.known(folder, exam):
		return ""
	case l.files && exam == "":
		return l.open(folder) + "index.html"
	case l.files:
		return l.open(folder) + url.PathEscape(exam) + "/index.html"
	case exam == "":
		return l.to("/"+folder, url.Values{})
	}
	return l.to("/"+folder+"/"+url.PathEscape(exam), url.Values{})
}

// Criteria is the page of an exam's rules, of all exams without one, "" where there is none.
func (l boardLinks) Criteria(board string) string { return l.opened("kriteria", examOfBoard(board)) }

// CriteriaTurn is a page of the formations that were searched for by words.
func (l boardLinks) CriteriaTurn(exam, words string, page int) string {
	if l.files {
		if page <= 1 {
			return l.Criteria(exam) + "#formasi"
		}
		return l.open("kriteria") + url.PathEscape(exam) + fmt.Sprintf("/hal-%d.html#formasi", page)
	}
	query := url.Values{"hal": {strconv.Itoa(page)}}
	if words != "" {
		query.Set("cari", words)
	}
	return l.to("/kriteria/"+url.PathEscape(exam), query) + "#formasi"
}

// Version is the page of a published version.
func (l boardLinks) Version(exam, part string, n int) string {
	at := url.PathEscape(exam) + "/versi/" + part + "-" + strconv.Itoa(n)
	if l.files {
		return l.open("kriteria") + at + ".html"
	}
	return l.to("/kriteria/"+at, url.Values{})
}

// CriteriaFile is a part as it is in force, or the rule set, as a file.
func (l boardLinks) CriteriaFile(exam, file string) string {
	return "/kriteria/" + url.PathEscape(exam) + "/" + file
}

// VersionFile is the file of a published version.
func (l boardLinks) VersionFile(exam, part string, n int) string {
	if l.files {
		return l.CriteriaFile(exam, part+"-"+strconv.Itoa(n)+".csv")
	}
	return l.CriteriaFile(exam, part+".csv?versi="+strconv.Itoa(n))
}

// CriteriaJSON is what an exam is decided by, for programs.
func (l boardLinks) CriteriaJSON(exam string) string {
	if l.files {
		return "/kriteria/" + url.PathEscape(exam) + ".json"
	}
	return "/api/v1/criteria/" + url.PathEscape(exam)
}

// PartJSON is a version of a part for programs, 0 that in force; "" where nobody answers questions.
func (l boardLinks) PartJSON(exam, part string, n int) string {
	if l.files {
		return ""
	}
	at := "/api/v1/criteria/" + url.PathEscape(exam) + "/" + part
	if n > 0 {
		at += "?version=" + strconv.Itoa(n)
	}
	return at
}

// other is the same place in the other language, which is said in the address: a server may
// remember another.
func (l boardLinks) other() boardLinks {
	l.keep = true
	if l.lang == "en" {
		l.lang = "id"
	} else {
		l.lang = "en"
	}
	return l
}

// OtherCriteria is the page of an exam's rules in the other language, of all exams without one.
func (l boardLinks) OtherCriteria(exam string) string { return l.other().Criteria(exam) }

// OtherVersion is the page of a version in the other language.
func (l boardLinks) OtherVersion(exam, part string, n int) string {
	return l.other().Version(exam, part, n)
}

// Objections is the page of an exam's objections, of all exams without one, "" where there is none.
func (l boardLinks) Objections(exam string) string { return l.opened("sanggahan", exam) }

// OtherObjections is that page in the other language.
func (l boardLinks) OtherObjections(exam string) string { return l.other().Objections(exam) }

// ObjectionsJSON are an exam's figures for programs.
func (l boardLinks) ObjectionsJSON(exam string) string {
	if l.files {
		return "/sanggahan/" + url.PathEscape(exam) + ".json"
	}
	return "/api/v1/objections/" + url.PathEscape(exam)
}

// Own is where candidates see their own results, or how they come there; "" where neither is.
func (l boardLinks) Own() string {
	switch {
	case !l.rules:
		return ""
	case l.files:
		return l.open("hasil-saya") + "index.html"
	}
	return l.to("/hasil-saya", url.Values{})
}

// OtherOwn is that page in the other language.
func (l boardLinks) OtherOwn() string { return l.other().Own() }
