package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"terang/engine"
)

// Homes is where a sitting is handed over to a site that holds it by itself, and taken back.
// The steps of both acts stand in the exam's stream: the sitting's own is the site's from
// HandedOver on, and nobody else may write to it.
type Homes struct {
	desk   *Desk
	office *Office
}

// NewHomes returns homes whose acts are registered with the mechanism for two people.
func NewHomes(d *Desk, o *Office) *Homes {
	h := &Homes{desk: d, office: o}
	o.pairs.Register(
		PairAct{Name: engine.ActHandOver, Right: ActExam, Life: OfficeLife, Show: h.show, Do: h.do},
		PairAct{Name: engine.ActTakeBack, Right: ActExam, Life: OfficeLife, Show: h.show, Do: h.do},
	)
	return h
}

// HomeRequest asks for another home of a sitting.
type HomeRequest struct {
	Op      string
	Sitting string // EXAM.SITTING
	Back    bool   // to the centre; else to the sitting's site
	Lost    bool   // of one that comes back: what was not collected is given up
	Reason  string
	Second  *Second // nil: it is proposed
}

// homePayload is what is agreed on.
type homePayload struct {
	Sitting string `json:"sitting"`
	Lost    bool   `json:"lost,omitempty"`
}

// SiteStreamOf is the stream of the journal in which a site holds a sitting that was handed
// over at a version.
func SiteStreamOf(sitting string, handed int) string {
	return engine.SiteStream + sitting + "." + strconv.Itoa(handed)
}

// Take hands a sitting over or takes it back, or proposes it. What could not be done now is
// refused before anybody is asked to agree.
func (h *Homes) Take(ctx context.Context, actor Account, r HomeRequest) (Response, error) {
	a, err := h.desk.open(r.Sitting)
	if err != nil {
		return Response{}, err
	}
	act := engine.ActHandOver
	if r.Back {
		act = engine.ActTakeBack
	}
	pay, err := json.Marshal(homePayload{Sitting: r.Sitting, Lost: r.Lost})
	if err != nil {
		return Response{}, fmt.Errorf("%s %s: %w", act, r.Sitting, err)
	}
	switch s := a.room.State(); {
	case r.Back && s.Home == "" && s.Handed == 0:
		return Response{}, refusal(engine.WrongState, "home")
	case !r.Back && s.Home == "" && s.Phase != engine.Planned:
		return Response{}, refusal(engine.WrongState, string(s.Phase))
	}
	return h.office.Take(ctx, actor, Proposal{
		Act: act, Op: r.Op, Exam: a.def.Code, Site: a.sitting.Site, Sitting: a.sitting.Code, Reason: r.Reason, Payload: pay,
	}, r.Second)
}

func (h *Homes) read(p *Proposal) (a *act, pay homePayload, err error) {
	if err = json.Unmarshal(p.Payload, &pay); err != nil {
		return nil, pay, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	a, err = h.desk.open(pay.Sitting)
	return a, pay, err
}

// show says which sitting goes where, and with how many people.
func (h *Homes) show(_ context.Context, p *Proposal) ([]Line, error) {
	a, pay, err := h.read(p)
	if err != nil {
		return nil, err
	}
	lines := []Line{
		{"sitting", strings.Join([]string{a.def.Title, a.sitting.Title, a.place.Name}, " · ")},
		{"whole", strconv.Itoa(len(h.desk.people.In(a.room.ID)))}, {"site", a.def.SiteName(a.sitting.Site)},
	}
	if pay.Lost {
		lines = append(lines, Line{"given_up", a.def.SiteName(a.sitting.Site)})
	}
	return lines, nil
}

// do records the new home in the sitting's stream.
func (h *Homes) do(ctx context.Context, p *Proposal, two string) (Response, error) {
	a, pay, err := h.read(p)
	if err != nil {
		return Response{}, err
	}
	if two == "" || two == p.By {
		return Response{}, refusal(engine.SecondPerson, "second")
	}
	g := engine.Handing{Op: p.Op, By: p.By, Two: two, At: h.desk.now()}
	var words string
	g.Why, words = splitReason(p.Reason)
	if g.Text, err = KeepText(ctx, h.desk.register, words); err != nil {
		return Response{}, err
	}
	if p.Act == engine.ActHandOver {
		if h.desk.results(ctx, a.def.Code) {
			return Response{}, refusal(engine.WrongState, "results")
		}
		return Response{}, a.room.HandOver(a.sitting.Site, g)
	}
	s, err := h.office.Sitting(ctx, pay.Sitting)
	if err != nil {
		return Response{}, err
	}
	came, err := CameOf(ctx, h.office.log.journal, pay.Sitting, s.Handed)
	if err != nil {
		return Response{}, err
	}
	return Response{}, a.room.TakeBack(g, came, pay.Lost)
}

// results says whether any list of the exam was ever frozen or released: what a site then
// needs to show results would name people of other sittings.
func (d *Desk) results(ctx context.Context, exam string) (any bool) {
	err := d.accounts.log.look(ctx, engine.ExamStream+exam, func(t *tip) { any = t.results.Frozen.Kind != "" || t.results.Released.Kind != "" })
	return any || err != nil
}

// CameOf says whether anything has come to the centre's journal of a sitting that was handed over
// at a version.
func CameOf(ctx context.Context, j engine.Journal, sitting string, handed int) (bool, error) {
	err := j.Read(ctx, SiteStreamOf(sitting, handed), 0, func(engine.Record) error { return errEnough })
	if errors.Is(err, errEnough) {
		return true, nil
	}
	return false, err
}
