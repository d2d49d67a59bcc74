package proctor

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/cloudflare/circl/blindsign/blindrsa"
	"github.com/google/uuid"

	"terang/engine"
)

func (w *world) survey() *Survey { return NewSurvey(w.db, w.node(w.db), w.hall.Now) }

// tells gives the answers of somebody, by a token of their own.
func (w *world) tells(s *Survey, text string, answers map[string]string) {
	w.Helper()
	w.ok(s.add(w.ctx, w.def.Code, []byte(uuid.NewString()), answers, text))
}

// reads is what may be read of the exam's survey: counts of the question about staff, and words.
func (w *world) reads(s *Survey) (answers int, staff map[string]int, texts []string) {
	w.Helper()
	v, err := s.Summary(w.ctx, w.def)
	w.ok(err)
	texts, err = s.Texts(w.ctx, w.def)
	w.ok(err)
	i := slices.IndexFunc(v.Questions, func(q SurveyCounted) bool { return q.Code == "staff" })
	return v.Answers, v.Questions[i].Counts, texts
}

// Whoever reads after every answer sees at no time what one person has said.
func TestFeedbackIsShownInStepsOfTen(t *testing.T) {
	w := newWorld(t, nil)
	nodes := []*Survey{w.survey(), w.survey()}
	var before map[string]int
	shown, words := 0, 0
	for i := range 3*SurveyLeast + 5 {
		w.tells(nodes[i%2], fmt.Sprint("kata ", i), map[string]string{"staff": fmt.Sprint(1 + i%5)})
		for _, s := range nodes {
			answers, staff, texts := w.reads(s)
			if moved := answers - shown; moved != 0 && moved < SurveyLeast || len(texts)-words != moved {
				t.Fatalf("answer %d: %d answers and %d texts more are shown", i+1, moved, len(texts)-words)
			}
			if answers == shown && !reflect.DeepEqual(staff, before) {
				t.Fatalf("answer %d moved the counts alone: %v -> %v", i+1, before, staff)
			}
			shown, words, before = answers, len(texts), staff
		}
	}
	if shown != 3*SurveyLeast {
		t.Errorf("%d of %d answers are shown, want %d: those whose step is not full stay apart", shown, 3*SurveyLeast+5, 3*SurveyLeast)
	}
	if answers, staff, texts := w.reads(w.survey()); answers != shown || len(texts) != words || !reflect.DeepEqual(staff, before) {
		t.Errorf("a node that starts now shows %d answers and %d texts", answers, len(texts))
	}
}

// A question that most leave out moves only when enough have answered it.
func TestFeedbackOnAQuestionThatFewAnswerWaits(t *testing.T) {
	w := newWorld(t, nil)
	s := w.survey()
	tell := func(staff, others int) map[string]int {
		for range staff {
			w.tells(s, "", map[string]string{"staff": "1"})
		}
		for range others {
			w.tells(s, "", map[string]string{"room": "5"})
		}
		_, counts, _ := w.reads(s)
		return counts
	}
	for i, step := range []struct{ staff, others, want int }{{9, 1, 0}, {1, 9, 10}, {1, 9, 10}, {8, 2, 10}, {1, 9, 20}} {
		if got := tell(step.staff, step.others); got["1"] != step.want {
			t.Errorf("step %d shows %v of the question, want %d answers", i+1, got, step.want)
		}
	}
}

// signed is a token with the signature that a node has given for it.
func (w *world) signed(s *Survey, verifier *Survey) (token, signature []byte) {
	w.Helper()
	k, err := verifier.key(w.ctx, w.def.Code)
	w.ok(err)
	client, err := blindrsa.NewClient(blindrsa.SHA384PSSDeterministic, &k.PublicKey)
	w.ok(err)
	token = make([]byte, tokenSize)
	_, _ = rand.Read(token)
	blinded, state, err := client.Blind(rand.Reader, token)
	w.ok(err)
	answer, err := s.Sign(w.ctx, w.def.Code, uuid.NewString(), blinded)
	w.ok(err)
	signature, err = client.Finalize(state, answer)
	w.ok(err)
	return token, signature
}

func TestNodesThatAreFirstAskedAtOnceSignWithOneKey(t *testing.T) {
	w := newWorld(t, nil)
	late := w.survey()
	var first []byte
	slow := &hooked{Register: w.db, get: KindSurveyKey, meanwhile: func() {
		k, err := late.key(w.ctx, w.def.Code)
		w.ok(err)
		first = k.N.Bytes()
	}}
	s := NewSurvey(slow, w.node(slow), w.hall.Now)
	k, err := s.key(w.ctx, w.def.Code)
	w.ok(err)
	if !bytes.Equal(k.N.Bytes(), first) {
		t.Error("two nodes have two keys of one survey")
	}
	token, signature := w.signed(late, s)
	w.ok(late.Answer(w.ctx, w.def, token, signature, nil, ""))
}

func TestATokenThatTwoNodesAreShownAtOnceCountsOnce(t *testing.T) {
	w := newWorld(t, nil)
	nodes := []*Survey{w.survey(), w.survey()}
	for i := range 10 {
		token, signature := w.signed(nodes[0], nodes[1])
		results := make([]error, 4)
		var all sync.WaitGroup
		for n := range results {
			all.Go(func() {
				results[n] = nodes[n%2].Answer(w.ctx, w.def, token, signature, map[string]string{"staff": "1"}, "")
			})
		}
		all.Wait()
		taken := slices.DeleteFunc(slices.Clone(results), func(err error) bool { return errors.Is(err, engine.WrongState) })
		if len(taken) != 1 || taken[0] != nil {
			t.Fatalf("token %d: %v, want one that counts and %s", i, results, engine.WrongState)
		}
	}
	if answers, staff, _ := w.reads(nodes[0]); answers != 10 || staff["1"] != 10 {
		t.Errorf("%d answers, %v, of 10 tokens", answers, staff)
	}
}
