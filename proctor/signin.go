package proctor

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// Limits of candidates' sign-ins.
const (
	pinTries    = 5 // wrong PINs, then the number is locked for LockFor
	deviceBurst = 20
	deviceEvery = 10 * time.Second
)

// wrongFrom is how many sign-ins may be wrong from one address. A number is locked by whoever
// gets its PIN wrong, and devices name themselves: without it, one computer could lock a whole
// exam out, or fill the memory with numbers that nobody has. What is right costs nothing, and a
// site of hundreds behind one address gets its mistakes. As often, in a count of its own, it may
// ask for numbers with which one cannot sign in yet.
var wrongFrom = engine.Limit{Burst: 300, Every: 2 * time.Second}

// asksFrom is how often one address may ask for one number, right or wrong: each asks the attempt,
// behind whose answers it waits, and before those that come.
var asksFrom = engine.Limit{Burst: 20, Every: time.Second}

// Door is where candidates sign in.
type Door struct {
	hall    *engine.Hall
	people  *People
	station *Station
	keys    Keys
	limits  *Limits
}

// NewDoor returns the door of a hall.
func NewDoor(h *engine.Hall, p *People, st *Station, store engine.Store, k Keys) *Door {
	return &Door{hall: h, people: p, station: st, keys: k, limits: NewLimits(store)}
}

// Warns names who tells the device that holds an attempt that another one wants it: say is called
// once for each such alert, outside any lock, and at every node, for the device may be at another
// than the one that was asked.
func (d *Door) Warns(say func(attempt string)) {
	d.station.mu.Lock()
	defer d.station.mu.Unlock()
	d.station.say = say
}

// Place is where a computer is known to stand, and what it is; unknown parts are empty.
type Place struct {
	Site string
	Seat string

	Address    netip.Addr // where the request came from
	Registered string     // SITE/ROOM/SEAT that the computer is registered as, "" if it is no seat

	// Browser says whether the browser is one that the exam lets in; nil: whichever it is.
	Browser func(*engine.Definition) error
}

// Seated is a candidate who has signed in. The secret goes into the cookie and is stored
// nowhere; HashSecret of it is what the journal has.
type Seated struct {
	Attempt string
	Secret  string
	Person  *Person
	Exam    *engine.Definition
	Sitting string // EXAM.SITTING
	State   engine.State
}

// knock is an attempt that a sign-in may mean.
type knock struct {
	person   *Person
	live     *engine.Live
	sitting  *engine.Sitting
	state    engine.State
	seat     string
	pin      string
	finished engine.Instant
}

// SignIn takes a number and a PIN for a session of a device. exam may be empty; it is told aloud, so
// its case does not count. Refusals are those of the protocol. Where one may sign in with a number,
// whoever has not its PIN is told the same as of a number that nobody has. Where one may not (not
// open, closed, at another site's server) that is said before any PIN is looked at, for who comes
// too early has none: so it tells that the number is somebody's, and an address hears it only so often.
func (d *Door) SignIn(ctx context.Context, number, pin, device, exam string, at Place, now engine.Instant) (Seated, error) {
	if id, err := uuid.Parse(device); err != nil {
		return Seated{}, refusal(engine.BadFrame, "device")
	} else {
		device = id.String()
	}
	if ok, retry := d.limits.Allow(ctx, "signin/device/"+device, engine.Limit{Burst: deviceBurst, Every: deviceEvery}, now); !ok {
		return Seated{}, &engine.Refusal{Code: engine.Locked, Retry: retry}
	}
	people := d.people.Find(number, strings.ToLower(strings.TrimSpace(exam)))
	misnamed := len(people) == 0 && exam != ""
	if misnamed {
		people = d.people.Find(number, "")
	}
	if len(people) == 0 {
		n, ok := NormalNumber(number)
		if !ok { // what is no number at all locks nobody else's
			n = device
		}
		return Seated{}, d.wrong(ctx, "signin/number/"+n, at, now, nil)
	}
	if ok, retry := d.allows(ctx, "signin/asks/"+people[0].Number, at, asksFrom, now); !ok {
		return Seated{}, &engine.Refusal{Code: engine.RateLimited, Retry: retry}
	}
	open, err := d.open(people)
	if err != nil {
		if ok, retry := d.allows(ctx, "signin/early", at, wrongFrom, now); !ok {
			err = &engine.Refusal{Code: engine.RateLimited, Retry: retry}
		}
		return Seated{}, err
	}
	k, err := d.choose(ctx, open, pin, at, now)
	if err != nil {
		return Seated{}, err
	}
	if misnamed { // the PIN is right: who misheard the code of an exam is not told that it is wrong
		return Seated{}, refusal(engine.Choose, "exam")
	}
	def := d.people.Exam(k.person.Exam)
	if def == nil {
		return Seated{}, refusal(engine.NotOpen, "exam")
	}
	switch {
	case at.Site != "" && at.Site != k.person.Site && !k.sitting.AnyPlace:
		return Seated{}, refusal(engine.OtherSite, k.person.Site)
	case k.state.Over() && !def.Policy.ShowScores && now > k.finished.Add(def.Policy.HandIn()):
		return Seated{}, refusal(engine.AlreadyOver, "")
	}
	if err := d.admits(&k, def, &at, now); err != nil {
		return Seated{}, err
	}
	seated := Seated{
		Attempt: k.person.Attempt, Secret: NewSecret(), Person: k.person, Exam: def, Sitting: k.person.SittingID(), State: k.state,
	}
	r := k.live.Ask(engine.Command{
		Act: engine.ActSignIn, At: now, By: "candidate", Device: device, Session: HashSecret(seated.Secret), Seat: at.Seat,
	}, func(r engine.Result) { seated.State = r.State.State })
	if errors.Is(r.Err, engine.InUse) {
		d.alert(k, AlertTwoDevices, device, now)
	}
	if r.Err != nil {
		return Seated{}, r.Err
	}
	return seated, nil
}

