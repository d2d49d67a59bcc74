package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Fitted is a JSON text with every value that the type has no place for, as a string where a number
// belongs, replaced by one that fits and says something else than a missing one; and what was
// replaced, each with its place: encoding/json names the first alone. What is found wrong both
// with the text and with this one is wrong whatever stands there. A text that is no JSON stays as
// it is.
func Fitted(body []byte, of reflect.Type) (_ []byte, faults []error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var tree any
	if dec.Decode(&tree) != nil {
		return body, nil
	}
	tree = fit(tree, of, "", &faults)
	again, err := json.Marshal(tree)
	if err != nil {
		return body, faults
	}
	return again, faults
}

// fit returns the value, or what stands in its place.
func fit(value any, of reflect.Type, at string, faults *[]error) any {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if value == nil || of == reflect.TypeFor[json.RawMessage]() {
		return value
	}
	what := "a string"
	switch v := value.(type) {
	case map[string]any:
		what = "an object"
		if k := of.Kind(); k != reflect.Struct && k != reflect.Map {
			break
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			under := of // of a key that the type does not know: UnknownKeys names it
			known := of.Kind() == reflect.Map
			if known {
				under = of.Elem()
			} else {
				under, known = fieldOf(of, key, false)
			}
			if known {
				v[key] = fit(v[key], under, strings.TrimPrefix(at+"."+key, "."), faults)
			}
		}
		return v
	case []any:
		what = "an array"
		if of.Kind() != reflect.Slice {
			break
		}
		for i := range v {
			v[i] = fit(v[i], of.Elem(), fmt.Sprintf("%s[%d]", at, i), faults)
		}
		return v
	case json.Number:
		what = "a number"
		if of.Kind() == reflect.Float64 {
			return v
		}
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil && isInt(of) && !reflect.Zero(of).OverflowInt(n) {
			return v
		}
		if isInt(of) {
			what = "a number as " + v.String()
		}
	case bool:
		what = "a bool"
		if of.Kind() == reflect.Bool {
			return v
		}
	case string:
		if of.Kind() == reflect.String {
			return v
		}
	}
	*faults = append(*faults, fmt.Errorf("%s: %s does not belong there; write it as in the file that exam create --sample --write makes", at, what))
	return other(of)
}

func isInt(of reflect.Type) bool { return of.Kind() >= reflect.Int && of.Kind() <= reflect.Int64 }

// other is a value of the type that is not its zero value, as far as it has one.
func other(of reflect.Type) any {
	switch of.Kind() {
	case reflect.String:
		return "x"
	case reflect.Bool:
		return true
	case reflect.Slice:
		return []any{other(of.Elem())}
	case reflect.Struct, reflect.Map:
		return map[string]any{}
	}
	return json.Number("1")
}

// both are the faults of a that are faults of b as well, whatever stands in the place of values
// that could not be read.
func both(a, b error) (faults []error) {
	texts := make(map[string]bool)
	for _, f := range parts(b) {
		texts[f.Error()] = true
	}
	for _, f := range parts(a) {
		if texts[f.Error()] {
			faults = append(faults, f)
		}
	}
	return faults
}

// parts are the errors that were joined.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
