package proctor

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

func (w *world) flag(code, number string) {
	w.Helper()
	if err := w.desk.Flag(w.ctx, s1, Found{Code: code, Of: number, Number: number, Seat: "01", Rules: "r", Finding: map[string]string{"id": "20 jawaban"}}); err != nil {
		w.Fatal(err)
	}
	w.settle()
}

func (w *world) flags(by Account) []Flag {
	w.Helper()
	w.settle()
	flags, err := w.desk.Flags(w.ctx, by, s1)
	if err != nil {
		w.Fatal(err)
	}
	return flags
}

func TestAnAdvisorySignalIsRecordedOnceAndDecidedByPeople(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	before := w.state("2410-0001")
	w.flag("B1", "2410-0001")
	w.flag("B1", "2410-0001") // another node found it too
	flags := w.flags(sup)
	if len(flags) != 1 || flags[0].State != FlagOpen || flags[0].Code != "B1" || !json.Valid(flags[0].Finding) {
		t.Fatalf("%+v", flags)
	}
	n := flags[0].N
	w.refused(sup, Request{Action: engine.ActDecideFlag, Ref: n, Decision: FlagNoMatter}, engine.NeedsReason, "reason")
	w.refused(sup, Request{Action: engine.ActDecideFlag, Ref: n, Decision: FlagPassed, Reason: "other: x"}, engine.BadFrame, "decision")
	w.refused(sup, Request{Action: engine.ActDecideFlag, Ref: 999, Decision: FlagSeen}, engine.WrongState, "ref")
	w.act(sup, Request{Action: engine.ActDecideFlag, Ref: n, Decision: FlagSeen})
	w.act(sup, Request{Action: engine.ActDecideFlag, Ref: n, Decision: FlagNoMatter, Reason: "able: peserta dikenal cepat"})
	f := w.flags(sup)[0]
	if f.State != FlagNoMatter || len(f.Decisions) != 2 || f.Decisions[1].By != sup.User || f.Decisions[1].Why != "able" || f.Decisions[1].Words != "peserta dikenal cepat" {
		t.Fatalf("%+v", f)
	}
	after := w.state("2410-0001")
	if before.N != after.N {
		t.Fatal("a signal about a candidate wrote to the candidate's own stream")
	}
}

func TestASignalIsPassedOnByTwoOnly(t *testing.T) {
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.flag("F1", "2410-0002")
	n := w.flags(sup)[0].N
	answer, err := w.desk.Act(w.ctx, sup, s1, Request{Op: uuid.NewString(), Action: engine.ActPassFlag, Ref: n, Reason: "collusion: lihat kamera"})
	if err != nil || answer.Proposal == "" || w.flags(sup)[0].State != FlagOpen {
		t.Fatalf("%v %+v", err, answer)
	}
	if _, err := w.desk.Decide(w.ctx, sup2, answer.Proposal, uuid.NewString(), "approve", "seen"); err != nil {
		t.Fatal(err)
	}
	if f := w.flags(sup)[0]; f.State != FlagPassed || f.Decisions[0].Two != sup2.User {
		t.Fatalf("%+v", f)
	}
}

func TestSignalsAreReadByThoseWhoDecideAndWhoCheck(t *testing.T) {
	w := newWorld(t, nil)
	w.flag("V1", "2410-0003")
	for _, role := range Roles {
		a := Account{User: "x", Grants: Everywhere(role)}
		_, err := w.desk.Flags(w.ctx, a, s1)
		if may := slices.Contains([]Role{Admin, Supervisor, Auditor, Committee}, role); may != (err == nil) {
			t.Errorf("%s: %v", role, err)
		}
		_, err = w.desk.Act(w.ctx, a, s1, Request{Op: uuid.NewString(), Action: engine.ActDecideFlag, Ref: 1, Decision: FlagSeen})
		if may := role == Admin || role == Supervisor; !may {
			w.is(err, engine.NotAllowed, "action")
		} else if err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
	if n := w.desk.FlagsSoFar(s1); n == 0 {
		t.Error("nobody is told that there is something to read")
	}
}
