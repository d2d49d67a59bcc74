package seb

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bounds of a file that is read: a configuration is a few kilobytes, five levels deep.
const (
	sizeMost  = 4 << 20
	depthMost = 32
)

// Parse reads a configuration file without encryption: a bare XML property list, or one in
// SEB's container (gzip around "plnd" and the gzipped list).
func Parse(file []byte) (Dict, error) {
	if len(file) > sizeMost {
		return nil, fmt.Errorf("the file has %d bytes: a configuration has at most %d", len(file), sizeMost)
	}
	list, err := unwrap(file)
	if err != nil {
		return nil, err
	}
	r := reader{xml.NewDecoder(bytes.NewReader(list))}
	start, err := r.open()
	if err != nil || start.Name.Local != "plist" {
		return nil, errors.New("this is no property list: give the .seb file as the SEB Configuration Tool or terang exam seb writes it")
	}
	start, err = r.open()
	if err != nil {
		return nil, r.at(err)
	}
	v, err := r.value(start, 0)
	if err != nil {
		return nil, r.at(err)
	}
	d, ok := v.(Dict)
	if !ok {
		return nil, errors.New("the property list holds no dictionary: it is no configuration of SEB")
	}
	return d, nil
}

// unwrap takes the list out of the container, if it is in one.
func unwrap(file []byte) ([]byte, error) {
	inner, err := gunzip(file)
	if err != nil {
		return nil, err
	}
	kind := string(inner[:min(4, len(inner))])
	switch kind {
	case "plnd":
		return gunzip(inner[4:])
	case "pswd", "pwcc", "pkhs", "phsk":
		return nil, fmt.Errorf("the file is encrypted (%s): open it in the SEB Configuration Tool and save it without a password or certificate", kind)
	}
	return inner, nil
}

func gunzip(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("unpack the file: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(z, sizeMost+1))
	if err != nil {
		return nil, fmt.Errorf("unpack the file: %w", err)
	}
	if len(out) > sizeMost {
		return nil, fmt.Errorf("unpacked, the file has more than %d bytes", sizeMost)
	}
	return out, nil
}

type reader struct{ *xml.Decoder }

func (r reader) at(err error) error {
	line, column := r.InputPos()
	return fmt.Errorf("property list, line %d, column %d: %w", line, column, err)
}

var errEnd = errors.New("an element ends where a value was to come")

// open is the next element that begins; errEnd where the one around it ends.
func (r reader) open() (xml.StartElement, error) {
	for {
		token, err := r.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t, nil
		case xml.EndElement:
			return xml.StartElement{}, errEnd
		case xml.CharData:
			if text := bytes.TrimSpace(t); len(text) > 0 {
				return xml.StartElement{}, fmt.Errorf("text %.20q stands between elements", text)
			}
		}
	}
}

func (r reader) text(start xml.StartElement) (string, error) {
	var s string
	err := r.DecodeElement(&s, &start)
	return s, err
}

func (r reader) value(start xml.StartElement, depth int) (any, error) {
	if depth > depthMost {
		return nil, fmt.Errorf("more than %d levels", depthMost)
	}
	switch start.Name.Local {
	case "dict":
		return r.dict(depth)
	case "array":
		list := Array{}
		for {
			next, err := r.open()
			if errors.Is(err, errEnd) {
				return list, nil
			}
			if err != nil {
				return nil, err
			}
			v, err := r.value(next, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
	}
	text, err := r.text(start)
	if err != nil {
		return nil, err
	}
	switch bare := strings.TrimSpace(text); start.Name.Local {
	case "string":
		return text, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "integer":
		return strconv.ParseInt(bare, 10, 64)
	case "real":
		return strconv.ParseFloat(bare, 64)
	case "date":
		return Date(bare), nil
	case "data":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		return Data(b), err
	}
	return nil, fmt.Errorf("<%s> is no value of a property list", start.Name.Local)
}

func (r reader) dict(depth int) (Dict, error) {
	d := Dict{}
	seen := map[string]bool{}
	for {
		start, err := r.open()
		if errors.Is(err, errEnd) {
			return d, nil
		}
		if err != nil {
			return nil, err
		}
		if start.Name.Local != "key" {
			return nil, fmt.Errorf("<%s> where a <key> was to come", start.Name.Local)
		}
		key, err := r.text(start)
		if err != nil {
			return nil, err
		}
		switch lower := strings.ToLower(key); {
		case strings.ContainsFunc(key, func(c rune) bool { return c > 126 }):
			return nil, fmt.Errorf("key %q: SEB's keys are ASCII", key)
		case seen[lower]:
			return nil, fmt.Errorf("key %q stands twice, perhaps with other capitals: SEB's versions sort these differently; remove one", key)
		default:
			seen[lower] = true
		}
		if start, err = r.open(); err != nil {
			return nil, fmt.Errorf("key %q: %w", key, err)
		}
		v, err := r.value(start, depth+1)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", key, err)
		}
		d = append(d, Pair{key, v})
	}
}

const plistHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`

// Plist writes the configuration as the bare XML property list that SEB opens.
func (d Dict) Plist() []byte {
	out := bytes.NewBufferString(plistHead)
	element(out, d)
	out.WriteString("\n</plist>\n")
	return out.Bytes()
}

func element(out *bytes.Buffer, v any) {
	tagged := func(tag, text string) {
		out.WriteString("<" + tag + ">")
		_ = xml.EscapeText(out, []byte(text)) // a buffer takes everything
		out.WriteString("</" + tag + ">")
	}
	switch v := v.(type) {
	case Dict:
		out.WriteString("<dict>\n")
		for _, p := range v {
			tagged("key", p.Key)
			element(out, p.Value)
			out.WriteByte('\n')
		}
		out.WriteString("</dict>")
	case Array:
		out.WriteString("<array>")
		for _, one := range v {
			element(out, one)
		}
		out.WriteString("</array>")
	case string:
		tagged("string", v)
	case Date:
		tagged("date", string(v))
	case Data:
		tagged("data", base64.StdEncoding.EncodeToString(v))
	case bool:
		out.WriteString("<" + strconv.FormatBool(v) + "/>")
	case int64:
		tagged("integer", strconv.FormatInt(v, 10))
	case float64:
		tagged("real", strconv.FormatFloat(v, 'f', -1, 64))
	}
}
