// Package output writes the files that a command leaves behind: whole or not at all, and
// readable by those whom they are for.
//
// It must never leave half a file under the name that was asked for, nor let others read what
// is for its owner because a file of that name stood there before, nor put a file in the place
// of a device.
//
// Start reading at Public and Private; New is for keys and packs.
package output
