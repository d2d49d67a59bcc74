package keeper

import (
	"strings"

	"terang/engine"
	"terang/engine/publiclog"
)

// Table is the version of the table below: of which leaf an event makes. A log goes on under
// the table that it was written with, whatever a later program would make of the same
// events; a new version holds from the LogWritten that names it, and with that come the leaves
// of what happened earlier and no table had a row for.
//
// Version 1 began; 2 has frozen boards; 3 seals the adjustments that stand into a sitting's
// start, and names the roles of who acted; 4 has changed places and cancelled sittings; 5 has what
// staff read, journals that go on from a backup, and sittings that sites hold by themselves.
const Table = 5

// sinceAdjusted is the version from which a start has adjustments under seal.
//
// An adjustment makes no leaf of its own, sealed or not. That there is one, with its hour
// and its sitting, would tell whoever knows a small room that somebody in it has a need,
// and where one seat is kept for that need, who. So every start has a commitment to those
// of all who are checked in, whether there are any or not: it tells nothing, and fixes them
// before the first item is shown. What is adjusted after it, of who comes late, is fixed by
// the attempt's fingerprint like everything else of it.
const sinceAdjusted = 3

// row is how one kind of event becomes a leaf.
type row struct {
	kind  publiclog.Kind
	act   string                    // of the leaf; "" takes none
	since int                       // version of the table from which it holds
	fill  func(*Due, *engine.Event) // what else the leaf has; may be nil
}

// table is every event that makes a leaf by itself, by the kind of its stream. Attempts that
// are over and annulments are the fold's.
var table = map[string]map[engine.Kind]row{
	engine.ExamStream: {
		engine.ExamDefined:       {publiclog.ExamLeaf, "", 1, document},
		engine.RuleSetFixed:      {publiclog.RulesLeaf, "", 1, ruleSet},
		engine.PlanMade:          {publiclog.PlanLeaf, "", 1, plan},
		engine.SeedCommitted:     {publiclog.SeedLeaf, "", 1, seed},
		engine.RosterLoaded:      {publiclog.RosterLeaf, "loaded", 1, roster},
		engine.RosterFrozen:      {publiclog.RosterLeaf, "frozen", 1, roster},
		engine.FormationsLoaded:  {publiclog.FormationsLeaf, "", 1, counted},
		engine.ResultsFrozen:     {publiclog.ListLeaf, "frozen", 1, document},
		engine.ResultsReleased:   {publiclog.ListLeaf, "released", 1, document},
		engine.ResultsUnfrozen:   {publiclog.ListLeaf, "unfrozen", 1, document},
		engine.ResultsCodeIssued: {publiclog.ActLeaf, "result_code", 1, nil},
		engine.SheetReleased:     {publiclog.ActLeaf, engine.ActSheet, 1, nil},
		engine.SeedRevealed:      {publiclog.RevealLeaf, "", 1, revealed},
		engine.CriteriaPublished: {publiclog.CriteriaLeaf, "", 1, criteria},
		engine.SittingChanged:    {publiclog.ActLeaf, "relocate", 1, nil},
		engine.BoardFrozen:       {publiclog.BoardLeaf, "frozen", 2, board},
		engine.PlacesChanged:     {publiclog.PlacesLeaf, "", 4, document},
		engine.SiteCollected:     {publiclog.ActLeaf, "site_collect", 5, nil},
		engine.SiteRefused:       {publiclog.ActLeaf, "site_refuse", 5, nil},
	},
	engine.SittingStream: {
		engine.SittingPlanned:   {publiclog.SittingLeaf, "planned", 1, start},
		engine.CheckinOpened:    {publiclog.SittingLeaf, "checkin_opened", 1, nil},
		engine.CheckinClosed:    {publiclog.SittingLeaf, "checkin_closed", 1, nil},
		engine.SittingStarted:   {publiclog.SittingLeaf, "started", 1, start},
		engine.SittingPaused:    {publiclog.SittingLeaf, "paused", 1, nil},
		engine.SittingResumed:   {publiclog.SittingLeaf, "resumed", 1, nil},
		engine.SittingPostponed: {publiclog.SittingLeaf, "postponed", 1, start},
		engine.SittingCancelled: {publiclog.SittingLeaf, "cancelled", 4, nil},
		engine.HandedOver:       {publiclog.SittingLeaf, "handed_over", 5, nil},
		engine.TakenBack:        {publiclog.SittingLeaf, "taken_back", 5, nil},
		engine.PlaceLifted:      {publiclog.ActLeaf, engine.ActLiftPlace, 1, nil},
		engine.PlaceKept:        {publiclog.ActLeaf, engine.ActKeepPlace, 1, nil},
		engine.SittingEnded:     {publiclog.SittingLeaf, "ended", 1, nil},
		engine.SittingClosed:    {publiclog.SittingLeaf, "closed", 1, nil},
		engine.IncidentNoted:    {publiclog.ActLeaf, "note", 1, nil},
		engine.MinutesClosed:    {publiclog.MinutesLeaf, "closed", 1, minutes},
		engine.MinutesSigned:    {publiclog.MinutesLeaf, "signed", 1, minutes},
		engine.MinutesWitnessed: {publiclog.MinutesLeaf, "witnessed", 1, minutes},
	},
	// Of an attempt only what people did that may change a time, a result or a place; what
	// an engine or a candidate does by itself is in the attempt's fingerprint.
	engine.AttemptStream: {
		engine.TurnedAway:     {publiclog.ActLeaf, engine.ActTurnAway, 1, nil},
		engine.Unlocked:       {publiclog.ActLeaf, engine.ActUnlock, 1, nil},
		engine.DoubtRaised:    {publiclog.ActLeaf, engine.ActDoubt, 1, nil},
		engine.DoubtDecided:   {publiclog.ActLeaf, engine.ActDecideDoubt, 1, nil},
		engine.Paused:         {publiclog.ActLeaf, engine.ActPause, 1, nil},
		engine.Resumed:        {publiclog.ActLeaf, engine.ActResume, 1, nil},
		engine.TimeGiven:      {publiclog.ActLeaf, engine.ActCredit, 1, nil},
		engine.GapCredited:    {publiclog.ActLeaf, engine.ActDecideCredit, 1, nil},
		engine.CreditRefused:  {publiclog.ActLeaf, engine.ActDecideCredit, 1, nil},
		engine.CreditReversed: {publiclog.ActLeaf, engine.ActReverse, 1, nil},
		engine.DeviceMoved:    {publiclog.ActLeaf, engine.ActMove, 1, nil},
		engine.Released:       {publiclog.ActLeaf, engine.ActRelease, 1, nil},
		engine.Finished:       {publiclog.ActLeaf, engine.ActFinish, 1, nil},
		engine.Disqualified:   {publiclog.ActLeaf, engine.ActDisqualify, 1, nil},
		engine.Reopened:       {publiclog.ActLeaf, engine.ActReopen, 1, nil},
	},
	engine.StaffStream: {
		engine.StaffChanged: {publiclog.ActLeaf, "", 1, staff},
		engine.ExamRemoved:  {publiclog.ActLeaf, "remove", 1, nil},

		engine.JournalRestored: {publiclog.ActLeaf, "restored", 5, nil},
	},
	// Whole streams of these could be taken out of a journal without a hole in any. That
	// something was read is a leaf; what, and of whom, is under the event's commitment. Who only
	// signed in has changed and seen nothing that has none.
	engine.AuditStream: {
		engine.Viewed: {publiclog.ActLeaf, "viewed", 5, nil},
	},
	engine.PackStream: {
		engine.PackSealed: {publiclog.PackLeaf, "sealed", 1, document},
		engine.PackVoided: {publiclog.PackLeaf, "voided", 1, document},
		engine.PackOpened: {publiclog.PackLeaf, "opened", 1, document},
	},
	engine.ObjectionStream: {
		engine.ObjectionFiled:     {publiclog.ObjectionLeaf, "filed", 1, objection},
		engine.ObjectionWithdrawn: {publiclog.ObjectionLeaf, "withdrawn", 1, objection},
		engine.ObjectionDecided:   {publiclog.ObjectionLeaf, "decided", 1, objection},
	},
	engine.LogStream: {
		engine.LogKeyed:   {publiclog.KeyLeaf, "", 1, logKey},
		engine.LogWritten: {publiclog.SoftwareLeaf, "", 1, software},
	},
}

