// Package placement decides who sits at which sitting: people of a site, each with what a
// room has to fit for them, and sittings with so many seats. It is pure, and knows neither
// rosters nor the journal.
//
// Three aims, in this order:
//
//  1. Everybody has a place, in a room that fits. Where that cannot be, it says how many
//     seats are missing where, and gives nobody a place.
//  2. As few people as possible are moved from a sitting that they have. This is a flow of
//     least cost, exact, not a rule of thumb (flow.go).
//  3. The people of one formation, who compete with each other, are spread over the
//     sittings of their site or kept together, as the exam says.
//
// What is free after that is decided by a draw: a keyed hash of the participant number. The
// key comes from the caller, who takes it from what was fixed before anybody was on a
// roster, so that nobody chooses who sits where, and everybody can compute it again. The
// same input gives the same places, whatever the order in which people and sittings come.
//
// Start reading at Place.
package placement
