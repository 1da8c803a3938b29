package mqtt

// AppendVarInt appends v as a variable byte integer (§1.5.5); v is at most
// [MaxRemainingLength].
func AppendVarInt(dst []byte, v uint32) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// VarIntSize returns how many bytes AppendVarInt appends.
func VarIntSize(v uint32) int {
	switch {
	case v < 1<<7:
		return 1
	case v < 1<<14:
		return 2
	case v < 1<<21:
		return 3
	}
	return 4
}

// varInt reads the variable byte integer at the start of b. n is its length: 0
// if b ends within it, -1 if it has a fifth byte.
func varInt(b []byte) (v uint32, n int) {
	for i := range min(len(b), 4) {
		v |= uint32(b[i]&0x7F) << (7 * i)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	if len(b) >= 4 {
		return 0, -1
	}
	return 0, 0
}
