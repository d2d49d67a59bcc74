package workbook

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// format is how the numbers of a cell are shown.
type format struct {
	kind          formatKind
	code          string
	before, after string // written around the number
	least         int    // digits before the point
	decimals      int    // digits behind it that are always shown
	most          int    // and those that are shown if they are not 0
	percent       bool
	grouped       bool
	zero          *format // of 0, where it has its own
	negative      bool    // numbers below 0 have their own, which is not read
}

type formatKind int

const (
	foreign formatKind = iota // not read: fractions, powers of ten, conditions, times alone
	general                   // as it was typed
	fixed
	words // no digit of the number
	day
	moment // a day with its time
)

// builtIn is the code of a format that a workbook has without saying so. Days are the
// country's own, and which is meant is all that counts here.
func builtIn(id int) string {
	switch {
	case id == 0:
		return "General"
	case id >= 1 && id <= 4:
		return [...]string{"0", "0.00", "#,##0", "#,##0.00"}[id-1]
	case id == 9:
		return "0%"
	case id == 10:
		return "0.00%"
	case id == 14, id == 15, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
		return "yyyy-mm-dd"
	case id == 22:
		return "yyyy-mm-dd hh:mm"
	case id == 37, id == 38:
		return "#,##0;(#,##0)"
	case id == 39, id == 40:
		return "#,##0.00;(#,##0.00)"
	case id >= 41 && id <= 44:
		return [...]string{`#,##0;(#,##0);"-"`, `"$"#,##0;("$"#,##0);"-"`, `#,##0.00;(#,##0.00);"-"`, `"$"#,##0.00;("$"#,##0.00);"-"`}[id-41]
	case id == 49:
		return "@"
	}
	return fmt.Sprintf("no. %d", id)
}

