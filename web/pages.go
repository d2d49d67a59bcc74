package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"terang/proctor"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages are the templates, the texts in two languages, and the static files, all of one
// content hash: a new binary has new addresses, and an old one's never change.
type pages struct {
	hash      string
	files     map[string]*staticFile
	texts     map[string]map[string]string  // language -> key -> text
	areas     map[string]map[string]string  // "id/candidate" -> key -> text
	templates map[string]*template.Template // language -> all pages

	cookieless bool // the language is in every address instead
}

const htmlType = "text/html; charset=utf-8"

// newPages returns the pages that are in the binary. What they share was read once for the
// process, and nobody changes it; the rest is the caller's own.
func newPages() (*pages, error) {
	shared, err := embedded()
	if err != nil {
		return nil, err
	}
	own := *shared
	return &own, nil
}

var embedded = sync.OnceValues(readPages)

func readPages() (*pages, error) {
	static, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	p := &pages{files: map[string]*staticFile{}, texts: map[string]map[string]string{}, areas: map[string]map[string]string{}, templates: map[string]*template.Template{}}
	digest := sha256.New()
	err = fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(static, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(digest, "%s\x00%d\x00", name, len(body))
		digest.Write(body)
		p.files[name] = newStaticFile(name, body)
		return p.addTexts(name, body)
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	p.hash = hex.EncodeToString(digest.Sum(nil)[:8])
	for lang := range p.texts {
		set := template.New("").Funcs(p.functions(lang))
		if _, err := set.ParseFS(templateFiles, "templates/*.html"); err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		p.templates[lang] = set
	}
	return p, nil
}

// addTexts reads locales/AREA.LANG.json.
func (p *pages) addTexts(name string, body []byte) error {
	dir, file := path.Split(name)
	area, lang, ok := strings.Cut(strings.TrimSuffix(file, ".json"), ".")
	if dir != "locales/" || !ok {
		return nil
	}
	var texts map[string]string
	if err := json.Unmarshal(body, &texts); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if p.texts[lang] == nil {
		p.texts[lang] = map[string]string{}
	}
	maps.Copy(p.texts[lang], texts)
	p.areas[lang+"/"+area] = texts
	return nil
}

// textsFor are the texts of one area and the common ones, for a page's scripts.
func (p *pages) textsFor(r *http.Request, area string) map[string]string {
	lang := language(r)
	texts := maps.Clone(p.areas[lang+"/"+area])
	if area != "candidate" { // which keeps to itself, for the worst machine in the room
		maps.Copy(texts, p.areas[lang+"/common"])
	}
	if area == "door" { // whose acts are those of the station
		for key, text := range p.areas[lang+"/station"] {
			if strings.HasPrefix(key, "station.reason.") || strings.HasPrefix(key, "station.error.") || key == "station.code" {
				texts[key] = text
			}
		}
	}
	if area == "day" { // which shows what the pages of minutes, results and rooms say
		for _, other := range []string{"minutes", "results", "station"} {
			for key, text := range p.areas[lang+"/"+other] {
				if strings.HasPrefix(key, "minutes.state.") || strings.HasPrefix(key, "minutes.version") || strings.HasPrefix(key, "results.open.") || strings.HasPrefix(key, "station.sitting.") {
					texts[key] = text
				}
			}
		}
	}
	if area == "bank" { // which shows items with the candidate's own script
		for key, text := range p.areas[lang+"/candidate"] {
			if strings.HasPrefix(key, "exam.") {
				texts[key] = text
			}
		}
	}
	return texts
}

func (p *pages) functions(lang string) template.FuncMap {
	text := func(key string) string {
		if t, ok := p.texts[lang][key]; ok {
			return t
		}
		return key
	}
	return template.FuncMap{
		"asset": func(name string) string { return "/static/" + p.hash + "/" + name },
		"t":     text,
		"has":   func(key string) bool { _, ok := p.texts[lang][key]; return ok },
		"head":  newHead,
		"mark": func(rehearsal bool) string { // before a title, where tabs stand beside each other
			if rehearsal {
				return text("common.gladi") + " - "
			}
			return ""
		},
		"said": func(en string) string { // what the rules say in English
			if lang == "en" {
				return en
			}
			return inIndonesian(en)
		},
		"when":       func(at any) string { return localTime(fmt.Sprint(at), capital, lang) },
		"whenSecond": func(at any) string { return localTimeToSecond(fmt.Sprint(at), capital, lang) },
		"dateOf":     func(at any) string { return localDate(fmt.Sprint(at), capital, lang) },
		"clockOf":    func(at any) string { return localClock(fmt.Sprint(at), capital, lang) },
		"choices": func(id string, roles []proctor.Role, exams []examChoice) grantChoices {
			return grantChoices{id, roles, exams}
		},
		"tf": func(key string, pairs ...any) string {
			t := text(key)
			for i := 0; i+1 < len(pairs); i += 2 {
				t = strings.ReplaceAll(t, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
			}
			return t
		},
	}
}

// head is what the template "head" is made of.
type head struct {
	Lang      string
	Rehearsal bool // the page says so all over
	Title     string
	Styles    []string // files of static
}

// newHead takes the styles by name, as "staff" for staff.css.
func newHead(lang string, rehearsal bool, title string, styles ...string) head {
	for i := range styles {
		styles[i] += ".css"
	}
	return head{lang, rehearsal, title, styles}
}

// execute makes a page in a language.
func (p *pages) execute(lang, name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := p.templates[lang].ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// render answers with a page; nothing is sent if the template fails half way.
func (p *pages) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	lang := language(r)
	if r.URL.Query().Has("lang") && !p.cookieless {
		http.SetCookie(w, &http.Cookie{Name: "lang", Value: lang, Path: "/", MaxAge: 86400, SameSite: http.SameSiteStrictMode, HttpOnly: true})
	}
	out, err := p.execute(lang, name, data)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", htmlType)
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(out)
	return nil
}

func (p *pages) serveIcon(w http.ResponseWriter, r *http.Request) {
	r.SetPathValue("file", "favicon.svg")
	p.serveStatic(w, r)
}

// show renders a page, or says in the log why it cannot.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	if err := s.pages.render(w, r, status, name, data); err != nil {
		s.log.Error("a page cannot be shown", "path", r.URL.Path, "error", err)
		writeError(w, r, codeUnavailable, "")
	}
}

