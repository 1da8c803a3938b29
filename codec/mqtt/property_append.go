package mqtt

// The functions of this file build property sections. They append to a section
// without its length and check nothing: the caller sees to it that a property
// suits its packet, that no string is longer than [MaxString] bytes, and that
// strings are UTF-8.

// AppendByteProperty appends a property of one byte.
func AppendByteProperty(dst []byte, id PropertyID, v byte) []byte {
	return append(dst, byte(id), v)
}

// AppendBoolProperty appends a property of one byte that is 0 or 1.
func AppendBoolProperty(dst []byte, id PropertyID, v bool) []byte {
	if v {
		return append(dst, byte(id), 1)
	}
	return append(dst, byte(id), 0)
}

// AppendUint16Property appends a property of two bytes.
func AppendUint16Property(dst []byte, id PropertyID, v uint16) []byte {
	return append(dst, byte(id), byte(v>>8), byte(v))
}

// AppendUint32Property appends a property of four bytes.
func AppendUint32Property(dst []byte, id PropertyID, v uint32) []byte {
	return append(dst, byte(id), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// AppendVarIntProperty appends a property that is a variable byte integer.
func AppendVarIntProperty(dst []byte, id PropertyID, v uint32) []byte {
	return AppendVarInt(append(dst, byte(id)), v)
}

// AppendStringProperty appends a property that is a UTF-8 string.
func AppendStringProperty[S ~string | ~[]byte](dst []byte, id PropertyID, s S) []byte {
	return AppendString(append(dst, byte(id)), s)
}

// AppendBinaryProperty appends a property that is binary data.
func AppendBinaryProperty[S ~string | ~[]byte](dst []byte, id PropertyID, b S) []byte {
	return AppendString(append(dst, byte(id)), b)
}

// AppendUserProperty appends a User Property.
func AppendUserProperty[K, V ~string | ~[]byte](dst []byte, key K, value V) []byte {
	return AppendString(AppendString(append(dst, byte(PropUserProperty)), key), value)
}

// AppendString appends the length of s, at most [MaxString], and s.
func AppendString[S ~string | ~[]byte](dst []byte, s S) []byte {
	return append(append(dst, byte(len(s)>>8), byte(len(s))), s...)
}

// AppendPropertiesWithout appends section without the properties in drop, the
// others byte for byte in their order. The section must have been decoded.
func AppendPropertiesWithout(dst, section []byte, drop PropertySet) []byte {
	for {
		id, body, rest := splitProperty(section)
		if body == nil {
			return dst
		}
		if !drop.Has(id) {
			dst = append(dst, section[:1+len(body)]...)
		}
		section = rest
	}
}

// appendSection appends a section with its length.
func appendSection(dst, section []byte) []byte {
	return append(AppendVarInt(dst, uint32(len(section))), section...)
}

// sectionSize returns how many bytes appendSection appends.
func sectionSize(section []byte) int {
	return VarIntSize(uint32(len(section))) + len(section)
}