// steps are those of acts of two people, in whatever stream they stand.
var steps = map[engine.Kind]string{
	engine.Proposed: "proposed", engine.Approved: "approved", engine.Refused: "refused", engine.Expired: "expired", engine.Denied: "denied",
}

func document(d *Due, e *engine.Event) { d.leaf.Hash = hash(e.Text) }

func counted(d *Due, e *engine.Event) { d.leaf.Hash, d.leaf.Count = hash(e.Text), e.MS }

func plan(d *Due, e *engine.Event) { d.leaf.Plan, d.leaf.Bank = hash(e.Plan), hash(e.Text) }

func revealed(d *Due, e *engine.Event) { d.leaf.Seed = hash(e.Seed) }

// criteria are public tables; their hash is no secret.
func criteria(d *Due, e *engine.Event) {
	d.leaf.Act, d.leaf.Version, d.leaf.Hash, d.leaf.Count = e.Act, e.MS, hash(e.Text), e.Extra
}

// board is public; so is its frame, under its id and epoch.
func board(d *Due, e *engine.Event) {
	d.leaf.Name, d.leaf.Hash, d.leaf.Count = e.Act, hash(e.Text), e.MS
}

// Minutes name people: their hash is sealed until whoever has them opens it.
func minutes(d *Due, e *engine.Event) { d.leaf.Version, d.sealed = e.MS, e.Text }

// objection says that there was one and what became of it, and not whose it was or of which
// item: it has no actor.
func objection(d *Due, e *engine.Event) {
	d.leaf.Why = e.Why
	d.leaf.By, d.actor, d.second = "", "", ""
}

func seed(d *Due, e *engine.Event) { d.leaf.Hash = hash(e.Seed) }

func start(d *Due, e *engine.Event) { d.leaf.From = publiclog.Time(e.From) }

// A roster's hash is sealed: of a small one somebody who knows all but one could guess.
func roster(d *Due, e *engine.Event) { d.sealed, d.leaf.Count = e.Text, e.MS }

func ruleSet(d *Due, e *engine.Event) { d.leaf.Hash, d.leaf.Name = hash(e.Text), e.Act }

func logKey(d *Due, e *engine.Event) {
	d.leaf.Act, d.leaf.Key = e.Act, e.Text
	d.nobody()
}

func software(d *Due, e *engine.Event) {
	d.leaf.Name, d.leaf.Hash, d.leaf.Count = e.Act, hash(e.Text), e.MS
	d.nobody()
}

// staff names what was changed of an account, and whose it is under a commitment.
func staff(d *Due, e *engine.Event) {
	act, _, _ := strings.Cut(e.Act, " ")
	d.leaf.Act, d.about = "account_"+act, e.Text
}

// hash reads what an event says in hex; a leaf without it says that there was none.
func hash(text string) publiclog.Hash {
	h, err := engine.ParseHash(text)
	if err != nil {
		return publiclog.Hash{}
	}
	return publiclog.Hash(h)
}