type pageData struct {
	Lang  string
	Texts map[string]string
	Site  string

	here *url.URL // that was asked for
}

// In says whether the page is the one of that address, or below it.
func (d pageData) In(path string) bool {
	return d.here != nil && (d.here.Path == path || strings.HasPrefix(d.here.Path, path+"/"))
}

// Other is this page in the other language, with all else that its address asks for. A form's
// own address leads to the page of the form.
func (d pageData) Other() string {
	query := d.here.Query()
	query.Set("lang", "en")
	if d.Lang == "en" {
		query.Set("lang", "id")
	}
	return "?" + query.Encode()
}

func (s *Server) data(r *http.Request, area string) pageData {
	return pageData{Lang: language(r), Texts: s.pages.textsFor(r, area), Site: s.authority, here: r.URL}
}

type candidateData struct {
	pageData
	Exam      string // its code, when the address names it
	Rehearsal bool
	SEB       bool // it was opened in Safe Exam Browser, as its exam asks
	Survey    bool // feedback is taken here: a site takes none
}

func (s *Server) serveCandidate(w http.ResponseWriter, r *http.Request) {
	if s.serveSEBGate(w, r) {
		return
	}
	data := candidateData{pageData: s.data(r, "candidate"), Rehearsal: s.rehearses(r), SEB: s.sebExam(r) != nil, Survey: s.hall.Site() == ""}
	if x := s.exam(r.URL.Query().Get("ujian")); x != nil {
		data.Exam = x.Def.Code
	}
	s.show(w, r, http.StatusOK, "candidate.html", data)
}

func (s *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "home.html", s.data(r, "common"))
}

type errorData struct {
	pageData
	Status int
	Code   string
	Text   string
	Help   string
	Desk   bool // somebody of the staff asked: the way back is theirs
}
