package draft

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"terang/questionbank"
)

// mark begins a tag by which our own writers carry what a format has no place for, as
// "terang:section=TIU". Readers take them before anything else.
const mark = "terang:"

// Tags are the parts of a question that neither GIFT nor Moodle XML nor QTI can hold.
// points is what a weight of 1 stands for.
func Tags(q *questionbank.Question, points int) []string {
	var tags []string
	add := func(key, value string) {
		if value != "" {
			tags = append(tags, mark+key+"="+value)
		}
	}
	add("version", strconv.Itoa(q.Version))
	add("section", q.Section)
	add("topic", q.Topic)
	add("band", string(q.Band))
	add("author", q.Author)
	add("reviewer", q.Reviewer)
	add("options", string(q.Rule))
	add("enemies", q.Enemies)
	add("lang", q.Lang)
	add("points", strconv.Itoa(points))
	return tags
}

// bands are words that banks tag their items with.
var bands = map[string]questionbank.Band{
	"easy": questionbank.Easy, "medium": questionbank.Medium, "hard": questionbank.Hard, "difficult": questionbank.Hard,
	"mudah": questionbank.Easy, "sedang": questionbank.Medium, "sukar": questionbank.Hard, "sulit": questionbank.Hard,
}

// BandOf understands the words for a band in English and Indonesian; "" if it is none.
func BandOf(word string) questionbank.Band { return bands[strings.ToLower(strings.TrimSpace(word))] }

// described is what the tags of an item say.
type described struct {
	said   map[string]string
	band   questionbank.Band
	points int // 0 if the tags do not say
}

func (r *Report) describe(it *Item) described {
	d := described{said: map[string]string{}}
	var other []string
	for _, tag := range it.Tags {
		ours, is := strings.CutPrefix(tag, mark)
		key, value, pair := strings.Cut(ours, "=")
		switch {
		case is && pair:
			d.said[key] = strings.Join(strings.Fields(value), " ")
		case BandOf(tag) != "":
			d.band = BandOf(tag)
		case strings.TrimSpace(tag) != "":
			other = append(other, fmt.Sprintf("%q", short(strings.TrimSpace(tag))))
		}
	}
	if len(other) > 0 {
		r.Warn(it.Place, "give it topic and band, or --topic and --band", "the tags %s have no place in the bank", strings.Join(other, ", "))
	}
	if p := d.said["points"]; p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 1000 {
			r.Warn(it.Place, "write a whole number from 1 to 1000", "the tag %spoints=%s is not a number of points", mark, short(p))
		} else {
			d.points = n
		}
	}
	return d
}

var (
	sectionLike = regexp.MustCompile(`^[A-Z0-9-]{2,20}$`)
	notPlain    = regexp.MustCompile(`[^A-Za-z0-9]+`)
)

// category reads section and topic off a path such as "$course$/top/TIU/Deret angka": the
// last part is the topic, one before it in capitals the section.
func category(path string) (section, topic string) {
	var parts []string
	for p := range strings.SplitSeq(strings.ReplaceAll(path, "//", "\x00"), "/") {
		p = strings.TrimSpace(strings.ReplaceAll(p, "\x00", "/"))
		if p != "" && p != "top" && !(strings.HasPrefix(p, "$") && strings.HasSuffix(p, "$")) {
			parts = append(parts, p)
		}
	}
	for i, p := range parts {
		if sectionLike.MatchString(p) {
			section = p
		}
		if i == len(parts)-1 && p != section {
			topic = slug(p)
		}
	}
	return section, topic
}

// Category is the path under which a writer puts a question, as category reads it; "top" for
// one that has no section yet.
func Category(q *questionbank.Question) string {
	if !sectionLike.MatchString(q.Section) {
		return "top"
	}
	if q.Topic == "" || slug(q.Topic) != q.Topic || sectionLike.MatchString(q.Topic) {
		return "top/" + q.Section
	}
	return "top/" + q.Section + "/" + q.Topic
}

// slug makes a name of the bank's form from any text.
func slug(s string) string {
	s = strings.Trim(notPlain.ReplaceAllString(s, "-"), "-")
	if len(s) > 40 {
		s = strings.TrimRight(s[:40], "-")
	}
	return strings.ToLower(s)
}
