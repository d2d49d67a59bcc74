package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// SignIn takes a seat ahead of Run, to hear whether that is possible.
func (c *Candidate) SignIn(ctx context.Context) error {
	c.prepare()
	return c.signIn(ctx)
}

// signIn takes a number and a PIN for a session.
func (c *Candidate) signIn(ctx context.Context) error {
	resp, answer, err := c.post(ctx, "/api/v1/exam/signin", map[string]string{"number": c.Number, "pin": c.PIN, "device": c.device, "exam": c.Exam})
	if err != nil {
		return err
	}
	cookie := ""
	for _, k := range resp.Cookies() {
		if strings.HasSuffix(k.Name, "exam") {
			cookie = k.Name + "=" + k.Value
			c.attempt, _, _ = strings.Cut(k.Value, ".")
		}
	}
	c.cookie = cookie
	if err := c.isRehearsal(answer); err != nil {
		_, _, again := c.post(ctx, "/api/v1/exam/signout", struct{}{})
		c.cookie = ""
		return errors.Join(err, again)
	}
	return nil
}

// NotRehearsal is the code of an exam in which simulated candidates have no place.
const NotRehearsal = "not_rehearsal"

// isRehearsal reads in the answer to the sign-in which kind of exam this is.
func (c *Candidate) isRehearsal(answer []byte) error {
	if !c.Rehearsal {
		return nil
	}
	var in struct {
		Exam struct {
			Code      string `json:"code"`
			Rehearsal bool   `json:"rehearsal"`
			Sample    bool   `json:"sample"`
		} `json:"exam"`
	}
	if err := json.Unmarshal(answer, &in); err != nil {
		return fmt.Errorf("sign-in of %s: %w", c.Number, err)
	}
	if !in.Exam.Rehearsal && !in.Exam.Sample {
		return &Refusal{Call: "sign-in of " + c.Number, Code: NotRehearsal, Text: "exam " + in.Exam.Code + " says neither that it is a rehearsal nor that it is of the public sample bank"}
	}
	return nil
}

// confirm says "this is me".
func (c *Candidate) confirm(ctx context.Context) error {
	_, _, err := c.post(ctx, "/api/v1/exam/confirm", map[string]string{"device": c.device})
	c.confirmed = err == nil
	if err != nil {
		c.cookie = ""
	}
	return err
}

func (c *Candidate) post(ctx context.Context, path string, body any) (*http.Response, []byte, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base()+path, bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.cookie != "" {
		req.Header.Set("Cookie", c.cookie)
	}
	resp, err := c.Client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		r := &Refusal{Call: path}
		if json.Unmarshal(answer, r) != nil || r.Code == "" || resp.StatusCode >= http.StatusInternalServerError {
			r.Code = "unavailable"
		}
		return nil, nil, r
	}
	return resp, answer, nil
}
