package loadtest

import (
	"fmt"
	"strconv"
	"strings"
)

// Template is a topic with variables: {conn} is the number of the connection,
// {n} the number of the message modulo --topics. {{ is a brace.
type Template struct {
	parts []part
	text  string
	// Conn and N say which variables there are.
	Conn, N bool
}

type part struct {
	text     string // in front of the variable
	variable byte   // 'c', 'n', or 0: none follows
}

// ParseTemplate parses text.
func ParseTemplate(text string) (Template, error) {
	t := Template{text: text}
	var literal strings.Builder
	add := func(variable byte) {
		t.parts = append(t.parts, part{literal.String(), variable})
		literal.Reset()
	}
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "{{"):
			literal.WriteByte('{')
			rest = rest[2:]
		case strings.HasPrefix(rest, "{conn}"):
			add('c')
			t.Conn = true
			rest = rest[len("{conn}"):]
		case strings.HasPrefix(rest, "{n}"):
			add('n')
			t.N = true
			rest = rest[len("{n}"):]
		case rest[0] == '{':
			return t, fmt.Errorf("topic %q: %q is neither {conn}, the number of the connection, nor {n}, the number of the message; a brace is written {{", text, rest)
		default:
			literal.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	add(0)
	if text == "" {
		return t, fmt.Errorf("the topic is empty")
	}
	return t, nil
}

// Append appends the topic of connection conn and message n.
func (t Template) Append(dst []byte, conn, n int) []byte {
	for _, p := range t.parts {
		dst = append(dst, p.text...)
		switch p.variable {
		case 'c':
			dst = strconv.AppendInt(dst, int64(conn), 10)
		case 'n':
			dst = strconv.AppendInt(dst, int64(n), 10)
		}
	}
	return dst
}

// Name is Append as a string.
func (t Template) Name(conn, n int) string { return string(t.Append(nil, conn, n)) }

// With returns the template's text with a wildcard for each variable named.
func (t Template) With(wildcard string, conn, n bool) string {
	text := t.text
	if conn {
		text = strings.ReplaceAll(text, "{conn}", wildcard)
	}
	if n {
		text = strings.ReplaceAll(text, "{n}", wildcard)
	}
	return text
}
