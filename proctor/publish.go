package proctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"terang/engine"
)

// Publisher is where an exam's formations, criteria and calendar become numbered versions:
// one person proposes a table, another approves it.
type Publisher struct {
	office  *Office
	archive engine.Archive
	rules   func(exam string) (*CriteriaRules, error)
}

// NewPublisher returns a publisher whose act is registered with the mechanism for two
// people. rules are those by which an exam is decided.
func NewPublisher(o *Office, a engine.Archive, rules func(exam string) (*CriteriaRules, error)) *Publisher {
	p := &Publisher{office: o, archive: a, rules: rules}
	o.pairs.Register(PairAct{Name: engine.ActCriteria, Right: ActCriteria, Life: OfficeLife, Show: p.show, Do: p.do})
	return p
}

// PublishRequest asks for a table to be published as the next version of its part.
type PublishRequest struct {
	Op     string  `json:"op"`
	File   string  `json:"file"` // CSV or JSON
	Reason string  `json:"reason"`
	DryRun bool    `json:"dry_run,omitempty"` // say what would change, and propose nothing
	Second *Second `json:"second,omitempty"`
}

// PublishAnswer says what became of it. With faults nothing was taken.
type PublishAnswer struct {
	Response
	Version int              `json:"version,omitempty"` // that it is, or would be
	Rows    int              `json:"rows,omitempty"`
	Hash    string           `json:"sha256,omitempty"`
	Changes []CriteriaChange `json:"changes,omitempty"`
	Faults  []Fault          `json:"-"`
}

// publishPayload is the table that waits, and the one that it was compared with.
type publishPayload struct {
	Part     Part   `json:"part"`
	Table    string `json:"table"`              // SHA-256; the register keeps it
	Previous string `json:"previous,omitempty"` // archive hash of the version in force
}

// Versions are all that an exam has published.
func (p *Publisher) Versions(ctx context.Context, exam string) ([]Version, error) {
	return p.office.log.Versions(ctx, exam)
}

// Table is a version's table.
func (p *Publisher) Table(ctx context.Context, v *Version) (*Criteria, error) {
	h, err := engine.ParseHash(v.Hash)
	if err != nil {
		return nil, err
	}
	body, err := p.archive.Fetch(ctx, h)
	if err != nil {
		return nil, fmt.Errorf("version %d of %s: %w", v.N, v.Part, err)
	}
	return DecodeCriteria(v.Part, body)
}

// Changes is what a version changes against the one before it.
func (p *Publisher) Changes(ctx context.Context, versions []Version, v *Version) ([]CriteriaChange, error) {
	is, err := p.Table(ctx, v)
	if err != nil {
		return nil, err
	}
	before := VersionOf(versions, v.Part, v.N-1)
	if before == nil {
		return is.Compare(nil), nil
	}
	was, err := p.Table(ctx, before)
	if err != nil {
		return nil, err
	}
	return is.Compare(was), nil
}

// Reason is the words for which a version was published.
func (p *Publisher) Reason(ctx context.Context, v *Version) (string, error) {
	return Text(ctx, p.office.register, v.Reason)
}

// Applicants are the people of the roster whose application does not fit the formations in
// force at an instant; ok is false while none are published.
func (p *Publisher) Applicants(ctx context.Context, exam string, at engine.Instant) (faults []ApplicantFault, ok bool, err error) {
	rules, err := p.rules(exam)
	if err != nil {
		return nil, false, err
	}
	versions, err := p.Versions(ctx, exam)
	if err != nil {
		return nil, false, err
	}
	v := InForce(versions, PartFormations, at)
	if v == nil {
		return nil, false, nil
	}
	table, err := p.Table(ctx, v)
	if err != nil {
		return nil, false, err
	}
	formations, err := table.Formations()
	if err != nil {
		return nil, false, err
	}
	listed, err := p.office.pairs.people.Read(ctx, exam)
	if err != nil {
		return nil, false, err
	}
	faults = CheckApplicants(listed.People, formations, rules.Formation)
	for _, b := range rules.blindTimes(listed.Def, listed.People, formations) {
		faults = append(faults, ApplicantFault{Number: b.person.Number, Formation: b.person.Formation, Code: ApplicantMinutes})
	}
	return faults, true, nil
}

// parse reads a table of a part against the exam as it is now.
func (p *Publisher) parse(ctx context.Context, exam string, part Part, file []byte) (*Criteria, []Fault, error) {
	rules, err := p.rules(exam)
	if err != nil {
		return nil, nil, err
	}
	def := p.office.pairs.people.Exam(exam)
	if def == nil {
		return nil, nil, refusal(engine.BadFrame, "exam")
	}
	var c *Criteria
	var faults []Fault
	switch part {
	case PartFormations:
		if c, faults = parseFormationTable(bytes.NewReader(file), rules); c != nil {
			faults, err = p.orphans(ctx, exam, c)
		}
	case PartCriteria:
		c, faults = parseCriteriaTable(bytes.NewReader(file), rules)
	case PartCalendar:
		c, faults = parseCalendarTable(bytes.NewReader(file), def)
	default:
		return nil, nil, refusal(engine.BadFrame, "part")
	}
	return c, faults, err
}

