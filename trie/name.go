package trie

import "encoding/binary"

const (
	// nameShort: with names up to here in place, an entry is 64 bytes, one cache
	// line, and most names are not a cache miss of their own.
	nameShort = 23
	nameLong  = 255
)

// name is a text of its own, in place if it is short.
type name struct {
	long  *byte           // the bytes of a long text
	short [nameShort]byte // the short text, or the length of the long one
	size  uint8           // of the short text, or nameLong
}

// nameOf copies text.
func nameOf(text string) (n name) {
	if len(text) <= nameShort {
		n.size = uint8(copy(n.short[:], text))
		return n
	}
	n.size, n.long = nameLong, bytesOf(text)
	binary.LittleEndian.PutUint64(n.short[:], uint64(len(text)))
	return n
}

// is reports whether the text of n is text.
func (n *name) is(text string) bool {
	if n.size != nameLong {
		return string(n.short[:n.size]) == text
	}
	return n.longText() == text
}

// text returns a copy of a short text, or the long one.
func (n *name) text() string {
	if n.size != nameLong {
		return string(n.short[:n.size])
	}
	return n.longText()
}

func (n *name) longText() string {
	return textAt(n.long, int(binary.LittleEndian.Uint64(n.short[:])))
}
