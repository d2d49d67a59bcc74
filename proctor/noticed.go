package proctor

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"terang/engine"
)

// Noticed is when a candidate last looked at what there is to be told, 0 if never. It marks
// notices on the own page, and decides nothing.
func (o *Office) Noticed(ctx context.Context, p *Person) (engine.Instant, error) {
	body, err := o.register.Get(ctx, KindNoticed, p.Exam+"/"+p.Attempt)
	if errors.Is(err, engine.ErrAbsent) {
		return 0, nil
	}
	var at int64
	if err == nil {
		at, err = strconv.ParseInt(string(body), 10, 64)
	}
	if err != nil {
		return 0, fmt.Errorf("when %s last looked at notices: %w", p.Attempt, err)
	}
	return engine.Instant(at), nil
}

// Notice remembers that a candidate has now looked.
func (o *Office) Notice(ctx context.Context, p *Person) error {
	body := strconv.AppendInt(nil, int64(o.now()), 10)
	if err := o.register.Put(ctx, engine.Entry{Kind: KindNoticed, ID: p.Exam + "/" + p.Attempt, Body: body}); err != nil {
		return fmt.Errorf("remember that %s looked at notices: %w", p.Attempt, err)
	}
	return nil
}
