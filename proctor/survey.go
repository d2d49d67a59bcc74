package proctor

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/cloudflare/circl/blindsign/blindrsa"
	"github.com/google/uuid"

	"terang/engine"
)

// Kinds of register entries of surveys.
const (
	KindSurveyKey   = "survey_key"   // EXAM: the signing key, sealed
	KindSurveySpent = "survey_spent" // EXAM/HASH of a token that was used
	KindSurveySums  = "survey_sums"  // EXAM/RUN: sums of what one run of a node was told
	KindSurveyShown = "survey_shown" // EXAM: what may be read of it
	KindSurveyStep  = "survey_step"  // EXAM/N: the n-th step of what may be read was made
	KindSurveyText  = "survey_text"  // EXAM/RANDOM: words that somebody wrote, which may be read
	KindSurveyWaits = "survey_waits" // EXAM/RANDOM: words that wait for the next step
)

const (
	surveyText = 1000 // characters
	tokenSize  = 32
	keyBits    = 2048
)

// DefaultSurvey is what candidates are asked where the exam says nothing else.
var DefaultSurvey = []engine.SurveyQuestion{
	{Code: "instructions", ID: "Petunjuk sebelum ujian jelas.", EN: "The instructions before the exam were clear."},
	{Code: "computer", ID: "Komputer dan aplikasi bekerja dengan baik.", EN: "Computer and application worked well."},
	{Code: "room", ID: "Ruang tenang dan nyaman untuk mengerjakan ujian.", EN: "The room was quiet and comfortable enough to work in."},
	{Code: "staff", ID: "Petugas membantu dengan adil.", EN: "Staff helped fairly."},
	{Code: "time", ID: "Sisa waktu dan penggantiannya dapat saya pahami.", EN: "I understood the time left and any time given back."},
}

// Survey asks candidates after their finish, and can't know who answered what. An attempt
// that is over gets one signature on a token that it has blinded (RSABSSA-SHA384-PSS of
// RFC 9474): the server signs without seeing the token, records that this attempt has
// taken part, and later accepts answers from whoever shows a signed token, once, without
// asking for a session. Of the answers it keeps sums only, without an hour or an order.
//
// The journal has the instant at which an attempt took part, and pages send their answers
// right after it. So nobody is shown sums that one answer alone has moved, see shown. Whoever
// runs the server could still watch the answers come in.
type Survey struct {
	register engine.Register
	log      *Log
	sealer   Sealer
	now      func() engine.Instant
	run      string // names this process's sums

	mu   sync.Mutex
	keys map[string]*rsa.PrivateKey
}

// NewSurvey returns the surveys of all exams.
func NewSurvey(r engine.Register, a *Accounts, now func() engine.Instant) *Survey {
	return &Survey{register: r, log: a.log, sealer: a.sealer, now: now, run: uuid.NewString(), keys: make(map[string]*rsa.PrivateKey)}
}

// Questions are those of an exam.
func Questions(def *engine.Definition) []engine.SurveyQuestion {
	if def.Survey != nil {
		return *def.Survey
	}
	return DefaultSurvey
}

func surveyUse(exam string) string { return "survey/" + exam }

// key is the exam's, made when it is first asked for. Of nodes that are first asked at the same
// time one has its key stored, and the others use that.
func (s *Survey) key(ctx context.Context, exam string) (*rsa.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.keys[exam]; k != nil {
		return k, nil
	}
	sealed, err := s.register.Get(ctx, KindSurveyKey, exam)
	if errors.Is(err, engine.ErrAbsent) {
		made, failed := rsa.GenerateKey(rand.Reader, keyBits)
		if failed != nil {
			return nil, fmt.Errorf("survey key of %s: %w", exam, failed)
		}
		entry := engine.Entry{Kind: KindSurveyKey, ID: exam, Body: s.sealer.Seal(surveyUse(exam), x509.MarshalPKCS1PrivateKey(made))}
		if err := s.register.Add(ctx, entry); err != nil && !errors.Is(err, engine.ErrTaken) {
			return nil, fmt.Errorf("survey key of %s: %w", exam, err)
		}
		sealed, err = s.register.Get(ctx, KindSurveyKey, exam)
	}
	if err != nil {
		return nil, fmt.Errorf("survey key of %s: %w", exam, err)
	}
	plain, err := s.sealer.Open(surveyUse(exam), sealed)
	if err != nil {
		return nil, fmt.Errorf("survey key of %s: %w", exam, err)
	}
	k, err := x509.ParsePKCS1PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("survey key of %s: %w", exam, err)
	}
	s.keys[exam] = k
	return k, nil
}

