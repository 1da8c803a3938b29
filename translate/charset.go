package translate

import (
	"bytes"
	"unicode/utf8"
)

// charset is a set of texts that a place on the wire can hold as they are.
type charset uint8

const (
	// headerKey: printable ASCII without blank and ':', not empty, and none
	// of the names that mean something (reservedKey).
	headerKey charset = iota
	// headerValue: any bytes but control bytes other than TAB; no blank or
	// TAB at either end.
	headerValue
	// anyText: UTF-8 without NUL, which is all that MQTT demands of a string.
	anyText
	// strictText: anyText without the control and noncharacters for which an
	// MQTT receiver may close the connection.
	strictText
)

// mqttText returns the charset of MQTT strings.
func mqttText(strict bool) charset {
	if strict {
		return strictText
	}
	return anyText
}

// holds tells whether text belongs to the set.
func (c charset) holds(text []byte) bool {
	switch c {
	case headerKey:
		return isHeaderKey(text)
	case headerValue:
		return isHeaderValue(text)
	case anyText:
		return utf8.Valid(text) && bytes.IndexByte(text, 0) < 0
	}
	return isStrictText(text)
}

func isHeaderKey(text []byte) bool {
	for _, c := range text {
		if !isKeyByte(c) {
			return false
		}
	}
	return len(text) > 0 && !reservedKey(text)
}

func isKeyByte(c byte) bool { return c > ' ' && c < 0x7F && c != ':' }

func isHeaderValue(text []byte) bool {
	for _, c := range text {
		if classes[c] == control && c != '\t' {
			return false
		}
	}
	return len(text) == 0 || !isSpace(text[0]) && !isSpace(text[len(text)-1])
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

func isStrictText(text []byte) bool {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if classes[c] == control {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 || discouraged(r) {
			return false
		}
		i += size
	}
	return true
}

// discouraged tells whether MQTT §1.5.4 lets a receiver refuse a character
// that is not ASCII.
func discouraged(r rune) bool {
	return r <= 0x9F || r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}
