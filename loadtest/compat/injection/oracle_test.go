package injection

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The mapping as docs/mapping.md has it, written without regard to speed.

// subjectOf returns the subject of a legal topic.
func subjectOf(topic string) string {
	var tokens []string
	for _, level := range strings.Split(topic, "/") {
		switch {
		case level == "":
			tokens = append(tokens, "/")
		case level == "*" || level == ">":
			tokens = append(tokens, "/"+level)
		default:
			var token strings.Builder
			for _, c := range []byte(level) {
				switch {
				case c == '.':
					token.WriteString("//")
				case c == ' ':
					token.WriteString("/_")
				case c < ' ' || c == 0x7F:
					fmt.Fprintf(&token, "/x%02X", c)
				default:
					token.WriteByte(c)
				}
			}
			tokens = append(tokens, token.String())
		}
	}
	return strings.Join(tokens, ".")
}

// topicOf returns the topic of a subject, if it is that of any. text tells what an
// MQTT string may hold.
func topicOf(subject string, text func(string) bool) (topic string, ok bool) {
	var levels []string
	for _, token := range strings.Split(subject, ".") {
		switch token {
		case "/":
			levels = append(levels, "")
			continue
		case "/*", "/>":
			levels = append(levels, token[1:])
			continue
		}
		var level strings.Builder
		for i := 0; i < len(token); i++ {
			var b byte
			switch rest := token[i:]; {
			case rest[0] != '/':
				level.WriteByte(rest[0])
			case strings.HasPrefix(rest, "//"):
				level.WriteByte('.')
				i++
			case strings.HasPrefix(rest, "/_"):
				level.WriteByte(' ')
				i++
			default:
				if n, _ := fmt.Sscanf(rest, "/x%02X", &b); n != 1 || len(rest) < 4 {
					return "", false
				}
				level.WriteByte(b)
				i += 3
			}
		}
		levels = append(levels, level.String())
	}
	topic = strings.Join(levels, "/")
	return topic, legalTopic(topic, text) && subjectOf(topic) == subject
}

func legalTopic(topic string, text func(string) bool) bool {
	return topic != "" && len(topic) <= 65535 && text(topic) && !strings.ContainsAny(topic, "+#")
}

// What texts a place can hold.

func strictText(s string) bool {
	for _, r := range s {
		if r < ' ' || r >= 0x7F && r <= 0x9F || r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE {
			return false
		}
	}
	return utf8.ValidString(s)
}

// anyText is what strings hold without --strict-utf8.
func anyText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// textOf returns what strings hold with this setting.
func textOf(strict bool) func(string) bool {
	if strict {
		return strictText
	}
	return anyText
}

func headerName(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7F || c == ':' {
			return false
		}
	}
	return s != "" && !theGateways(s)
}

func theGateways(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "mqtt-") || name == "content-type" || name == "nats-ttl"
}

func headerValue(s string) bool {
	for _, c := range []byte(s) {
		if c != '\t' && (c < ' ' || c == 0x7F) {
			return false
		}
	}
	return strings.Trim(s, " \t") == s
}

// encoded is the percent form.
func encoded(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c > ' ' && c < 0x7F && c != ':' && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// decoded is the way back; not ok for what encoded has not written.
func decoded(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+3 > len(s) {
				return "", false
			}
			if n, _ := fmt.Sscanf(s[i:i+3], "%%%02X", &c); n != 1 {
				return "", false
			}
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), encoded(b.String()) == s
}

// marked splits a text in which a place that holds some texts has marked another:
// one percent sign or more, '~', and the percent form of one that it does not hold.
func marked(s string, holds func(string) bool) (percents int, text string, ok bool) {
	rest := strings.TrimLeft(s, "%")
	percents = len(s) - len(rest)
	rest, tilde := strings.CutPrefix(rest, "~")
	if percents == 0 || !tilde {
		return 0, "", false
	}
	text, ok = decoded(rest)
	return percents, text, ok && !holds(text)
}

// carry takes a text from a place to another.
func carry(s string, from, to func(string) bool) string {
	meaning := s
	if n, text, ok := marked(s, from); ok && n == 1 {
		meaning = text
	} else if ok {
		meaning = s[1:]
	}
	if !to(meaning) {
		return "%~" + encoded(meaning)
	}
	if _, _, ok := marked(meaning, to); ok {
		return "%" + meaning
	}
	return meaning
}
