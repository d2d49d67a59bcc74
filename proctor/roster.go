package proctor

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"terang/engine"
)

var (
	rosterColumns     = []string{"number", "name", "birth_date", "formation", "site"}
	rosterOptional    = []string{"sitting", "seat", "accommodation", "extra_minutes", "photo"}
	formationColumns  = []string{"code", "agency", "post", "education", "placement", "need", "seats"}
	formationOptional = []string{"minima"}

	codePattern  = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	seatPattern  = regexp.MustCompile(`^[A-Z0-9-]{1,12}$`)
	needPattern  = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)
	photoPattern = regexp.MustCompile(`(?i)^[a-z0-9][a-z0-9._-]{0,94}\.(jpe?g|png|webp)$`)
)

// parseRoster reads who is expected at an exam, with the line of each. When there is a fault
// it returns no person: a roster is taken whole or not at all. formations may be nil, if they
// are loaded later; then any well-formed code is taken. What a file has no column for, or an
// object of a JSON array no key, stays as the standing roster has it, so that a list of names
// from elsewhere takes nobody's sitting or accommodation away. Unless the file is the whole
// roster, whom it does not name stays, and keeps the seat.
func parseRoster(r io.Reader, def *engine.Definition, formations []Formation, standing []*Person, whole bool) ([]Person, []int, []Fault) {
	t := readTable(r, rosterColumns, rosterOptional)
	in := rosterReader{
		def: def, numbers: map[string]int{}, seats: map[string]string{}, size: map[string]int{}, full: map[string]bool{}, known: map[string]*Person{},
		formations: map[string]bool{},
	}
	for _, f := range formations {
		in.formations[f.Code] = true
	}
	for _, p := range standing {
		n, _ := NormalNumber(p.Number)
		in.known[n] = p
	}
	if !whole {
		in.others(t.rows, standing)
	}
	people, lines := make([]Person, 0, len(t.rows)), make([]int, 0, len(t.rows))
	for _, row := range t.rows {
		people, lines = append(people, in.person(row)), append(lines, row.line)
	}
	if len(t.rows) == 0 && len(t.faults) == 0 {
		t.faults = append(t.faults, Fault{What: "the file names nobody", Remedy: "add a row for each candidate"})
	}
	if len(t.faults) > 0 {
		return nil, nil, inOrder(t.faults)
	}
	return people, lines, nil
}

type rosterReader struct {
	def        *engine.Definition
	formations map[string]bool
	numbers    map[string]int     // normal number -> line
	seats      map[string]string  // sitting/seat -> who has it
	size       map[string]int     // people in a sitting
	full       map[string]bool    // sittings that have been said to be full
	known      map[string]*Person // who stands on the roster, by normal number
}

// others counts those who stay where they are.
func (in *rosterReader) others(rows []row, stay []*Person) {
	named := make(map[string]bool, len(rows))
	for _, r := range rows {
		n, _ := NormalNumber(r.get("number"))
		named[n] = true
	}
	for _, p := range stay {
		if n, _ := NormalNumber(p.Number); named[n] || p.Sitting == "" {
			continue
		}
		in.size[p.Sitting]++
		if p.Seat != "" {
			in.seats[p.Sitting+"/"+p.Seat] = "to " + p.Number
		}
	}
}

func (in *rosterReader) person(r row) Person {
	p := Person{
		Exam: in.def.Code, Number: r.get("number"), Name: r.get("name"), Formation: strings.ToLower(r.get("formation")),
		Site: strings.ToLower(r.get("site")), Sitting: strings.ToLower(r.get("sitting")),
		Accommodation: strings.ToLower(r.get("accommodation")), Photo: r.get("photo"),
	}
	if n, ok := NormalNumber(p.Number); !ok {
		r.fault("number", "use 1 to 20 of A-Z, 0-9 and hyphen", "%.40q is no participant number", p.Number)
	} else if first, twice := in.numbers[n]; twice {
		r.fault("number", "numbers are compared in upper case without hyphens: remove or correct one", "%s stands already in row %d", p.Number, first)
	} else {
		in.numbers[n] = r.line
	}
	if !validName(p.Name) {
		r.fault("name", "write the name in 1 to 200 characters", "the name is empty, too long, has control characters, or begins with = + - @")
	}
	p.BirthDate = in.birthDate(r)
	if known := in.formations[p.Formation]; !known && (len(in.formations) > 0 || !codePattern.MatchString(p.Formation)) {
		r.fault("formation", "use a code of the formations file", "no formation %.60q", p.Formation)
	}
	if !slices.ContainsFunc(in.def.Sites, func(s engine.SiteDef) bool { return s.Code == p.Site }) {
		r.fault("site", "use the code of a site in the exam file", "no site %.60q", p.Site)
	}
	seat := in.keep(r, &p)
	if p.Accommodation != "" && !needPattern.MatchString(p.Accommodation) {
		r.fault("accommodation", "use a code such as blind or low_vision", "%.60q is no code", p.Accommodation)
	}
	if p.Photo != "" && !photoPattern.MatchString(p.Photo) {
		r.fault("photo", "give a file name without a folder that ends in .jpg, .png or .webp", "%.60q is no file name of a photo", p.Photo)
	}
	if extra := r.get("extra_minutes"); extra != "" {
		n, err := strconv.Atoi(extra)
		if err != nil || n < 0 || n > 600 {
			r.fault("extra_minutes", "use whole minutes from 0 to 600", "%.20q", extra)
		}
		p.ExtraMinutes = n
	}
	in.place(r, &p, seat)
	return p
}

