// Package questionbank holds the questions of an exam and draws every candidate's own
// form from them.
//
// A bank begins as text that people write, compare and review (Parse, Format), or as
// drafts that other programs wrote (package format). It is taken whole or not at all: one
// Fault and there is no Bank. From a Bank and a Blueprint, Compile makes a Plan, which is
// published by its hash before the first sitting; Plan.Assemble then turns (seed, candidate,
// items seen earlier) into a form. Plan.Certify simulates forms as evidence that all are
// equally hard and none can fail.
// The draw is integer arithmetic on an HMAC stream: it needs no counter, no storage and
// no clock, so anybody who has the plan and the revealed seed can draw any form again.
//
// The package must never put a key, a value or a reviewer's remark into an engine.Item,
// never let through HTML or SVG that is not on its lists, never break a blueprint
// quietly, and never change the draw of a released assembly version: a form is
// recomputed, not stored.
//
// Start reading at question.go, then text.go for the way in and assemble.go for the way out.
package questionbank
