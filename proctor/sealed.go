package proctor

import (
	"context"
	"encoding/json"
	"fmt"

	"terang/engine"
)

// EachSealed visits what accounts, subscriptions and surveys keep sealed, with the use that it was
// sealed for. What waits for its first code does not count: it may be thrown away.
func EachSealed(ctx context.Context, register engine.Register, visit func(use string, sealed []byte)) error {
	err := register.List(ctx, KindFactor, "", func(e engine.Entry) error {
		var f factor
		if err := json.Unmarshal(e.Body, &f); err != nil {
			return fmt.Errorf("second factor of %s: %w", e.ID, err)
		}
		if len(f.Sealed) > 0 {
			visit(factorUse(e.ID), f.Sealed)
		}
		return nil
	})
	if err != nil {
		return err
	}
	hooks, err := NewHooks(register, nil, nil).List(ctx)
	if err != nil {
		return err
	}
	for i := range hooks {
		visit(hookUse(hooks[i].ID), hooks[i].Secret)
	}
	return register.List(ctx, KindSurveyKey, "", func(e engine.Entry) error {
		visit(surveyUse(e.ID), append([]byte(nil), e.Body...))
		return nil
	})
}
