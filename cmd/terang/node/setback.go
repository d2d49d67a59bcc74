package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"terang/engine"
)

// setBack is for whoever finds a node that serves nobody.
const setBack = `this node has stopped, because its database lacks what this node has seen in it.
What happened: an old backup was restored, or a replica that lagged has taken the database's place.
  Answers that candidates were told are stored may not be in it.
What to do: 1. Start no node again yet: a machine that has not served this journal takes it as it is. This one stands until you end it.
  2. Find out which backup was restored, by whom, and what it lacks; keep a copy of it.
  3. Bring back the newest database. If there is none, whoever answers for the exam decides how it goes on.
  4. Only then start all nodes again.
Found: %w`

// explained says of an end what a person has to do.
func explained(err error) error {
	if errors.Is(err, engine.ErrSetBack) {
		return fmt.Errorf(setBack, err)
	}
	return fmt.Errorf("this node has stopped: %w", err)
}

// standSays is how often a node that stands says so.
const standSays = time.Minute

// stand sends everybody away and then serves nothing but why, until ctx is done. Services and
// containers that ended are started again, and where it was not kept how far this journal was
// seen (seen.go) a start takes it as it finds it: what was lost would be lost unseen.
func (n *Node) stand(ctx context.Context, why error) {
	n.Server.Stop(why.Error())
	drain, cancel := context.WithTimeout(ctx, DrainWithin)
	defer cancel()
	n.Server.Drain(drain)
	n.Server.CloseStreams()
	say := func() { n.Logger.Error("this node stands and serves nobody until a person ends it", "why", why) }
	say()
	_ = engine.Ticking(ctx, standSays, say) // ctx is all that ends it
}
