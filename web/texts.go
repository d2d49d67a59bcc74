package web

import (
	"encoding/json"
	"fmt"
)

// Texts are what the pages of an area say in a language, by key: printed documents use the
// same words for the same codes.
func Texts(area, language string) (map[string]string, error) {
	body, err := staticFiles.ReadFile("static/locales/" + area + "." + language + ".json")
	if err != nil {
		return nil, fmt.Errorf("texts of %s in %s: %w", area, language, err)
	}
	var texts map[string]string
	if err := json.Unmarshal(body, &texts); err != nil {
		return nil, fmt.Errorf("texts of %s in %s: %w", area, language, err)
	}
	return texts, nil
}
