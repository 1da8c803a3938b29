package translate

import (
	"bytes"
	"strings"

	"github.com/isthmus-mq/isthmus/codec/nats"
)

// Headers by which NATS clients ask for the trace of a message, and the
// destination that stands for none.
const (
	headerTraceDest = "Nats-Trace-Dest"
	headerTraceOnly = "Nats-Trace-Only"
	traceDisabled   = "trace disabled"
)

// TraceOnly tells whether the header block of a NATS publish asks for the trace
// of the message and not for its delivery. As in nats-server, the names are exact,
// the first of each counts, and there must be a destination.
func TraceOnly(block []byte) bool {
	if !bytes.Contains(block, []byte(headerTraceOnly)) {
		return false
	}
	var dest, only string
	headers := nats.IterHeaders(block)
	for key, value, ok := headers.Next(); ok; key, value, ok = headers.Next() {
		value := strings.TrimRight(string(value), " \t")
		switch string(key) {
		case headerTraceDest:
			if value == traceDisabled {
				return false
			}
			dest = first(dest, value)
		case headerTraceOnly:
			only = first(only, value)
		}
	}
	switch strings.ToLower(only) {
	case "1", "true", "on":
		return dest != ""
	}
	return false
}

func first(have, value string) string {
	if have != "" {
		return have
	}
	return value
}
