package web

import (
	"net/http"
	"net/url"
)

// Nobody's own result is at a board server. It is shown to who gives a participant number, a
// birth date and a results code; a server that is asked for these has to be trusted with
// them, and this one knows nobody by whom it could judge them. So it says where to go.

// ownElsewhere is what templates/own-elsewhere.html is made from.
type ownElsewhere struct {
	pageData
	To      boardLinks
	Address string // of the page at the exam's server, "" if it is not known
	Host    string // of that address, so that people see where they are sent
}

// Other is this page in the other language.
func (p *ownElsewhere) Other() string { return p.To.OtherOwn() }

// ownElsewhere is the page that leads to an address.
func (p *BoardPages) ownElsewhere(r *http.Request, address string) *ownElsewhere {
	page := &ownElsewhere{pageData: pageData{Lang: language(r)}, To: p.links(r), Address: address}
	if u, err := url.Parse(address); err == nil {
		page.Host = u.Host
	}
	if page.Lang == "en" && address != "" {
		page.Address += "?lang=en"
	}
	return page
}

func (h *BoardHouse) serveOwnElsewhere(w http.ResponseWriter, r *http.Request) {
	h.boards.show(w, r, "own-elsewhere.html", "hasil-saya", func() any { return h.boards.ownElsewhere(r, h.own()) })
}
