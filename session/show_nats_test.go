package session_test

import (
	"bytes"
	"regexp"
	"strings"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
)

// goRelease is the one thing in INFO that depends on who runs the test.
var goRelease = regexp.MustCompile(`"go":"[^"]*"`)

// showNATS writes down what a server sent, one operation a line, byte for byte
// except for the CR LF at the end of each. INFO is shown in full only when it
// is asked for.
func showNATS(out []byte, full bool) (lines []string) {
	var p codec.Parser
	p.Init(codec.FromServer, &codec.Limits{ControlLine: 1 << 20, Payload: 1 << 30})
	defer p.Release()
	for len(out) > 0 {
		var f codec.Frame
		n, err := p.Next(out, &f)
		if err != nil || f.Op == codec.OpNone {
			return append(lines, "(not an operation) "+escape(out))
		}
		text := out[:n]
		if f.Op == codec.OpInfo {
			text = goRelease.ReplaceAll(text, []byte(`"go":"..."`))
			if !full {
				text = []byte("INFO {...}\r\n")
			}
		}
		rest, whole := bytes.CutSuffix(text, []byte("\r\n"))
		line := escape(rest)
		if shown, blank := strings.CutSuffix(line, " "); blank {
			line = shown + `\x20`
		}
		if !whole {
			line += " (without CR LF)"
		}
		lines = append(lines, line)
		out = out[n:]
	}
	return lines
}
