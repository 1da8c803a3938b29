package translate

// A value has a meaning, which is any string of bytes, and one spelling of it
// in every charset. Most meanings spell as themselves. The others are marked:
//
//	marked = 1*"%" "~" encoded
//	encoded = *( byte / "%" 2HEX )
//
// where byte is printable ASCII without blank, ':' and '%', everything else is
// in hex (upper case), and the encoded text is one that the charset does not
// hold; whatever only looks like this is ordinary text and means itself.
// One '%' in front of '~' stands for the encoded text. Each further one stands
// for a '%' less, so that marked texts can be spelled too.
//
// Therefore, with m = meaning and s = spelling in one charset:
//
//	m(s(x)) == x   for every x
//	s(m(t)) == t   for every t that the charset holds
//
// and a text carried from one charset to another and back is what it was.

// cross appends the text of one charset as spelled in another.
func cross(dst []byte, from, to charset, text []byte) []byte {
	if len(text) == 0 || text[0] != '%' {
		return appendSpelling(dst, to, text)
	}
	start := len(dst)
	dst = appendMeaning(dst, from, text)
	end := len(dst)
	dst = appendSpelling(dst, to, dst[start:end])
	size := copy(dst[start:], dst[end:])
	return dst[:start+size]
}

// appendMeaning appends what a text of the charset means.
func appendMeaning(dst []byte, from charset, text []byte) []byte {
	encoded, depth := cutMark(text)
	if depth == 0 {
		return append(dst, text...)
	}
	start := len(dst)
	dst, marked := appendMarked(dst, from, encoded)
	if marked && depth == 1 {
		return dst
	}
	if marked {
		text = text[1:]
	}
	return append(dst[:start], text...)
}

// appendSpelling appends the text of the charset that has the meaning.
func appendSpelling(dst []byte, to charset, meaning []byte) []byte {
	if !to.holds(meaning) {
		return appendEncoded(append(dst, '%', '~'), meaning)
	}
	if encoded, depth := cutMark(meaning); depth > 0 {
		start := len(dst)
		decoded, marked := appendMarked(dst, to, encoded)
		dst = decoded[:start]
		if marked {
			dst = append(dst, '%')
		}
	}
	return append(dst, meaning...)
}

// cutMark counts the percent signs in front of the first '~'; 0 when anything
// else stands there.
func cutMark(text []byte) (encoded []byte, depth int) {
	for depth < len(text) && text[depth] == '%' {
		depth++
	}
	if depth == len(text) || text[depth] != '~' {
		return nil, 0
	}
	return text[depth+1:], depth
}

// appendMarked appends what encoded text stands for, and tells whether the
// charset needs it: exactly appendEncoded's output for a text not held.
func appendMarked(dst []byte, set charset, encoded []byte) ([]byte, bool) {
	start := len(dst)
	for i := 0; i < len(encoded); i++ {
		c := encoded[i]
		if c == '%' {
			if len(encoded)-i < 3 {
				return dst, false
			}
			b, ok := unhex(encoded[i+1], encoded[i+2])
			if !ok || isLiteral(b) {
				return dst, false
			}
			c = b
			i += 2
		} else if !isLiteral(c) {
			return dst, false
		}
		dst = append(dst, c)
	}
	return dst, !set.holds(dst[start:])
}

// appendEncoded appends text in percent form.
func appendEncoded(dst, text []byte) []byte {
	for _, c := range text {
		if isLiteral(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// isLiteral tells whether percent form leaves the byte alone.
func isLiteral(c byte) bool { return isKeyByte(c) && c != '%' }

// appendUnescaped appends text with every percent escape replaced, in either
// case of hex; other bytes stand for themselves.
func appendUnescaped(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '%' && len(text)-i >= 3 {
			if b, ok := unhex(upper(text[i+1]), upper(text[i+2])); ok {
				c = b
				i += 2
			}
		}
		dst = append(dst, c)
	}
	return dst
}