// orphans finds formations that people have applied for and a table leaves out.
func (p *Publisher) orphans(ctx context.Context, exam string, c *Criteria) ([]Fault, error) {
	listed, err := p.office.pairs.people.Read(ctx, exam)
	if err != nil {
		return nil, err
	}
	kept := make(map[string]bool, len(c.Rows))
	for _, row := range c.Rows {
		kept[row[0]] = true
	}
	return orphans(listed.People, func(code string) bool { return !kept[code] }), nil
}

// next is the number of the next version of a part, and the one in force now.
func next(versions []Version, part Part) (n int, was *Version) {
	for i := range versions {
		if versions[i].Part == part {
			was = &versions[i]
		}
	}
	if was == nil {
		return 1, nil
	}
	return was.N + 1, was
}

// Publish asks two people to publish a table, or names its faults and takes nothing.
func (p *Publisher) Publish(ctx context.Context, actor Account, exam string, part Part, r PublishRequest) (PublishAnswer, error) {
	if !actor.May(ActCriteria, exam, "", "") || actor.Token {
		return PublishAnswer{}, refusal(engine.NotAllowed, "action")
	}
	c, faults, err := p.parse(ctx, exam, part, []byte(r.File))
	if err != nil || len(faults) > 0 {
		return PublishAnswer{Faults: faults}, err
	}
	versions, err := p.Versions(ctx, exam)
	if err != nil {
		return PublishAnswer{}, err
	}
	body := string(c.Bytes())
	n, was := next(versions, part)
	answer := PublishAnswer{Version: n, Rows: len(c.Rows), Hash: engine.SHA256(body)}
	payload := publishPayload{Part: part, Table: answer.Hash}
	if was != nil {
		payload.Previous = was.Hash
		if was.Hash == payload.Table {
			if done, err := p.office.Recorded(ctx, &Proposal{Stream: engine.ExamStream + exam, Op: strings.ToLower(r.Op)}); err != nil || done {
				answer.Version = was.N
				return answer, err
			}
			return PublishAnswer{}, refusal(engine.WrongState, "same")
		}
		old, err := p.Table(ctx, was)
		if err != nil {
			return PublishAnswer{}, err
		}
		answer.Changes = c.Compare(old)
	}
	if r.DryRun {
		return answer, nil
	}
	pay, err := json.Marshal(payload)
	if err == nil {
		err = p.office.register.Put(ctx, engine.Entry{Kind: KindPayload, ID: payload.Table, Body: []byte(body)})
	}
	if err != nil {
		return PublishAnswer{}, fmt.Errorf("keep the %s of %s: %w", part, exam, err)
	}
	answer.Response, err = p.office.Take(ctx, actor, Proposal{Act: engine.ActCriteria, Op: r.Op, Exam: exam, Reason: r.Reason, Payload: pay}, r.Second)
	return answer, err
}

// proposed is the table of a proposal, read against the exam as it is now.
func (p *Publisher) proposed(ctx context.Context, q *Proposal) (*publishPayload, *Criteria, error) {
	payload := new(publishPayload)
	if err := json.Unmarshal(q.Payload, payload); err != nil {
		return nil, nil, fmt.Errorf("proposal %s: %w", q.ID, err)
	}
	body, err := p.office.register.Get(ctx, KindPayload, payload.Table)
	if err != nil {
		return nil, nil, fmt.Errorf("proposal %s: its table: %w", q.ID, err)
	}
	if engine.SHA256(string(body)) != payload.Table {
		return nil, nil, fmt.Errorf("proposal %s: the register holds another table than was proposed: propose it anew, and look who changed the database", q.ID)
	}
	c, faults, err := p.parse(ctx, q.Exam, payload.Part, body)
	if err == nil && (len(faults) > 0 || engine.SHA256(string(c.Bytes())) != payload.Table) {
		err = refusal(engine.WrongState, "criteria")
	}
	return payload, c, err
}

