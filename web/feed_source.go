package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// feedAnswer is how long one answer may take.
	feedAnswer = 30 * time.Second
	// feedBody bounds one answer of a source.
	feedBody = 64 << 20
)

// statusError is an answer that is none.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return fmt.Sprintf("it answered %d %s", e.status, e.text) }

// get reads one public document.
func (f *Feed) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, feedAnswer)
	defer cancel()
	res, err := f.open(ctx, path, query, "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, feedBody+1))
	if err == nil && len(body) > feedBody {
		err = fmt.Errorf("%s is longer than %d bytes", path, feedBody)
	}
	return body, err
}

func (f *Feed) open(ctx context.Context, path string, query url.Values, last string) (*http.Response, error) {
	at := f.source.JoinPath(path)
	at.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := f.client.Do(req)
	if untrusted := new(tls.CertificateVerificationError); errors.As(err, &untrusted) {
		return nil, fmt.Errorf("%w; if its certificate is of its own making, name that file with --from-ca", err)
	}
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 300))
		_ = res.Body.Close()
		return nil, &statusError{res.StatusCode, string(text)}
	}
	return res, nil
}
