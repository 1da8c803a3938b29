package mqtt

import (
	"encoding/binary"
	"unicode/utf8"
)

// Masks for eight bytes in one word.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// plain reports whether b is nothing but U+0020 to U+007E, which is fine in
// every string.
func plain(b []byte) bool {
	if len(b) < 8 {
		for _, c := range b {
			if c-0x20 > 0x7E-0x20 {
				return false
			}
		}
		return true
	}
	i := 0
	for ; i < len(b)-8; i += 8 {
		if unplain(binary.LittleEndian.Uint64(b[i:])) != 0 {
			return false
		}
	}
	return unplain(binary.LittleEndian.Uint64(b[len(b)-8:])) == 0
}

// unplain is not zero if a byte of x is below 0x20 or above 0x7E. A carry or
// borrow between bytes comes only from a byte that is one of those.
func unplain(x uint64) uint64 {
	return ((x - 0x20*lowBits) | (x + lowBits) | x) & highBits
}

// plainTopic is plain, and without the wildcards.
func plainTopic(b []byte) bool {
	if len(b) < 8 {
		for _, c := range b {
			if c-0x20 > 0x7E-0x20 || c == '+' || c == '#' {
				return false
			}
		}
		return true
	}
	i := 0
	for ; i < len(b)-8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if unplain(x)|holds(x, '+')|holds(x, '#') != 0 {
			return false
		}
	}
	x := binary.LittleEndian.Uint64(b[len(b)-8:])
	return unplain(x)|holds(x, '+')|holds(x, '#') == 0
}

// holds is not zero if a byte of x is c.
func holds(x uint64, c byte) uint64 {
	x ^= uint64(c) * lowBits
	return (x - lowBits) &^ x & highBits
}

// checkText applies §1.5.4 to a string.
func checkText(b []byte, strict bool) *Error {
	if plain(b) {
		return nil
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			return errUTF8
		case r == 0:
			return errNUL
		case strict && discouraged(r):
			return errCharacter
		}
		b = b[n:]
	}
	return nil
}

// discouraged reports whether §1.5.4 lets a receiver refuse r: control
// characters and noncharacters.
func discouraged(r rune) bool {
	return r <= 0x1F || r >= 0x7F && r <= 0x9F ||
		r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}
