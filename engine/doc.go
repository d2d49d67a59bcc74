// Package engine is the exam itself: attempts and sittings as folds of one journal, the
// clock that explains itself, and the hall in which they live on a node.
//
// The core decides and does nothing else. Decide takes a state, a command and the terms
// of the exam and returns events or a refusal; Apply takes an event and moves the state.
// Neither has a clock, a store or a goroutine, so every rule can be tested, and replayed,
// by calling it. Around the core stands the shell: Live is one attempt in memory with the
// commands that wait, Writer commits the runs of all attempts one batch at a time, Hall
// holds both, with the timers and the journal's tail. Journal, Register, Archive and Store
// are what the engine expects of the world; the folders below implement them.
//
// The package must never acknowledge what the journal has not stored, never decide from
// a session store, a timer or a client's clock, never see a key or a score, and never know
// HTTP. Names, PINs and free texts do not enter an event: a journal cannot forget.
//
// A stream has one home journal. The hall of another, which has a copy, decides nothing of it:
// home.go says which sittings are a site's, and from when to when.
//
// Begin with README.md, the life of an answer. Then attempt.go (the state), decide.go (the
// rules), ledger.go (the clock), and live.go (how a command becomes a stored event).
package engine
