package itemstats

import (
	"encoding/json"
	"math"
	"strconv"
)

// Number is a figure as it is printed; nil where it is not given.
type Number float64

// MarshalJSON writes at most ten significant digits.
func (n Number) MarshalJSON() ([]byte, error) {
	f, err := strconv.ParseFloat(strconv.FormatFloat(float64(n), 'g', 10, 64), 64)
	if err != nil {
		return nil, err
	}
	return json.Marshal(f)
}

// given is the figure, or nil where the candidates are too few or there is no such figure.
func given(enough bool, f float64) *Number {
	if !enough || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	n := Number(f)
	return &n
}