// keep gives a known person what the row does not say, and returns the seat.
func (in *rosterReader) keep(r row, p *Person) (seat string) {
	n, _ := NormalNumber(p.Number)
	was, seat := in.known[n], r.get("seat")
	if was == nil {
		return seat
	}
	if !r.has("accommodation") {
		p.Accommodation = was.Accommodation
	}
	if !r.has("extra_minutes") {
		p.ExtraMinutes = was.ExtraMinutes
	}
	if !r.has("photo") {
		p.Photo = was.Photo
	}
	if !r.has("sitting") && was.Site == p.Site {
		p.Sitting = was.Sitting
	}
	if !r.has("seat") && was.Site == p.Site && was.Sitting == p.Sitting {
		return was.Seat
	}
	return seat
}

func (in *rosterReader) birthDate(r row) string {
	text := r.get("birth_date")
	if date, ok := BirthDate(text); ok {
		return date
	}
	r.fault("birth_date", "write it as 2000-01-31, 31-01-2000 or 31/01/2000, day and month with two digits", "%.20q is no date", text)
	return ""
}

// BirthDate reads a date of birth as people here write it, and returns it as 2000-01-31.
func BirthDate(text string) (string, bool) {
	for _, layout := range []string{time.DateOnly, "02-01-2006", "02/01/2006"} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil && t.Year() >= 1900 && t.Year() < 2100 {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

// place checks sitting and seat against each other, the site and the rows before.
func (in *rosterReader) place(r row, p *Person, seat string) {
	if p.Sitting == "" {
		if seat != "" {
			r.fault("seat", "name the sitting too, or leave the seat empty", "seat %.20q without a sitting", seat)
		}
		return
	}
	sitting, room, ok := sittingOf(in.def, p.Sitting)
	switch {
	case !ok:
		r.fault("sitting", "use the code of a sitting in the exam file", "no sitting %.60q", p.Sitting)
		return
	case sitting.Closed:
		r.fault("sitting", "leave the sitting empty and give it by draw, or name another", "sitting %s was cancelled", p.Sitting)
		return
	case sitting.Site != p.Site:
		r.fault("sitting", "correct the sitting or the site", "sitting %s is at site %s, not at %.60q", p.Sitting, sitting.Site, p.Site)
		return
	}
	if seats := room.Seats - len(spareIn(room)); in.sits(p.Sitting) > seats && !in.full[p.Sitting] {
		in.full[p.Sitting] = true
		r.fault("sitting", "move people to another sitting, or give the room more seats (terang exam places --seats); spare ones do not count", "room %s of sitting %s has %d seats, and the rows above take all of them", room.Code, p.Sitting, seats)
	}
	if seat == "" {
		return
	}
	if p.Seat, ok = seatLabel(seat, room.Seats); !ok {
		r.fault("seat", fmt.Sprintf("use 1 to %d, or a label of up to 12 of A-Z, 0-9 and hyphen", room.Seats), "%.20q is no seat of room %s", seat, room.Code)
		return
	}
	key := p.Sitting + "/" + p.Seat
	if first, taken := in.seats[key]; taken {
		r.fault("seat", "give one of them another seat", "seat %s of sitting %s is given already %s", p.Seat, p.Sitting, first)
		return
	}
	in.seats[key] = fmt.Sprintf("in row %d", r.line)
}

// sits counts one more person at a sitting.
func (in *rosterReader) sits(sitting string) int {
	in.size[sitting]++
	return in.size[sitting]
}

// seatLabel is the form in which seats are compared: upper case; a number has leading
// zeros up to the width of the room's highest, so that 7 and 07 are one seat.
func seatLabel(seat string, seats int) (string, bool) {
	seat = strings.ToUpper(strings.TrimSpace(seat))
	if !seatPattern.MatchString(seat) {
		return "", false
	}
	if n, err := strconv.Atoi(seat); err == nil && !strings.HasPrefix(seat, "-") {
		return seatNumber(n, seats), n >= 1 && n <= seats
	}
	return seat, true
}

func seatNumber(n, seats int) string {
	return fmt.Sprintf("%0*d", max(2, len(strconv.Itoa(seats))), n)
}

// computed says whether a text begins as a formula does: lists that are exported are opened in
// a spreadsheet, which would do what it says.
func computed(text string) bool {
	return text != "" && strings.ContainsAny(text[:1], "=+-@")
}

// validName takes what can be a name, and no formula.
func validName(name string) bool {
	return name != "" && !computed(name) && utf8.RuneCountInString(name) <= 200 && !strings.ContainsFunc(name, unicode.IsControl)
}

// ParseFormations reads the posts of an exam, whole or not at all.
func ParseFormations(r io.Reader) ([]Formation, []Fault) {
	t, formations := readFormations(r)
	if len(t.faults) > 0 {
		return nil, inOrder(t.faults)
	}
	return formations, nil
}

// readFormations reads a formation of every row, whatever its faults.
func readFormations(r io.Reader) (*table, []Formation) {
	t := readTable(r, formationColumns, formationOptional)
	formations := make([]Formation, 0, len(t.rows))
	lines := map[string]int{}
	for _, row := range t.rows {
		f := Formation{
			Code: strings.ToLower(row.get("code")), Agency: row.get("agency"), Post: row.get("post"), Education: row.get("education"),
			Placement: row.get("placement"), Need: strings.ToLower(row.get("need")),
		}
		if first, twice := lines[f.Code]; twice {
			row.fault("code", "remove one", "%s stands already in row %d", f.Code, first)
		} else if !codePattern.MatchString(f.Code) {
			row.fault("code", "use 1 to 40 of a-z, 0-9 and hyphen", "%.60q is no code", f.Code)
		}
		lines[f.Code] = row.line
		for _, c := range []struct{ column, text string }{{"agency", f.Agency}, {"post", f.Post}} {
			if !validName(c.text) {
				row.fault(c.column, "write it in 1 to 200 characters", "empty, too long, with control characters, or beginning with = + - @")
			}
		}
		for _, c := range []struct{ column, text string }{{"education", f.Education}, {"placement", f.Placement}} {
			if computed(c.text) && c.text != "-" { // a dash alone says that there is none
				row.fault(c.column, "begin with a letter or a digit, or leave it empty", "it begins with = + - @")
			}
		}
		if !slices.Contains(Needs, f.Need) {
			row.fault("need", "use one of "+strings.Join(Needs, " "), "no need %.60q", f.Need)
		}
		var err error
		if f.Seats, err = strconv.Atoi(row.get("seats")); err != nil || f.Seats < 0 || f.Seats > 100_000 {
			row.fault("seats", "use 0 to 100000", "%.20q", row.get("seats"))
		}
		f.Minima = minima(row)
		formations = append(formations, f)
	}
	if len(t.rows) == 0 && len(t.faults) == 0 {
		t.faults = append(t.faults, Fault{What: "the file names no formation", Remedy: "add a row for each"})
	}
	return t, formations
}

// minima reads what the post sets for itself, as TECH=200 or TECH=200 MAN=60.
func minima(r row) (out map[string]int) {
	for part := range strings.FieldsSeq(r.get("minima")) {
		section, text, _ := strings.Cut(strings.ToUpper(part), "=")
		points, err := strconv.Atoi(text)
		if _, twice := out[section]; err != nil || points < 0 || section == "" || twice {
			r.fault("minima", "write it as TECH=200, several with a space between", "%.40q is no minimum of a section", part)
			continue
		}
		if out == nil {
			out = make(map[string]int)
		}
		out[section] = points
	}
	return out
}

func minimaText(minima map[string]int) string {
	var parts []string
	for _, section := range slices.Sorted(maps.Keys(minima)) {
		parts = append(parts, fmt.Sprintf("%s=%d", section, minima[section]))
	}
	return strings.Join(parts, " ")
}

// Canonical is a roster in one form whatever its file's order and columns: what the
// exam's stream commits to by hash. The attempts' ids are not part of it.
func Canonical(people []Person) []byte {
	sorted := slices.Clone(people)
	slices.SortFunc(sorted, func(a, b Person) int {
		x, _ := NormalNumber(a.Number)
		y, _ := NormalNumber(b.Number)
		return strings.Compare(x, y)
	})
	var b strings.Builder
	w := csv.NewWriter(&b)
	// A strings.Builder takes every write.
	_ = w.Write(slices.Concat(rosterColumns, rosterOptional))
	for _, p := range sorted {
		_ = w.Write([]string{
			p.Number, p.Name, p.BirthDate, p.Formation, p.Site, p.Sitting, p.Seat,
			p.Accommodation, strconv.Itoa(p.ExtraMinutes), p.Photo,
		})
	}
	w.Flush()
	return []byte(b.String())
}

// canonicalFormations are formations in one form whatever their file's order.
func canonicalFormations(formations []Formation) []byte {
	sorted := slices.Clone(formations)
	slices.SortFunc(sorted, func(a, b Formation) int { return strings.Compare(a.Code, b.Code) })
	var b strings.Builder
	w := csv.NewWriter(&b)
	// A strings.Builder takes every write.
	columns := formationColumns
	own := slices.ContainsFunc(sorted, func(f Formation) bool { return f.Minima != nil })
	if own { // a list without them keeps the bytes that it always had
		columns = slices.Concat(columns, formationOptional)
	}
	_ = w.Write(columns)
	for _, f := range sorted {
		row := []string{f.Code, f.Agency, f.Post, f.Education, f.Placement, f.Need, strconv.Itoa(f.Seats)}
		if own {
			row = append(row, minimaText(f.Minima))
		}
		_ = w.Write(row)
	}
	w.Flush()
	return []byte(b.String())
}
