package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// signIn takes a number and a PIN for a session, and confirms who it is.
func (c *Candidate) signIn(ctx context.Context) error {
	resp, err := c.post(ctx, "/api/v1/exam/signin", map[string]string{"number": c.Number, "pin": c.PIN, "device": c.device, "exam": c.Exam})
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
	if _, err := c.post(ctx, "/api/v1/exam/confirm", map[string]string{"device": c.device}); err != nil {
		c.cookie = ""
		return err
	}
	return nil
}

func (c *Candidate) post(ctx context.Context, path string, body any) (*http.Response, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base()+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.cookie != "" {
		req.Header.Set("Cookie", c.cookie)
	}
	resp, err := c.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		r := &Refusal{Call: path}
		if json.Unmarshal(answer, r) != nil || r.Code == "" || resp.StatusCode >= http.StatusInternalServerError {
			r.Code = "unavailable"
		}
		return nil, r
	}
	return resp, nil
}
