// Package usage tells calls that were wrong from work that failed: the first end with exit
// code 2 and say how to call.
package usage
