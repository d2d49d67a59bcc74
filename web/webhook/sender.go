package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"terang/engine"
	"terang/proctor"
)

// Node is what a sender knows of the node that it runs on.
type Node interface {
	Node() string
	Others() []string // other nodes that live
	Now() engine.Instant
}

// Sender delivers what subscriptions want to be told.
type Sender struct {
	hooks    *proctor.Hooks
	journal  engine.Journal
	register engine.Register
	node     Node
	client   *http.Client
	log      *slog.Logger
	tries    *prometheus.CounterVec

	mu     sync.Mutex
	queues map[string]*queue // by subscription
}

// queue is what is known to be wanted by a subscription, and how far the journal was read for it.
type queue struct {
	busy    bool
	wait    []*message
	read    engine.Pos
	enabled engine.Instant // the EnableAt that it began with
}

// Options say where deliveries may go.
type Options struct {
	Allow    []netip.Prefix // private networks that they may go to
	Log      *slog.Logger
	Registry prometheus.Registerer
}

// New returns a sender. It does nothing before Run.
func New(h *proctor.Hooks, j engine.Journal, r engine.Register, n Node, o Options) *Sender {
	return &Sender{
		hooks: h, journal: j, register: r, node: n, client: (&guard{o.Allow}).client(), log: o.Log, queues: make(map[string]*queue),
		tries: promauto.With(o.Registry).NewCounterVec(prometheus.CounterOpts{Name: "terang_webhook_tries_total", Help: "Deliveries to other programs that were tried, by what became of them."}, []string{"result"}),
	}
}

// every is how often a sender looks for something to deliver.
const every = time.Second

// Run delivers until ctx is done, while no other node does.
func (s *Sender) Run(ctx context.Context) error {
	var rounds sync.WaitGroup
	defer rounds.Wait()
	return engine.Ticking(ctx, every, func() {
		if err := s.round(ctx, &rounds); err != nil && ctx.Err() == nil {
			s.log.Error("other programs could not be told; this node tries again", "error", err)
		}
	})
}

// Round looks at every subscription once, and returns when what is due was tried.
func (s *Sender) Round(ctx context.Context) error {
	var rounds sync.WaitGroup
	err := s.round(ctx, &rounds)
	rounds.Wait()
	return err
}

func (s *Sender) round(ctx context.Context, group *sync.WaitGroup) error {
	hooks, err := s.hooks.List(ctx)
	if err != nil || len(hooks) == 0 {
		return err
	}
	mine, err := s.mine(ctx)
	if err != nil || !mine {
		s.forget() // whoever delivers now moves the positions
		return err
	}
	for _, h := range hooks {
		if q := s.take(&h); q != nil {
			group.Go(func() {
				defer s.free(q)
				if err := s.deliver(ctx, &h, q); err != nil && ctx.Err() == nil {
					s.log.Error("a subscription could not be served; this node tries again", "webhook", h.ID, "error", err)
				}
			})
		}
	}
	return nil
}

// mine says whether this node delivers: it was the last to take it, or whoever was is gone.
func (s *Sender) mine(ctx context.Context) (bool, error) {
	who, err := s.hooks.Deliverer(ctx)
	if err != nil || who == s.node.Node() {
		return err == nil, err
	}
	if slices.Contains(s.node.Others(), who) {
		return false, nil
	}
	taken, err := s.hooks.Take(ctx, s.node.Node(), who, s.node.Now())
	if taken {
		s.log.Info("this node delivers webhooks from here on", "before", who)
	}
	return taken, err
}

// take reserves a subscription's queue, nil while it is being served.
func (s *Sender) take(h *proctor.Hook) *queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[h.ID]
	if q == nil {
		q = &queue{read: -1}
		s.queues[h.ID] = q
	}
	if q.busy {
		return nil
	}
	q.busy = true
	return q
}

func (s *Sender) free(q *queue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.busy = false
}

func (s *Sender) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, q := range s.queues {
		if !q.busy {
			delete(s.queues, id)
		}
	}
}

// Bounds of one round of a subscription: a receiver that is far behind does not keep a
// position unkept for long, and a long journal is read in pieces.
const (
	roundMost = 32
	readMost  = 4096
	readTimes = 16
)

// deliver sends what is due to one subscription.
func (s *Sender) deliver(ctx context.Context, h *proctor.Hook, q *queue) error {
	state, err := StateOf(ctx, s.register, h)
	if err != nil {
		return err
	}
	if h.Off != "" {
		return nil
	}
	if err := s.again(ctx, h, &state); err != nil {
		return err
	}
	now := s.node.Now()
	if h.EnableAt > state.Since && state.Tries > 0 && q.enabled != h.EnableAt { // turned on again: it begins anew
		state.Tries, state.Since, state.Next = 0, 0, 0
	}
	q.enabled = h.EnableAt
	if now < state.Next {
		return nil
	}
	if err := s.fill(ctx, h, q, &state); err != nil {
		return err
	}
	for range roundMost {
		if len(q.wait) == 0 || ctx.Err() != nil {
			return nil
		}
		if mine, err := s.mine(ctx); err != nil || !mine {
			return err
		}
		m := q.wait[0]
		ok, err := s.try(ctx, h, m, &state)
		if err != nil {
			return err
		}
		if !ok {
			return s.failed(ctx, h, &state)
		}
		q.wait = q.wait[1:]
	}
	return nil
}

