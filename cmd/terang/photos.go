package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"terang/proctor"
)

// photos loads photos from a ZIP, or names every fault and takes nothing.
func (c *examRoster) photos(ctx context.Context, o *office) error {
	f, err := os.Open(c.Photos)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	second, err := secondPerson(c.Second)
	if err != nil {
		return err
	}
	answer, err := o.counter().Photos(ctx, o.by, c.Exam, proctor.PhotosRequest{
		Op: orNew(c.Op), Zip: f, Size: info.Size(), Partial: c.Partial, Reason: c.Reason, Second: second,
	})
	if err != nil {
		return pairError("photos of "+c.Exam, err)
	}
	if len(answer.Faults) > 0 && !c.Partial {
		return tableFaults(c.Photos, answer.Faults)
	}
	fmt.Printf("%d photos loaded into %s, %d of them in another's place\n", answer.Loaded, c.Exam, answer.Replaced)
	if n := len(answer.Missing); n > 0 {
		fmt.Printf("%d people on the roster have no photo: %s\n", n, strings.Join(answer.Missing[:min(n, changesShown)], " "))
	}
	if len(answer.Faults) > 0 {
		lines := make([]string, len(answer.Faults))
		for i, fault := range answer.Faults {
			lines[i] = c.Photos + ": " + fault.String()
		}
		return fmt.Errorf("%s\n%s: %d files were not taken", strings.Join(lines, "\n"), c.Photos, len(lines))
	}
	return nil
}
