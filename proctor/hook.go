package proctor

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// Kinds of the register's entries about webhooks.
const (
	KindHook      = "webhook"       // ID: a subscription, its secret sealed
	KindHookState = "webhook-state" // ID: how far its deliveries are
	KindHookAgain = "webhook-again" // ID/POSITION: what is to be sent once more; position 0 is a test
)

// Streams of webhooks: what was changed about subscriptions, and which node delivers.
const (
	HookStream  = "office/webhooks"
	TakenStream = "office/webhook-node"
)

// Types of what other programs may be told. Their bodies hold ids and counts, never a
// person.
const (
	HookRoster      = "roster.changed"
	HookPlaces      = "places.changed"
	HookCriteria    = "criteria.published"
	HookOpened      = "sitting.opened"
	HookStarted     = "sitting.started"
	HookEnded       = "sitting.ended"
	HookClosed      = "sitting.closed"
	HookFrozen      = "results.frozen"
	HookUnfrozen    = "results.unfrozen"
	HookReleased    = "results.released"
	HookRescored    = "results.rescored"
	HookTest        = "webhook.test" // whoever subscribes may ask for one
	hookSecretBytes = 32
)

// HookTypes lists what may be subscribed to.
var HookTypes = []string{
	HookRoster, HookPlaces, HookCriteria, HookOpened, HookStarted, HookEnded, HookClosed, HookFrozen, HookUnfrozen, HookReleased, HookRescored,
}

// Why a subscription is off.
const (
	HookAsked  = "asked"  // an administrator turned it off
	HookFailed = "failed" // nothing was taken for as long as GiveUp
	HookGone   = "gone"   // the receiver answered 410
)

// Bounds of a subscription.
const (
	HookGiveUp = 5 * 24 * time.Hour // unless it says otherwise
	hookMost   = 50
)

// Hook is a subscription: an address of another program, and what it wants to be told.
type Hook struct {
	ID       string         `json:"id"`
	URL      string         `json:"url"`
	Exam     string         `json:"exam,omitempty"` // "": every exam
	Types    []string       `json:"types"`
	GiveUp   time.Duration  `json:"give_up"` // after so long without success it is turned off
	Secret   []byte         `json:"secret"`  // sealed
	By       string         `json:"by"`
	Made     engine.Instant `json:"made"`
	From     engine.Pos     `json:"from"` // what is recorded later is delivered
	Off      string         `json:"off,omitempty"`
	OffAt    engine.Instant `json:"off_at,omitempty"`
	EnableAt engine.Instant `json:"enable_at,omitempty"` // when it was last turned on again
}

// Wants says whether the subscription is about the type in an exam.
func (h *Hook) Wants(kind, exam string) bool {
	return (h.Exam == "" || h.Exam == exam) && slices.Contains(h.Types, kind)
}

// Hooks are the subscriptions of a register. Whoever changes one is recorded.
type Hooks struct {
	register engine.Register
	log      *Log
	sealer   Sealer
}

// NewHooks returns the subscriptions of a register; the sealer keeps their secrets.
func NewHooks(r engine.Register, l *Log, s Sealer) *Hooks { return &Hooks{r, l, s} }

// CheckHookURL refuses an address that nothing is sent to: other than https, unless it is
// this machine's, or one that carries a password.
func CheckHookURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || len(text) > 500:
		return invalid("address %.80q: write it as https://sistem.example.go.id/terang", text)
	case u.User != nil || u.Fragment != "":
		return invalid("address %.80q: leave out user, password and fragment; deliveries are signed", text)
	case u.Scheme == "https":
		return nil
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback()) {
		return nil
	}
	return invalid("address %.80q: use https; plain http goes to this machine only", text)
}

func (h *Hook) check() error {
	if err := CheckHookURL(h.URL); err != nil {
		return err
	}
	if h.GiveUp < time.Hour || h.GiveUp > 60*24*time.Hour {
		return invalid("give up after %v: use one hour to 60 days", h.GiveUp)
	}
	if len(h.Types) == 0 {
		return invalid("name what shall be told: some of %s", strings.Join(HookTypes, " "))
	}
	for _, kind := range h.Types {
		if !slices.Contains(HookTypes, kind) {
			return invalid("nothing is told as %.40q: use some of %s", kind, strings.Join(HookTypes, " "))
		}
	}
	return nil
}

// Add makes a subscription of what is recorded after a position, and returns it with its
// secret, readable this once. The same operation again makes no second one, and tells no
// secret.
func (s *Hooks) Add(ctx context.Context, by Account, op string, h Hook, now engine.Instant) (Hook, string, error) {
	op = strings.ToLower(op)
	switch {
	case !engine.ValidOp(op):
		return h, "", refusal(engine.BadFrame, "op")
	case !by.May(ActHooks, h.Exam, "", "") || by.Token:
		return h, "", refusal(engine.NotAllowed, "action")
	}
	if h.GiveUp == 0 {
		h.GiveUp = HookGiveUp
	}
	if err := h.check(); err != nil {
		return h, "", err
	}
	h.ID, h.By, h.Made = derive(op, "webhook"), by.User, now
	all, err := s.List(ctx)
	if err != nil {
		return h, "", err
	}
	for _, known := range all {
		if known.ID == h.ID {
			return known, "", nil
		}
	}
	if len(all) >= hookMost {
		return h, "", invalid("there are %d subscriptions already: remove what nobody reads", len(all))
	}
	key := make([]byte, hookSecretBytes)
	if _, err := rand.Read(key); err != nil {
		return h, "", fmt.Errorf("make a secret: %w", err)
	}
	h.Secret = s.sealer.Seal(hookUse(h.ID), key)
	if err := s.note(ctx, &h, engine.Event{At: now, By: by.User, Op: op, Act: "add"}); err != nil {
		return h, "", err
	}
	return h, "whsec_" + base64.StdEncoding.EncodeToString(key), s.put(ctx, &h)
}