// Key is the modulus and the exponent that tokens are checked with.
func (s *Survey) Key(ctx context.Context, exam string) (n string, e int, err error) {
	k, err := s.key(ctx, exam)
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(k.N.Bytes()), k.E, nil
}

// Sign signs the blinded token of an attempt that is over, once; the same blinded token
// again is answered as the first time.
func (s *Survey) Sign(ctx context.Context, exam, attempt string, blinded []byte) ([]byte, error) {
	k, err := s.key(ctx, exam)
	if err != nil {
		return nil, err
	}
	signed, err := blindrsa.NewSigner(k).BlindSign(blinded)
	if err != nil {
		return nil, refusal(engine.BadFrame, "blinded")
	}
	op, what := uuid.NewSHA1(uuid.NameSpaceURL, []byte("terang/survey/"+attempt)).String(), engine.SHA256(string(blinded))
	_, err = s.log.decide(ctx, engine.SurveyStream+exam, "", func(t *tip) ([]engine.Event, error) {
		switch was, taken := t.surveyed[op]; {
		case taken && was != what:
			return nil, refusal(engine.WrongState, "surveyed")
		case taken:
			return nil, nil
		}
		return []engine.Event{{Kind: engine.SurveyTaken, At: s.now(), By: "candidate", Op: op, Text: what}}, nil
	})
	if err != nil {
		return nil, err
	}
	return signed, nil
}

// Answer takes the answers of whoever shows a signed token, once.
func (s *Survey) Answer(ctx context.Context, def *engine.Definition, token, signature []byte, answers map[string]string, text string) error {
	k, err := s.key(ctx, def.Code)
	if err != nil {
		return err
	}
	verifier, err := blindrsa.NewVerifier(blindrsa.SHA384PSSDeterministic, &k.PublicKey)
	if err != nil {
		return fmt.Errorf("survey of %s: %w", def.Code, err)
	}
	if len(token) != tokenSize || verifier.Verify(token, signature) != nil {
		return refusal(engine.BadFrame, "token")
	}
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > surveyText {
		return refusal(engine.TooMuch, "text")
	}
	if field := wrongAnswer(Questions(def), answers); field != "" {
		return refusal(engine.BadFrame, field)
	}
	return s.add(ctx, def.Code, token, answers, text)
}

// add counts one answer, and its token as used: both or neither, whichever node is asked.
func (s *Survey) add(ctx context.Context, exam string, token []byte, answers map[string]string, text string) error {
	s.mu.Lock() // the sums of this run are replaced
	defer s.mu.Unlock()
	own := exam + "/" + s.run
	sums := &SurveySums{}
	body, err := s.register.Get(ctx, KindSurveySums, own)
	if err == nil {
		err = json.Unmarshal(body, sums)
	}
	if err == nil || errors.Is(err, engine.ErrAbsent) {
		body, err = json.Marshal(sums.with(answers))
	}
	if err != nil {
		return fmt.Errorf("survey of %s: %w", exam, err)
	}
	spent := engine.Entry{Kind: KindSurveySpent, ID: exam + "/" + engine.SHA256(string(token)), Body: []byte("1")}
	kept := []engine.Entry{{Kind: KindSurveySums, ID: own, Body: body}}
	if text != "" {
		kept = append(kept, engine.Entry{Kind: KindSurveyWaits, ID: exam + "/" + uuid.NewString(), Body: []byte(text)})
	}
	switch err := s.register.Add(ctx, spent, kept...); {
	case errors.Is(err, engine.ErrTaken):
		return refusal(engine.WrongState, "surveyed")
	case err != nil:
		return fmt.Errorf("survey of %s: %w", exam, err)
	}
	return nil
}

// wrongAnswer is the code of a question whose answer is none of its options, "" if all are.
func wrongAnswer(all []engine.SurveyQuestion, answers map[string]string) string {
	for code, answer := range answers {
		i := slices.IndexFunc(all, func(q engine.SurveyQuestion) bool { return q.Code == code })
		if i < 0 || !slices.Contains(OptionCodes(&all[i]), answer) {
			return "answers"
		}
	}
	return ""
}

// OptionCodes are the answers that a question has.
func OptionCodes(q *engine.SurveyQuestion) []string {
	if len(q.Options) == 0 {
		return []string{"1", "2", "3", "4", "5"}
	}
	codes := make([]string, len(q.Options))
	for i, o := range q.Options {
		codes[i] = o.Code
	}
	return codes
}
