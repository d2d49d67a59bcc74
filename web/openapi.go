package web

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// openAPI is the document of the API for other programs, written by hand: what a route
// promises is decided before it is built. A test holds it against the router, and answers
// against its schemas.
//
//go:embed openapi.json
var openAPI []byte

func (s *Server) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(openAPI)
}

// apiOperation is one operation of the document, as its page shows it.
type apiOperation struct {
	Method, Path, Summary, Description, Who string
	Tags                                    []string
	Parameters                              []apiParameter
	Answers                                 []string
}

type apiParameter struct{ Name, In, Description string }

// apiGroup is the operations of one tag.
type apiGroup struct {
	Name, Description string
	Operations        []apiOperation
}

// apiPage is what templates/api.html is made from.
type apiPage struct {
	pageData
	To     boardLinks
	About  string
	Groups []apiGroup
	Told   []apiOperation // webhooks
}

// Other is this page in the other language.
func (p apiPage) Other() string { return p.To.other().to("/api", url.Values{}) }

// apiDocument is the part of OpenAPI that the page reads.
type apiDocument struct {
	Info struct{ Description string }
	Tags []struct{ Name, Description string }

	Paths, Webhooks map[string]map[string]struct {
		Tags                 []string
		Summary, Description string
		Parameters           []struct {
			Ref                   string `json:"$ref"`
			Name, In, Description string
		}
		Responses map[string]json.RawMessage
		Security  []map[string]any
	}
	Components struct {
		Parameters map[string]apiParameter
	}
}

var readAPI = sync.OnceValues(func() (*apiPage, error) {
	var d apiDocument
	if err := json.Unmarshal(openAPI, &d); err != nil {
		return nil, fmt.Errorf("openapi.json: %w", err)
	}
	page := &apiPage{About: d.Info.Description}
	for _, t := range d.Tags {
		page.Groups = append(page.Groups, apiGroup{Name: t.Name, Description: t.Description})
	}
	for path, methods := range d.Paths {
		for method, o := range methods {
			shown := apiOperation{Method: strings.ToUpper(method), Path: path, Summary: o.Summary, Description: o.Description, Tags: o.Tags}
			for _, p := range o.Parameters {
				one := apiParameter{p.Name, p.In, p.Description}
				if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
					one = d.Components.Parameters[name]
				}
				shown.Parameters = append(shown.Parameters, one)
			}
			for code := range o.Responses {
				shown.Answers = append(shown.Answers, code)
			}
			slices.Sort(shown.Answers)
			for _, way := range o.Security {
				for name := range way {
					shown.Who = name
				}
			}
			for i := range page.Groups {
				if slices.Contains(o.Tags, page.Groups[i].Name) {
					page.Groups[i].Operations = append(page.Groups[i].Operations, shown)
				}
			}
		}
	}
	for name, methods := range d.Webhooks {
		page.Told = append(page.Told, apiOperation{Path: name, Summary: methods["post"].Summary})
	}
	byPath := func(a, b apiOperation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) }
	slices.SortFunc(page.Told, byPath)
	for i := range page.Groups {
		slices.SortFunc(page.Groups[i].Operations, byPath)
	}
	return page, nil
})

func (s *Server) serveAPIPage(w http.ResponseWriter, r *http.Request) {
	page, err := readAPI()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	shown := *page
	shown.pageData, shown.To = s.data(r, "criteria"), s.boards.links(r)
	s.show(w, r, http.StatusOK, "api.html", shown)
}
