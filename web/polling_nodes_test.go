package web

import (
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

// Where networks break websockets, a balancer may bring each request of a page to another node:
// the page says hello wherever it is told to, is never thrown out, and loses no answer.
func TestAPageThatPollsAtTwoNodesInTurn(t *testing.T) {
	t.Parallel()
	a := build(t, built{node: "a"})
	b := a.beside(built{node: "b"})
	p := a.working(number(1, 1))
	p.cut()
	b.followed()
	at, random := []*page{p, p.at(b)}, rand.New(rand.NewPCG(1, 2))
	hello := body{"t": "hello", "device": p.device}
	var sent []body // and not acknowledged
	greeted, hellos := false, 0
	for q := 1; q <= 40; {
		frames := sent
		if !greeted {
			frames = append([]body{hello}, sent...)
			hellos++
		}
		for _, f := range at[random.IntN(2)].pollHaving(p.have, frames...) {
			p.has(f)
			switch t := f.text("t") + " " + f.text("code"); t {
			case "welcome ":
				greeted = true
			case "ok ":
				sent, q = nil, q+1
			case "bye server_moving":
				greeted = false
			case "clock ", "beat ":
			default:
				a.Fatalf("answer %d: %v", q, f)
			}
		}
		if len(sent) == 0 {
			sent = []body{{"t": "answer", "op": uuid.NewString(), "q": q, "c": "a"}}
		}
	}
	if hellos < 5 {
		t.Errorf("only %d hellos: the requests went to one node", hellos)
	}
	if n := count(a.events(p.number), engine.Answered); n != 40 {
		t.Errorf("%d answers are stored, want 40", n)
	}
}

// Another page of the same browser that says hello at another node is no move of this one: both
// would take the attempt from each other for ever.
func TestAPageThatPollsIsSupersededByAnotherOfTheSameBrowser(t *testing.T) {
	t.Parallel()
	a := build(t, built{node: "a"})
	b := a.beside(built{node: "b"})
	p := a.working(number(1, 1))
	p.cut()
	hello := body{"t": "hello", "device": p.device}
	for _, f := range p.poll(hello) {
		p.has(f)
	}
	b.followed()
	if got := types(p.at(b).poll(hello)); got != "welcome" {
		t.Fatalf("at the other node: %s", got)
	}
	a.followed()
	if got := types(p.pollHaving(p.have, body{"t": "beat"})); got != "bye superseded" {
		t.Errorf("the first page hears %s", got)
	}
}
