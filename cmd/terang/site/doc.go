// Package site carries a sitting to a site that holds it by itself, and home again: as one
// file there, from which the site's journal is made, and one file back, which the centre's
// journal takes in.
//
// It must never give a site more than that sitting's people and secrets, and never let the
// centre take two records for one: what differs at a known version is an Alarm.
//
// Start reading at Pack, Open, Deliver and Collect, in the order in which a sitting meets
// them; file.go is the form that both files have.
package site
