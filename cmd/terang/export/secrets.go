package export

import (
	"encoding/hex"
	"encoding/json"

	"terang/cmd/terang/evidence"
	"terang/engine/publiclog"
	"terang/proctor"
)

// An auditor is shown what commitments were made with, as far as they are of this exam, and
// never a key from which those of others follow.

// saltBook notes the salts that leaves of the exam are made with.
type saltBook struct {
	publiclog.Salts
	mine  func(stream string, n int) bool
	lines []evidence.Salts
}

// Of implements keeper.Salter.
func (b *saltBook) Of(stream string, n int, field string) publiclog.Salt {
	salt := b.Salts.Of(stream, n, field)
	if !b.mine(stream, n) {
		return salt
	}
	last := len(b.lines) - 1
	if last < 0 || b.lines[last].Stream != stream || b.lines[last].N != n {
		b.lines = append(b.lines, evidence.Salts{Stream: stream, N: n, Salts: make(map[string]publiclog.Salt)})
		last++
	}
	b.lines[last].Salts[field] = salt
	return salt
}

// drawn is what the seats of a sitting were drawn by. It is over: an export of an exam that
// is not is refused.
func (e *exporting) drawn(sitting string) evidence.Draw {
	secret := proctor.Keys{Secret: e.keys.Derive("proctor")}.SeatSecret(sitting)
	return evidence.Draw{Sitting: sitting, Secret: hex.EncodeToString(secret)}
}

// writeLines writes a file of JSON objects, a line each.
func writeLines[T any](e *exporting, name string, all []T) error {
	var out []byte
	for i := range all {
		b, err := json.Marshal(&all[i])
		if err != nil {
			return err
		}
		out = append(append(out, b...), '\n')
	}
	return e.write(name, out)
}