// show says what the version changes, field by field.
func (p *Publisher) show(ctx context.Context, q *Proposal) ([]Line, error) {
	payload, c, err := p.proposed(ctx, q)
	if errors.Is(err, engine.WrongState) {
		return []Line{{"exam", q.Exam}, {"fault", "the exam or its roster has changed since: propose it anew"}}, nil
	}
	if err != nil {
		return nil, err
	}
	versions, err := p.Versions(ctx, q.Exam)
	if err != nil {
		return nil, err
	}
	n, was := next(versions, payload.Part)
	lines := []Line{{"exam", q.Exam}, {"part", string(payload.Part)}, {"version", strconv.Itoa(n)}, {"rows", strconv.Itoa(len(c.Rows))}, {"fingerprint", payload.Table}}
	if was == nil {
		return lines, nil
	}
	if was.Hash != payload.Previous {
		return append(lines, Line{"fault", "another version was published since this was proposed"}), nil
	}
	old, err := p.Table(ctx, was)
	if err != nil {
		return nil, err
	}
	changes := c.Compare(old)
	lines = append(lines, Line{"count_fields", strconv.Itoa(len(changes))})
	for _, one := range changes[:min(len(changes), shownMost)] {
		lines = append(lines, Line{"field", one.String()})
	}
	return lines, nil
}

// do publishes what two people agreed to.
func (p *Publisher) do(ctx context.Context, q *Proposal, two string) (Response, error) {
	done, err := p.office.Recorded(ctx, q)
	if err != nil || done {
		return Response{}, err
	}
	payload, c, err := p.proposed(ctx, q)
	if err != nil {
		return Response{}, err
	}
	fits := func(published []Version) (int, error) {
		n, was := next(published, payload.Part)
		if was == nil && payload.Previous == "" || was != nil && was.Hash == payload.Previous {
			return n, nil
		}
		return 0, refusal(engine.WrongState, "criteria_version") // what was shown as changed is not what would change
	}
	versions, err := p.Versions(ctx, q.Exam)
	if err == nil {
		_, err = fits(versions)
	}
	if err != nil {
		return Response{}, err
	}
	hash, err := p.archive.Keep(ctx, c.Bytes())
	if err != nil {
		return Response{}, fmt.Errorf("keep the %s of %s: %w", payload.Part, q.Exam, err)
	}
	e := engine.Event{
		Kind: engine.CriteriaPublished, At: p.office.now(), By: q.By, Two: two, Op: q.Op, Act: string(payload.Part),
		Text: hash.String(), Extra: int64(len(c.Rows)), Why: p.roles(ctx, q.Exam, q.By, two),
	}
	if e.Form, err = KeepText(ctx, p.office.register, q.Reason); err != nil {
		return Response{}, err
	}
	stand := ""
	if payload.Part == PartFormations {
		if stand, err = p.replace(ctx, q.Exam, c); err != nil {
			return Response{}, err
		}
	}
	_, err = p.office.log.decide(ctx, q.Stream, q.Op, func(t *tip) ([]engine.Event, error) {
		published := make([]Version, len(t.published))
		for i := range t.published {
			published[i] = versionOf(&t.published[i])
		}
		n, err := fits(published)
		if err != nil {
			return nil, err
		}
		e.MS = int64(n)
		if payload.Part != PartFormations {
			return []engine.Event{e}, nil
		}
		// Every node serves the exam anew with them.
		loaded := engine.Event{Kind: engine.FormationsLoaded, At: e.At, By: e.By, Two: e.Two, Text: e.Text, MS: e.Extra, Form: stand}
		return []engine.Event{e, loaded}, nil
	})
	return Response{}, err
}

// replace makes the register's formations those of a table, and returns their hash.
func (p *Publisher) replace(ctx context.Context, exam string, c *Criteria) (hash string, err error) {
	formations, err := c.Formations()
	if err != nil {
		return "", err
	}
	people := p.office.pairs.people
	listed, err := people.Read(ctx, exam)
	if err != nil {
		return "", err
	}
	if err := NewPeople(p.office.register).Save(ctx, exam, nil, formations); err != nil {
		return "", err
	}
	if err := people.eraseFormations(ctx, exam, leftOut(listed.Formations(), formations)); err != nil {
		return "", err
	}
	return FormationsHash(formations), nil
}

// roles are those by which the two may publish, for the public, who read no names.
func (p *Publisher) roles(ctx context.Context, exam string, users ...string) string {
	roles := make([]string, len(users))
	for i, user := range users {
		roles[i] = user // setup, before there are accounts
		if a, err := p.office.accounts.Get(ctx, user); err == nil {
			roles[i] = ""
			for _, g := range a.Grants {
				if roles[i] == "" && May(g.Role, ActCriteria) && (g.Exam == "" || g.Exam == exam) {
					roles[i] = string(g.Role)
				}
			}
		}
	}
	return strings.Join(roles, " ")
}

// ReadPublisher only tells what was published, for commands that a server may run beside.
func ReadPublisher(j engine.Journal, r engine.Register, a engine.Archive, rules func(exam string) (*CriteriaRules, error)) *Publisher {
	o := &Office{register: r, log: NewLog(j, Direct(j)), pairs: &Pairs{people: NewPeople(r)}}
	return &Publisher{office: o, archive: a, rules: rules}
}