// fill reads on in the journal until there is something to send.
func (s *Sender) fill(ctx context.Context, h *proctor.Hook, q *queue, state *State) error {
	if q.read < 0 {
		q.read = state.Done
	}
	for range readTimes {
		if len(q.wait) > 0 {
			return nil
		}
		records, err := s.journal.Tail(ctx, q.read, readMost)
		if err != nil {
			return fmt.Errorf("read the journal after %d: %w", q.read, err)
		}
		for i := range records {
			m, err := messageOf(h, &records[i])
			if err != nil {
				return fmt.Errorf("position %d: %w", records[i].Pos, err)
			}
			if m != nil {
				q.wait = append(q.wait, m)
			}
			q.read = records[i].Pos
		}
		if len(records) < readMost {
			break
		}
		if len(q.wait) == 0 { // so that the next start need not read it again
			state.Done = q.read
			if err := state.keep(ctx, s.register, h.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// again sends what somebody asked for once more. It has one try, and moves no position.
func (s *Sender) again(ctx context.Context, h *proctor.Hook, state *State) error {
	var asked []engine.Entry
	err := s.register.List(ctx, proctor.KindHookAgain, h.ID+"/", func(e engine.Entry) error {
		asked = append(asked, e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("what is to be sent again to %s: %w", h.ID, err)
	}
	for _, e := range asked {
		pos, err := strconv.ParseInt(strings.TrimPrefix(e.ID, h.ID+"/"), 10, 64)
		if err != nil {
			return fmt.Errorf("webhook-again %s: %w", e.ID, err)
		}
		var m *message
		if pos == 0 {
			m, err = trial(string(e.Body), s.node.Now())
		} else {
			m, err = s.at(ctx, h, engine.Pos(pos))
		}
		if err != nil {
			return err
		}
		if m != nil {
			was := *state
			d := s.send(ctx, h, m)
			state.noted(&d, m, 0)
			state.Done, state.Tries, state.Since, state.Next = was.Done, was.Tries, was.Since, was.Next
			if err := state.keep(ctx, s.register, h.ID); err != nil {
				return err
			}
		}
		if err := s.register.Erase(ctx, proctor.KindHookAgain, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// at is the message of one position, nil if the subscription is told nothing of it.
func (s *Sender) at(ctx context.Context, h *proctor.Hook, pos engine.Pos) (*message, error) {
	records, err := s.journal.Tail(ctx, pos-1, 1)
	if err != nil || len(records) == 0 || records[0].Pos != pos {
		return nil, err
	}
	return messageOf(h, &records[0])
}

// try sends a message, and keeps what became of it before anything else is sent.
func (s *Sender) try(ctx context.Context, h *proctor.Hook, m *message, state *State) (bool, error) {
	d := s.send(ctx, h, m)
	if ctx.Err() != nil && d.Error != "" {
		return false, ctx.Err() // this node ends: that is not the receiver's failure
	}
	spread, err := rand.Int(rand.Reader, big.NewInt(1000))
	if err != nil {
		return false, err
	}
	state.noted(&d, m, spread.Int64())
	return d.Error == "", state.keep(ctx, s.register, h.ID)
}

// failed turns a subscription off that takes nothing for too long, or says that it is gone.
func (s *Sender) failed(ctx context.Context, h *proctor.Hook, state *State) error {
	last, now, why := state.History[len(state.History)-1], s.node.Now(), ""
	switch {
	case last.Status == http.StatusGone:
		why = proctor.HookGone
	case now.Sub(state.Since) > h.GiveUp:
		why = proctor.HookFailed
	default:
		return nil
	}
	s.log.Error("a webhook is turned off: nothing is taken there. Mend the receiver, and turn it on again at /webhook", "webhook", h.ID, "why", why, "since", state.Since.String(), "error", last.Error)
	return s.hooks.TurnOff(ctx, *h, why, now)
}

// answerMost is how much of an answer is read; nothing in it is used.
const answerMost = 4 << 10

// send makes one try.
func (s *Sender) send(ctx context.Context, h *proctor.Hook, m *message) Delivery {
	began := time.Now()
	d := Delivery{At: s.node.Now(), ID: m.id, Type: m.kind, Position: m.pos}
	var err error
	d.Status, err = s.post(ctx, h, m, d.At.Time().Unix())
	d.MS = time.Since(began).Milliseconds()
	switch {
	case err != nil:
		d.Error = plain(err)
	case d.Status >= 300 && d.Status < 400:
		d.Error = fmt.Sprintf("answered %d: redirects are not followed, subscribe with the right address", d.Status)
	case d.Status < 200 || d.Status >= 300:
		d.Error = fmt.Sprintf("answered %d", d.Status)
	}
	s.tries.WithLabelValues(map[bool]string{true: "taken", false: "failed"}[d.Error == ""]).Inc()
	return d
}

// plain is an error without the address, which stands beside it anyway.
func plain(err error) string {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	text := err.Error()
	return text[:min(len(text), 300)]
}

func (s *Sender) post(ctx context.Context, h *proctor.Hook, m *message, seconds int64) (int, error) {
	if err := proctor.CheckHookURL(h.URL); err != nil { // whoever wrote it into the register
		return 0, err
	}
	key, err := s.hooks.Key(h)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(m.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Terang-Webhook/1")
	req.Header.Set(headerID, m.id)
	req.Header.Set(headerTimestamp, strconv.FormatInt(seconds, 10))
	req.Header.Set(headerSignature, Sign(key, m.id, seconds, m.body))
	answer, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close() //nolint:errcheck // it is only read
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, answerMost))
	return answer.StatusCode, nil
}
