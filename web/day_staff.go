package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// staffReportPage is what templates/day-staff.html is made from.
type staffReportPage struct {
	officeData
	Report *proctor.StaffReport
	Acts   []string
	Sites  []staffSite
	When   string
}

type staffSite struct {
	proctor.SiteActs
	Cells []staffCell
}

// staffCell is an act at a site, in figures for people.
type staffCell struct {
	Act           string
	Count         string
	Share, Others string // for each hundred present
	Far           bool
}

func (s *Server) staffReport(r *http.Request) (*proctor.StaffReport, error) {
	if s.exam(r.PathValue("exam")) == nil {
		return nil, engine.ErrAbsent
	}
	return s.minutes.StaffReport(r.PathValue("exam"))
}

// hundred writes a rate for each person as one for a hundred, time as minutes and seconds.
func hundred(act string, rate float64, lang string) string {
	if act == proctor.TimeByStaff {
		return length(int64(rate * 100))
	}
	text := strconv.FormatFloat(rate*100, 'f', 1, 64)
	if lang != "en" {
		text = strings.ReplaceAll(text, ".", ",")
	}
	return text
}

func (s *Server) serveStaffReport(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	report, err := s.staffReport(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := staffReportPage{officeData: s.officeData(r, "day", a), Report: report, Acts: proctor.ComparedActs, When: localTimeToSecond(report.At, s.zoneOf(""), language(r))}
	for _, site := range report.Sites {
		v := staffSite{SiteActs: site}
		for _, act := range site.Acts {
			c := staffCell{Act: act.Act, Count: strconv.Itoa(act.Count), Others: hundred(act.Act, act.Others, page.Lang), Far: act.Far}
			rate := 0.0
			if site.Present > 0 {
				rate = float64(act.Count) / float64(site.Present)
				if act.Act == proctor.TimeByStaff {
					rate = float64(act.MS) / float64(site.Present)
				}
			}
			if act.Act == proctor.TimeByStaff {
				c.Count = length(act.MS)
			}
			c.Share = hundred(act.Act, rate, page.Lang)
			v.Cells = append(v.Cells, c)
		}
		page.Sites = append(page.Sites, v)
	}
	s.show(w, r, http.StatusOK, "day-staff.html", page)
}

func (s *Server) serveStaffReportJSON(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	report, err := s.staffReport(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, report)
}

// serveStaffReportCSV answers a row for each act of a site, and below it one for each
// account that did it.
func (s *Server) serveStaffReportCSV(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	report, err := s.staffReport(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows := [][]string{strings.Fields("site name user act count ms present others_per_person score far")}
	for _, site := range report.Sites {
		for _, act := range site.Acts {
			rows = append(rows, []string{
				site.Site, site.Name, "", act.Act, strconv.Itoa(act.Count), strconv.FormatInt(act.MS, 10), strconv.Itoa(site.Present),
				fmt.Sprintf("%.5f", act.Others), fmt.Sprintf("%.2f", act.Score), strconv.FormatBool(act.Far),
			})
			for _, u := range site.Users {
				if u.Act == act.Act {
					rows = append(rows, []string{site.Site, site.Name, u.User, u.Act, strconv.Itoa(u.Count), strconv.FormatInt(u.MS, 10), strconv.Itoa(site.Present), "", "", ""})
				}
			}
		}
	}
	s.table(w, "tindakan-petugas-"+report.Exam+".csv", rows)
}
