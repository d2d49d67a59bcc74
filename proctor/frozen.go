package proctor

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"terang/engine"
)

// frozenSpace derives the operations of BoardFrozen.
var frozenSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("terang/frozen board"))

// BoardFrozen records that a board was frozen, once for each board and epoch: whoever comes
// second changes nothing, also on another node or after a restart. The event says Act (the
// board's id), Extra (its epoch), Text, MS and At; kind, actor and operation are set here.
func (o *Office) BoardFrozen(ctx context.Context, exam string, e engine.Event) error {
	e.Kind, e.By = engine.BoardFrozen, "engine"
	e.Op = uuid.NewSHA1(frozenSpace, fmt.Appendf(nil, "%s/%d", e.Act, e.Extra)).String()
	return o.log.Once(ctx, engine.ExamStream+exam, e)
}
