package translate

import (
	"strings"
	"testing"
)

func TestWhichHeadersAskForTheTraceAlone(t *testing.T) {
	for _, c := range []struct {
		lines string
		want  bool
	}{
		{"Nats-Trace-Dest: t|Nats-Trace-Only: true", true},
		{"Nats-Trace-Only:1|Nats-Trace-Dest:t", true},
		{"Nats-Trace-Dest: t|Nats-Trace-Only: \tON \t", true},
		{"A: b|Nats-Trace-Dest: t|Nats-Trace-Only: True|C: d", true},
		{"Nats-Trace-Dest: t|Nats-Trace-Only:|Nats-Trace-Only: true", true}, // an empty one is none
		{"Nats-Trace-Dest: t|Nats-Trace-Only: false|Nats-Trace-Only: true", false},
		{"Nats-Trace-Dest: t", false},
		{"Nats-Trace-Only: true", false},
		{"Nats-Trace-Dest: |Nats-Trace-Only: true", false},
		{"Nats-Trace-Dest: trace disabled|Nats-Trace-Only: true", false},
		{"Nats-Trace-Dest: t|Nats-Trace-Only: yes", false},
		{"nats-trace-dest: t|nats-trace-only: true", false},
		{"Nats-Trace-Dest: t|Note: Nats-Trace-Only: true", false},
		{"", false},
	} {
		block := "NATS/1.0\r\n" + strings.ReplaceAll(c.lines, "|", "\r\n") + "\r\n\r\n"
		if got := TraceOnly([]byte(block)); got != c.want {
			t.Errorf("%q: %v", c.lines, got)
		}
	}
	if TraceOnly([]byte("garbage Nats-Trace-Only: true")) || TraceOnly(nil) {
		t.Error("what is no header block asks for nothing")
	}
}