// open keeps those whose sitting is open and who have been given a PIN. If there are
// none, the refusal says why.
func (d *Door) open(people []*Person) ([]knock, error) {
	var open []knock
	why := engine.Closed
	for _, p := range people {
		k := knock{person: p, live: d.hall.Attempt(p.Attempt)}
		if k.live == nil || p.Sitting == "" {
			why = engine.NotOpen
			continue
		}
		begun := false
		k.live.View(func(a *engine.Attempt, _ *engine.Terms) {
			k.state, k.seat, k.pin, k.finished = a.State, a.Seat, a.Pin, a.FinishAt
			begun = a.Ledger.From != 0
			if a.State != engine.Assigned {
				k.person = d.cameTo(p, a.Sitting)
			}
		})
		p = k.person
		k.sitting = d.hall.Sitting(p.SittingID()).State()
		switch {
		case k.sitting.Phase != engine.Sealed && d.hall.HomeOf(p.SittingID()) != "":
			why = engine.OtherSite // whose server it is that lets in
		case k.sitting.Phase == engine.Sealed, k.sitting.Phase == engine.Cancelled:
		case k.sitting.Phase == engine.Ended && !begun && !k.state.Over(): // nothing starts there any more
		case !k.sitting.OpenNow(), k.state == engine.Assigned, k.pin == "":
			why = engine.NotOpen
		default:
			open = append(open, k)
		}
	}
	if len(open) == 0 {
		return nil, refusal(why, "")
	}
	return open, nil
}

// cameTo is a person as expected at the sitting where they were checked in: the roster of this
// node may not have heard yet that they were sent there.
func (d *Door) cameTo(p *Person, sitting string) *Person {
	code, ok := strings.CutPrefix(sitting, p.Exam+".")
	if !ok || code == p.Sitting {
		return p
	}
	there := *p
	there.Sitting, there.Seat = code, ""
	if def := d.people.Exam(p.Exam); def != nil {
		if s, _, known := sittingOf(def, code); known {
			there.Site = s.Site
		}
	}
	return &there
}

// choose finds the attempt that the PIN opens.
func (d *Door) choose(ctx context.Context, open []knock, pin string, at Place, now engine.Instant) (knock, error) {
	var fits []knock
	locked := time.Duration(0)
	var since engine.Instant
	for _, k := range open {
		wait, cleared := d.station.locked(k.person.Attempt, now)
		since = max(since, cleared)
		if wait > 0 {
			locked = max(locked, wait)
		} else if d.keys.CheckPIN(k.pin, k.person.SittingID(), k.person.Attempt, pin) {
			fits = append(fits, k)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(fits) > 1:
		return knock{}, refusal(engine.Choose, "exam")
	case locked > 0:
		return knock{}, &engine.Refusal{Code: engine.Locked, Retry: locked}
	}
	// A new PIN and an unlock both begin a new count.
	key := strings.Join([]string{"signin/pin", open[0].person.Attempt, open[0].pin, since.String()}, "/")
	if d.stranger(&open[0], at) {
		return knock{}, d.wrong(ctx, key+"/elsewhere", at, now, nil)
	}
	return knock{}, d.wrong(ctx, key, at, now, open)
}

// stranger says whether somebody comes from where nobody sits the candidate's exam: their wrong
// PINs have a count of their own, and keep no candidate out.
func (d *Door) stranger(k *knock, at Place) bool {
	def, site := d.people.Exam(k.person.Exam), k.person.Site
	return def != nil && at.Address.IsValid() && !k.sitting.AnyPlace && def.Networked(site) && !def.Within(site, at.Address)
}

// wrong counts a wrong PIN and says how many tries are left; the last one locks.
func (d *Door) wrong(ctx context.Context, key string, at Place, now engine.Instant, open []knock) error {
	if ok, retry := d.allows(ctx, "signin/wrong", at, wrongFrom, now); !ok {
		return &engine.Refusal{Code: engine.RateLimited, Retry: retry}
	}
	left, retry := d.limits.slot(ctx, key, pinTries, LockFor, now)
	if left > 0 {
		return &engine.Refusal{Code: engine.WrongPin, Left: left}
	}
	for _, k := range open {
		d.alert(k, AlertLocked, "", now)
	}
	if left == 0 {
		retry = LockFor
	}
	return &engine.Refusal{Code: engine.Locked, Retry: retry}
}

// allows takes one of what an address has, if it is known.
func (d *Door) allows(ctx context.Context, what string, at Place, limit engine.Limit, now engine.Instant) (bool, time.Duration) {
	if !at.Address.IsValid() {
		return true, 0
	}
	return d.limits.Allow(ctx, what+"/"+Neighbourhood(at.Address.String()), limit, now)
}

// alert tells the station and the minutes, once. That the sitting's stream does not take
// it does not change the answer: this node knows it already.
func (d *Door) alert(k knock, why, device string, now engine.Instant) {
	id := k.person.Attempt
	fresh := false
	switch why {
	case AlertLocked:
		fresh = d.station.lock(id, now)
	case AlertTwoDevices:
		if fresh = d.station.second(id); fresh {
			d.station.warn(id)
		}
	default:
		fresh = d.station.tells(id, why, now)
	}
	if !fresh {
		return
	}
	_, _ = d.hall.Sitting(k.person.SittingID()).Append("", func(s *engine.Sitting) ([]engine.Event, error) {
		return []engine.Event{{
			Kind: engine.IncidentNoted, At: max(now, s.At), By: "engine", Why: why, Number: k.person.Number, Seat: k.seat, Device: device,
		}}, nil
	})
}
