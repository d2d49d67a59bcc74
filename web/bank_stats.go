package web

import (
	"slices"
	"strconv"
	"strings"

	"terang/questionbank/shelf"
	"terang/scoring/itemstats"
)

// weakest is below which discrimination the list marks an item: what leaves doubt whether
// it tells the strong from the weak; package itemstats flags what is worse.
const weakest = 0.15

// statJSON is how an item behaved in one exam.
type statJSON struct {
	Exam     string           `json:"exam"`
	At       string           `json:"at"`
	N        int64            `json:"n"`
	Facility string           `json:"facility"` // as the page's language writes it, "" where not given
	RRest    string           `json:"r_rest"`
	Options  []statOptionJSON `json:"options"`
	Flags    []string         `json:"flags"`
}

type statOptionJSON struct {
	Option string `json:"option"` // canonical letter, "" for no answer
	Points int    `json:"points"`
	Share  string `json:"share"`
	Rest   string `json:"rest"` // mean score of the others in the section
}

func statsJSON(list []shelf.Statistics, lang string) []statJSON {
	out := []statJSON{}
	for _, s := range list {
		j := statJSON{Exam: s.Exam, At: s.At, N: s.N, Facility: figureText(s.Facility, 2, lang), RRest: figureText(s.RRest, 2, lang), Options: []statOptionJSON{}, Flags: []string{}}
		for _, o := range s.Options {
			j.Options = append(j.Options, statOptionJSON{o.ID, o.Points, percentText(o.Share, lang), figureText(o.MeanRest, 1, lang)})
		}
		for _, f := range s.Flags {
			words := f.ID
			if lang == "en" {
				words = f.EN
			}
			j.Flags = append(j.Flags, words)
		}
		out = append(out, j)
	}
	return out
}

// figureText writes a figure as people of the language do, "" where it is not given.
func figureText(n *itemstats.Number, decimals int, lang string) string {
	if n == nil {
		return ""
	}
	text := strings.Replace(strconv.FormatFloat(float64(*n), 'f', decimals, 64), "-", "−", 1)
	if lang != "en" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func percentText(n *itemstats.Number, lang string) string {
	if n == nil {
		return ""
	}
	hundred := *n * 100
	return figureText(&hundred, 0, lang) + "%"
}

// withStatistics adds the newest figures of an item to its row.
func (r *bankRow) withStatistics(list []shelf.Statistics, lang string) {
	if len(list) == 0 {
		return
	}
	newest := list[0]
	for _, s := range list {
		if s.At > newest.At {
			newest = s
		}
	}
	r.Facility, r.RRest = figureText(newest.Facility, 2, lang), figureText(newest.RRest, 2, lang)
	r.Weak = newest.RRest != nil && *newest.RRest < weakest
	for _, f := range newest.Flags {
		if slices.Contains(flagCodes, f.Code) && !slices.Contains(r.Flags, f.Code) {
			r.Flags = append(r.Flags, f.Code)
		}
	}
}

// flagCodes are the kinds of flags, the gravest first, as a list can be narrowed by.
var flagCodes = []string{
	itemstats.FlagNegative, itemstats.FlagDistractor, itemstats.FlagReversal, itemstats.FlagDrift, itemstats.FlagDIF,
	itemstats.FlagHard, itemstats.FlagEasy, itemstats.FlagWeak, itemstats.FlagIdle,
}

// flagged says whether the row passes a filter by flag: a code, anyFlag, or "" for all rows.
func (r *bankRow) flagged(filter string) bool {
	return filter == "" || filter == anyFlag && len(r.Flags) > 0 || slices.Contains(r.Flags, filter)
}

const anyFlag = "any"