func (s *Hooks) put(ctx context.Context, h *Hook) error {
	body, err := json.Marshal(h)
	if err == nil {
		err = s.register.Put(ctx, engine.Entry{Kind: KindHook, ID: h.ID, Body: body})
	}
	if err != nil {
		return fmt.Errorf("keep webhook %s: %w", h.ID, err)
	}
	return nil
}

// note records a change of a subscription: who did what to it, and when.
func (s *Hooks) note(ctx context.Context, h *Hook, change engine.Event) error {
	change.Kind, change.Text, change.Form, change.Sitting = engine.WebhookChanged, h.ID, engine.SHA256(h.URL), h.Exam
	return s.log.Once(ctx, HookStream, change)
}

// List are all subscriptions, by id.
func (s *Hooks) List(ctx context.Context) ([]Hook, error) {
	all := []Hook{}
	err := s.register.List(ctx, KindHook, "", func(e engine.Entry) error {
		var h Hook
		if err := json.Unmarshal(e.Body, &h); err != nil {
			return fmt.Errorf("webhook %s in the register: %w", e.ID, err)
		}
		all = append(all, h)
		return nil
	})
	return all, err
}

// Seen are the subscriptions in an account's reach.
func (s *Hooks) Seen(ctx context.Context, by Account) ([]Hook, error) {
	all, err := s.List(ctx)
	return slices.DeleteFunc(all, func(h Hook) bool { return !by.May(ActHooks, h.Exam, "", "") }), err
}

// Key is the secret with which deliveries of a subscription are signed.
func (s *Hooks) Key(h *Hook) ([]byte, error) { return s.sealer.Open(hookUse(h.ID), h.Secret) }

func hookUse(id string) string { return "webhook/" + id }

// Actions of a HookRequest.
const (
	HookRemove  = "remove"
	HookEnable  = "enable"
	HookDisable = "disable"
	HookResend  = "resend" // one delivery, by its position in the journal
	HookTry     = "test"
)

// HookRequest is what somebody wants done with a subscription.
type HookRequest struct {
	Op       string     `json:"op"`       // UUID; the same one again is done once
	ID       string     `json:"-"`        // of the subscription
	Action   string     `json:"action"`   // HookRemove and the others
	Position engine.Pos `json:"position"` // in the journal, of the delivery to resend
}

// Act changes a subscription, once for each operation.
func (s *Hooks) Act(ctx context.Context, by Account, q HookRequest, now engine.Instant) error {
	op := strings.ToLower(q.Op)
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(h Hook) bool { return h.ID == q.ID })
	switch {
	case i < 0:
		return fmt.Errorf("webhook %s: there is none: %w", q.ID, engine.ErrAbsent)
	case !by.May(ActHooks, all[i].Exam, "", "") || by.Token:
		return refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(op):
		return refusal(engine.BadFrame, "op")
	}
	h := &all[i]
	done := false
	if err := s.log.look(ctx, HookStream, func(t *tip) { done = t.ops[op] != 0 }); err != nil || done {
		return err
	}
	change := engine.Event{At: now, By: by.User, Op: op, Act: q.Action}
	switch q.Action {
	case HookRemove:
	case HookEnable:
		h.Off, h.OffAt, h.EnableAt = "", 0, now
	case HookDisable:
		h.Off, h.OffAt, change.Why = HookAsked, now, HookAsked
	case HookTry:
	case HookResend:
		if q.Position <= 0 {
			return refusal(engine.BadFrame, "position")
		}
		change.MS = int64(q.Position)
	default:
		return refusal(engine.BadFrame, "action")
	}
	if err := s.note(ctx, h, change); err != nil {
		return err
	}
	switch q.Action {
	case HookRemove:
		return errors.Join(s.register.Erase(ctx, KindHook, h.ID), s.register.Erase(ctx, KindHookState, h.ID))
	case HookTry, HookResend:
		return s.register.Put(ctx, engine.Entry{Kind: KindHookAgain, ID: fmt.Sprintf("%s/%019d", h.ID, change.MS), Body: []byte(op)})
	}
	return s.put(ctx, h)
}

// TurnOff turns a subscription off because nothing is taken there.
func (s *Hooks) TurnOff(ctx context.Context, h Hook, why string, now engine.Instant) error {
	h.Off, h.OffAt = why, now
	if err := s.note(ctx, &h, engine.Event{At: now, By: "engine", Act: HookDisable, Why: why}); err != nil {
		return err
	}
	return s.put(ctx, &h)
}

// Deliverer is the node that delivers now, "" if none ever did.
func (s *Hooks) Deliverer(ctx context.Context) (node string, err error) {
	err = s.log.look(ctx, TakenStream, func(t *tip) { node = t.deliverer })
	return node, err
}

// Take makes a node the one that delivers, in the place of the one that was found to be
// gone. Of two that try at once one is; the other hears false.
func (s *Hooks) Take(ctx context.Context, node, gone string, now engine.Instant) (bool, error) {
	mine := false
	_, err := s.log.decide(ctx, TakenStream, "", func(t *tip) ([]engine.Event, error) {
		if mine = t.deliverer == gone; !mine {
			return nil, nil
		}
		return []engine.Event{{Kind: engine.WebhookTaken, At: now, By: "engine", Node: node}}, nil
	})
	return mine, err
}
