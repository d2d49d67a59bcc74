package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// UnknownKeys are the keys of a JSON text that the type has no field for, each with its place and
// with those that stand there: a misspelt key must not be a value that nobody heeds. exact
// refuses a key in other letters of the alphabet's case too, which encoding/json would take. A
// text that is no JSON has none.
func UnknownKeys(body []byte, of reflect.Type, exact bool) (faults []error) {
	var tree any
	if json.Unmarshal(body, &tree) != nil {
		return nil
	}
	return unknownKeys(tree, of, "", exact)
}

func unknownKeys(tree any, of reflect.Type, at string, exact bool) (faults []error) {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch tree := tree.(type) {
	case []any:
		if of.Kind() == reflect.Slice {
			for i, v := range tree {
				faults = append(faults, unknownKeys(v, of.Elem(), fmt.Sprintf("%s[%d]", at, i), exact)...)
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(tree)) {
			under := strings.TrimPrefix(at+"."+key, ".")
			switch of.Kind() {
			case reflect.Map:
				faults = append(faults, unknownKeys(tree[key], of.Elem(), under, exact)...)
			case reflect.Struct:
				if field, ok := fieldOf(of, key, exact); ok {
					faults = append(faults, unknownKeys(tree[key], field, under, exact)...)
				} else {
					faults = append(faults, fmt.Errorf("%s: unknown field; known there are %s", under, strings.Join(keysOf(of), ", ")))
				}
			}
		}
	}
	return faults
}

// jsonKey is the key of a field in JSON, "" if it has none.
func jsonKey(f *reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if key == "-" {
		return ""
	}
	return key
}

func fieldOf(of reflect.Type, key string, exact bool) (reflect.Type, bool) {
	for f := range of.Fields() {
		if k := jsonKey(&f); k != "" && (k == key || !exact && strings.EqualFold(k, key)) {
			return f.Type, true
		}
	}
	return nil, false
}

func keysOf(of reflect.Type) (keys []string) {
	for f := range of.Fields() {
		if k := jsonKey(&f); k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// RepeatedKey refuses an object that names a key twice: the last would win in silence. The text
// has to be JSON.
func RepeatedKey(body []byte) error { return repeatedKey(json.NewDecoder(bytes.NewReader(body)), "") }

func repeatedKey(dec *json.Decoder, at string) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := tok.(json.Delim)
	if !ok {
		return nil
	}
	seen := make(map[string]bool)
	for i := 0; dec.More(); i++ {
		under := fmt.Sprintf("%s[%d]", at, i)
		if open == '{' {
			tok, err := dec.Token()
			if err != nil {
				return err
			}
			key := tok.(string) // the decoder has checked it
			if under = strings.TrimPrefix(at+"."+key, "."); seen[key] {
				return fmt.Errorf("%s stands twice: keep one", under)
			}
			seen[key] = true
		}
		if err := repeatedKey(dec, under); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
