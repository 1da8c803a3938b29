package session_test

import (
	"fmt"
	"strconv"
	"strings"
)

// Transcripts write bytes as text: printable ASCII stands for itself, \r \n \t
// \\ and \xHH for one byte each, and \*5{ab} for five times "ab".

// escape writes bytes as a transcript does. Long runs of one byte are counted.
func escape(b []byte) string {
	const long = 20
	var s strings.Builder
	for i := 0; i < len(b); i++ {
		n := 1
		for i+n < len(b) && b[i+n] == b[i] {
			n++
		}
		if n > long {
			fmt.Fprintf(&s, `\*%d{%s}`, n, escape(b[i:i+1]))
			i += n - 1
			continue
		}
		switch c := b[i]; {
		case c == '\r':
			s.WriteString(`\r`)
		case c == '\n':
			s.WriteString(`\n`)
		case c == '\t':
			s.WriteString(`\t`)
		case c == '\\':
			s.WriteString(`\\`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&s, `\x%02X`, c)
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}

// unescape reads what escape writes.
func unescape(s string) ([]byte, error) {
	var b []byte
	for len(s) > 0 {
		if s[0] != '\\' {
			b, s = append(b, s[0]), s[1:]
			continue
		}
		if len(s) < 2 {
			return nil, fmt.Errorf("a lone \\ at the end")
		}
		kind, rest := s[1], s[2:]
		switch kind {
		case 'r':
			b = append(b, '\r')
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case '\\':
			b = append(b, '\\')
		case 'x':
			if len(rest) < 2 {
				return nil, fmt.Errorf("short \\x")
			}
			v, err := strconv.ParseUint(rest[:2], 16, 8)
			if err != nil {
				return nil, err
			}
			b, rest = append(b, byte(v)), rest[2:]
		case '*':
			count, after, _ := strings.Cut(rest, "{")
			text, after, ok := strings.Cut(after, "}")
			n, err := strconv.Atoi(count)
			if err != nil || !ok {
				return nil, fmt.Errorf("bad repetition \\*%s", rest)
			}
			one, err := unescape(text)
			if err != nil {
				return nil, err
			}
			for range n {
				b = append(b, one...)
			}
			rest = after
		default:
			return nil, fmt.Errorf("unknown escape \\%c", kind)
		}
		s = rest
	}
	return b, nil
}

// quote puts quotes around a word where it needs them to stand alone.
func quote(b []byte) string {
	s := strings.ReplaceAll(escape(b), `"`, `\x22`)
	if s == "" || strings.ContainsAny(s, " =,") {
		return `"` + s + `"`
	}
	return s
}

// words cuts a line at blanks that are not inside quotes, and takes the quotes
// away; escapes stay.
func words(line string) (list []string) {
	var word strings.Builder
	quoted, begun := false, false
	for i := range len(line) {
		switch c := line[i]; {
		case c == '"':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			if begun {
				list = append(list, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if begun {
		list = append(list, word.String())
	}
	return list
}
