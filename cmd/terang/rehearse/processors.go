package rehearse

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// used is how much of the processors one of a rehearsal's processes took while it was
// measured. On a machine that does other work as well it says more than a time does.
type used struct {
	Process string  `json:"process"`
	Seconds float64 `json:"seconds"` // of processor time
	Share   float64 `json:"share"`   // of one processor
	Nice    int     `json:"nice,omitempty"`
	Aside   bool    `json:"aside,omitempty"` // it runs on what others leave
}

// spenders are the processes whose processor time is told, and what they had used when it
// was begun.
type spenders []spender

type spender struct {
	name, nama string
	nice       int
	aside      bool
	time       func() time.Duration
	before     time.Duration
}

// spending begins to count; a process that does not run here is left out.
func spending(all ...spender) spenders {
	var s spenders
	for _, one := range all {
		if one.before = one.time(); one.before > 0 {
			s = append(s, one)
		}
	}
	return s
}

// since tells what each has used during the time.
func (s spenders) since(during time.Duration) (all []used, said Note) {
	var en, id []string
	for _, one := range s {
		d := one.time() - one.before
		u := used{Process: one.name, Seconds: round(10*d.Seconds()) / 10, Share: round(100*d.Seconds()/during.Seconds()) / 100, Nice: one.nice, Aside: one.aside}
		all = append(all, u)
		en = append(en, fmt.Sprintf("%s %s", one.name, number(u.Share)))
		id = append(id, fmt.Sprintf("%s %s", one.nama, angka(u.Share)))
	}
	if len(all) == 0 {
		return nil, Note{}
	}
	return all, Note{
		fmt.Sprintf("processors used with readers, of %d: %s", runtime.NumCPU(), strings.Join(en, ", ")),
		fmt.Sprintf("Prosesor yang dipakai selagi ada penonton, dari %d: %s.", runtime.NumCPU(), strings.Join(id, ", ")),
	}
}