var (
	// pieces of a format: a text in quotes, a character that stands for itself, the width of
	// one, a filling, what stands in brackets, and all else.
	pieces = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|.`)
	colour = regexp.MustCompile(`(?i)^\[(black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|\$-[0-9a-f,]*)\]$`)
	money  = regexp.MustCompile(`^\[\$([^-\]]*)(-[0-9a-fA-F,]*)?\]$`)
	digits = regexp.MustCompile(`^([#0,]*)(?:\.([0]*)(#*))?$`)
)

// formatOf reads a format. What it cannot tell is foreign.
func formatOf(code string) format {
	if code == "" {
		code = "General"
	}
	sections := [][]string{nil}
	for _, piece := range pieces.FindAllString(code, -1) {
		if last := len(sections) - 1; piece == ";" {
			sections = append(sections, nil)
		} else {
			sections[last] = append(sections[last], piece)
		}
	}
	f := section(sections[0])
	f.code = code
	if len(sections) > 1 && f.kind != general {
		f.negative = len(sections[1]) > 0 && (len(sections[1]) > 1 || sections[1][0] != "@")
	}
	if len(sections) > 2 {
		zero := section(sections[2])
		f.zero = &zero
	}
	return f
}

// section reads one of up to four parts of a format: for numbers above 0, below, 0, texts.
func section(all []string) format {
	f := format{}
	var core strings.Builder
	parted := false // something is written between the digits
	for _, piece := range all {
		literal, is := literalOf(piece)
		switch {
		case !is:
			parted = parted || f.after != ""
			core.WriteString(piece)
		case core.Len() == 0:
			f.before += literal
		default:
			f.after += literal
		}
	}
	if f.read(core.String()); parted && f.kind == fixed {
		f.kind = foreign
	}
	return f
}

// literalOf is what a piece of a format shows whatever the number is.
func literalOf(piece string) (text string, is bool) {
	switch m := money.FindStringSubmatch(piece); {
	case len(piece) > 1 && piece[0] == '"':
		return strings.Trim(piece, `"`), true
	case len(piece) > 1 && piece[0] == '\\':
		return piece[1:], true
	case len(piece) > 1 && (piece[0] == '_' || piece[0] == '*'), colour.MatchString(piece):
		return "", true
	case m != nil:
		return m[1], true
	case strings.Contains("$+-()€£¥", piece):
		return piece, true
	}
	return "", false
}

// read reads the part of a format that is about the number.
func (f *format) read(core string) {
	lower := strings.ToLower(strings.ReplaceAll(core, "AM/PM", ""))
	has := func(letters string) bool { return strings.ContainsAny(lower, letters) }
	switch {
	case lower == "general", core == "@":
		f.kind = general
		return
	case strings.TrimSpace(core) == "":
		f.kind = words
		return
	case strings.Trim(lower, "ymdhs/.:, ") == "":
		if has("y") && has("m") && has("d") {
			f.kind, f.before, f.after = day, "", ""
			if has("h") {
				f.kind = moment
			}
		}
		return
	}
	core = strings.TrimSpace(core)
	number, percent := strings.CutSuffix(core, "%")
	m := digits.FindStringSubmatch(strings.TrimSpace(number))
	if m == nil || m[1] == "" && m[2] == "" && m[3] == "" || strings.HasSuffix(m[1], ",") { // thousands are left out
		return
	}
	f.kind, f.percent, f.grouped = fixed, percent, strings.Contains(m[1], ",")
	f.least, f.decimals, f.most = strings.Count(m[1], "0"), len(m[2]), len(m[2])+len(m[3])
}

// stored is how a number stands in a workbook; anything else there is a text.
var stored = regexp.MustCompile(`^-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?$`)

// number makes what is stored what is seen.
func (c *Cell) number(f format, from1904 bool) {
	if !stored.MatchString(c.Text) {
		return
	}
	plain := plainNumber(c.Text)
	exact, _ := new(big.Rat).SetString(plain) // the pattern has read it
	if exact.Sign() == 0 && f.zero != nil {
		code := f.code
		f = *f.zero
		f.code = code
	}
	if exact.Sign() < 0 && f.negative {
		f.kind = foreign
	}
	switch f.kind {
	case general:
		// A whole number of twelve digits is shown as a power of ten.
		c.Local, c.Text = strings.ContainsAny(plain, ".eE") || len(plain) > 11, f.before+plain+f.after
	case fixed:
		c.fixed(f, plain, exact)
	case words:
		c.Text = f.before + f.after
	case day, moment:
		c.day(f, exact, from1904)
	default:
		c.Wrong = fmt.Sprintf("the number %.40s is shown as %.40q, which is not read", c.Text, f.code)
	}
}

func (c *Cell) fixed(f format, plain string, exact *big.Rat) {
	if f.percent {
		exact.Mul(exact, big.NewRat(100, 1))
	}
	text := new(big.Rat).Abs(exact).FloatString(f.most)
	whole, fraction, _ := strings.Cut(text, ".")
	if len(whole) > seenDigits && strings.ContainsAny(plain, "eE") {
		c.Wrong = fmt.Sprintf("the number %.40s has lost its last digits", c.Text)
		return
	}
	for len(fraction) > f.decimals && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	if whole = strings.Repeat("0", max(0, f.least-len(whole))) + whole; fraction != "" {
		whole += "." + fraction
	}
	if exact.Sign() < 0 && strings.Trim(whole, "0.") != "" {
		whole = "-" + whole
	}
	if f.percent {
		whole += "%"
	}
	c.Local, c.Text = fraction != "" || f.grouped && len(whole) > 3, f.before+whole+f.after
}

// day makes a count of days a day. It is written the same whatever country's way the
// workbook shows it in.
func (c *Cell) day(f format, exact *big.Rat, from1904 bool) {
	count, _ := exact.Float64()
	at, err := excelize.ExcelDateToTime(count, from1904)
	if err != nil || count < 1 || at.Year() > 9999 {
		c.Wrong = fmt.Sprintf("the number %.40s is shown as a day, and is none", c.Text)
		return
	}
	layout := time.DateOnly
	if at = at.Round(time.Second); f.kind == moment {
		layout = "2006-01-02T15:04"
		if at.Second() != 0 {
			layout = "2006-01-02T15:04:05"
		}
	}
	c.Local, c.Text = true, at.Format(layout)
}

// seenDigits are those that a spreadsheet shows of a number.
const seenDigits = 15

// plainNumber is a number as it was typed. What is stored is the binary fraction next to it:
// 73.64 may stand there as 73.640000000000001.
func plainNumber(cell string) string {
	unsigned, minus := strings.CutPrefix(cell, "-")
	whole, fraction, point := strings.Cut(unsigned, ".")
	if !point || len(whole)+len(fraction) <= seenDigits {
		return cell
	}
	exact, ok := new(big.Rat).SetString(unsigned)
	if !ok {
		return cell
	}
	plain := cell // a long number, whose last digits the workbook has lost
	if !strings.ContainsAny(fraction, "eE") {
		plain = trimmed(exact.FloatString(max(0, seenDigits-len(strings.TrimLeft(whole, "0")))))
	} else if exact.Cmp(big.NewRat(1, 1)) < 0 { // what is left of a sum that is 0
		plain = trimmed(exact.FloatString(seenDigits))
	}
	if minus && plain != cell && plain != "0" {
		plain = "-" + plain
	}
	return plain
}

func trimmed(decimal string) string {
	if !strings.Contains(decimal, ".") {
		return decimal
	}
	return strings.TrimRight(strings.TrimRight(decimal, "0"), ".")
}

// dayOf is a count of days in a column of dates, which a program may have left without a
// format.
func dayOf(cell string, from1904 bool) string {
	if days, err := strconv.ParseUint(cell, 10, 32); err == nil && days > 0 && days < 100_000 {
		if at, err := excelize.ExcelDateToTime(float64(days), from1904); err == nil {
			return at.Format(time.DateOnly)
		}
	}
	return cell
}
