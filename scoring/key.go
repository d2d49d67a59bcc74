package scoring

// Key is an answer key without text: item id -> canonical option id -> points.
// A missing option or item is worth 0. It never leaves the server side, and no type
// that a candidate's page is made from can hold it.
type Key map[string]map[string]int
