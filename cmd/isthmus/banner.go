package main

import (
	"fmt"
	"io"

	"github.com/isthmus-mq/isthmus/server"
)

// banner says what listens where, in the log's place but for people.
func banner(to io.Writer, s *server.Server, o server.Options) {
	fmt.Fprintf(to, "isthmus %s\n", o.Version)
	for _, l := range []struct{ name, speaks, try string }{
		{server.ListenerNATS, "NATS", "nats sub '>'"},
		{server.ListenerMQTT, "MQTT 3.1, 3.1.1, 5.0", "mosquitto_sub -t '#'"},
	} {
		if a := s.Addr(l.name); a != nil {
			fmt.Fprintf(to, "  %-5s %-22s %-21s try: %s\n", l.name, a, l.speaks, l.try)
		}
	}
	if o.Mountpoint != "" {
		fmt.Fprintf(to, "  NATS clients are mounted at %s\n", o.Mountpoint)
	}
	fmt.Fprintf(to, "  %d lanes, up to %d connections, payloads up to %d bytes, no authentication\n",
		s.Lanes(), s.MaxConnections(), o.MaxPayload)
	if limit, ok := limitInForce(); ok {
		fmt.Fprintf(to, "  memory limit of Go's runtime %d bytes\n", limit)
	}
}
