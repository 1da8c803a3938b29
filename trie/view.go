package trie

import (
	"strings"
	"unsafe"
)

// view returns b as a string without copying. The string is valid while b is
// unchanged; nothing may keep it beyond the call that b was passed to.
func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// bytesOf copies s and returns only where the copy begins.
func bytesOf(s string) *byte { return unsafe.StringData(strings.Clone(s)) }

// textAt undoes bytesOf; n must be the length of the text.
func textAt(p *byte, n int) string { return unsafe.String(p, n) }
