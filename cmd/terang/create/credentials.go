package create

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"

	"terang/proctor"
)

// StaffLine is how a credentials file names an account of the staff, for people and programs.
const StaffLine = "# %s user=%s password=%s\n"

// ReadCredentials reads what exam create --credentials wrote.
func ReadCredentials(path string) ([]Credential, []StaffCredential, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("--credentials: %w", err)
	}
	var staff []StaffCredential
	for line := range strings.Lines(string(file)) {
		var s StaffCredential
		if n, _ := fmt.Sscanf(line, StaffLine, &s.Role, &s.User, &s.Password); n == 3 {
			staff = append(staff, s)
		}
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("--credentials %s: %w", path, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], credentialColumns) {
		return nil, nil, fmt.Errorf("--credentials %s: the first line must be %s, as exam create --credentials writes it", path, strings.Join(credentialColumns, ","))
	}
	people := make([]Credential, 0, len(rows)-1)
	for _, row := range rows[1:] {
		people = append(people, Credential{Number: row[0], PIN: row[1], Name: row[2], Site: row[3], Seat: row[4]})
	}
	return people, staff, nil
}

var credentialColumns = []string{"number", "pin", "name", "site", "seat"}

// Credential is what a candidate of a sample exam signs in with.
type Credential struct {
	Number, PIN, Name, Site, Sitting, Seat string
}

// StaffCredential is an account of a sample exam.
type StaffCredential struct {
	Role           proctor.Role
	User, Password string
}
