package web

import (
	"encoding/binary"
	"math"
)

// The frames of RFC 6455 that nearly all of an exam is made of: one whole text message,
// masked when a page sends it, unmasked when it is sent one. All others, and the opening
// and closing of a connection, are the websocket library's.
const (
	wholeText = 0x81 // FIN, and the opcode of a text
	masked    = 0x80
	lengthIs  = 0x7f // of the second byte: up to 125, or where the length stands
	length16  = 126
	length64  = 127
	headMost  = 14 // of a frame with a length of 64 bits and a mask
)

// frameSize is how long the frame at the beginning of b is, with its head; 0 while the head is
// not whole. A length that no frame of ours has is as long as can be told.
func frameSize(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	head, n := 2, uint64(b[1]&lengthIs)
	switch {
	case n == length16 && len(b) >= 4:
		head, n = 4, uint64(binary.BigEndian.Uint16(b[2:]))
	case n == length64 && len(b) >= 10:
		head, n = 10, binary.BigEndian.Uint64(b[2:])
	case n >= length16:
		return 0
	}
	if b[1]&masked != 0 {
		head += 4
	}
	return head + int(min(n, math.MaxInt32-headMost))
}

// plainSize is how long the masked text of at most FrameMost bytes at the beginning of b is,
// with its head; 0 while that cannot be told. plain is false for what is left to the library.
func plainSize(b []byte) (size int, plain bool) {
	switch {
	case len(b) == 0:
		return 0, true
	case b[0] != wholeText:
		return 0, false
	case len(b) == 1:
		return 0, true
	case b[1]&masked == 0 || b[1]&lengthIs == length64:
		return 0, false
	}
	size = frameSize(b)
	return size, size <= FrameMost+8
}

// plainText finds a plain text that has come whole, and unmasks it there. size is that of its
// frame, 0 if it has not.
func plainText(b []byte) (text []byte, size int, plain bool) {
	size, plain = plainSize(b)
	if !plain || size == 0 || size > len(b) {
		return nil, 0, plain
	}
	head := 6
	if b[1]&lengthIs == length16 {
		head = 8
	}
	text = b[head:size]
	unmask(text, [4]byte(b[head-4:]))
	return text, size, true
}

// unmask undoes the mask of a text, eight bytes at a time.
func unmask(text []byte, mask [4]byte) {
	four := uint64(binary.LittleEndian.Uint32(mask[:]))
	eight := four<<32 | four
	for len(text) >= 8 {
		binary.LittleEndian.PutUint64(text, binary.LittleEndian.Uint64(text)^eight)
		text = text[8:]
	}
	for i := range text {
		text[i] ^= mask[i%4]
	}
}

// appendTextHead appends the head of an unmasked text of n bytes.
func appendTextHead(b []byte, n int) []byte {
	switch {
	case n < length16:
		return append(b, wholeText, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, wholeText, length16), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, wholeText, length64), uint64(n))
	}
}
