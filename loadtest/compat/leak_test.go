package e2e

import (
	"fmt"
	"testing"
)

// What five hundred clients of each protocol have left behind: no descriptor,
// no goroutine, next to no memory.
func TestConnectionsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	visit := func(t *testing.T, s *server, i int) {
		t.Helper()
		n := s.rawNATS(t, connect0+fmt.Sprintf("SUB leak.%d 1\r\nSUB leak.> q 2\r\nPING\r\n", i))
		n.expect(t, "PONG\r\n")
		m := s.rawMQTT(t, byte(3+i%3), 60)
		m.send(t, mqttSubscribe(byte(3+i%3), fmt.Sprintf("leak/%d/#", i)))
		m.packet(t)
		if i%2 == 0 { // the other half leaves without a word
			m.send(t, "\xe0\x00")
			m.rest(t)
		}
		if i%5 == 0 {
			n.send(t, "NONSENSE\r\n")
			n.rest(t)
		}
		n.Close()
		m.Close()
	}
	run := func(t *testing.T, lanes string, visits int) (goroutines int) {
		s := start(t, "--lanes", lanes)
		for i := range 10 { // what is made at the first use
			visit(t, s, i)
		}
		var fds int
		eventually(t, "a quiet server", func() bool {
			before := fds
			fds = s.fds()
			return before == fds && fds < 60
		})
		before := s.memory("VmRSS")
		for i := range visits {
			visit(t, s, i)
		}
		eventually(t, fmt.Sprintf("the descriptors to come back to %d", fds), func() bool { return s.fds() <= fds })
		if grown := s.memory("VmRSS") - before; grown > 24<<20 && !raceMode {
			t.Errorf("memory grew by %d KiB", grown>>10)
		}
		goroutines = s.quit()
		t.Logf("after %d visits: %d descriptors, %d goroutines", visits, fds, goroutines)
		return goroutines
	}
	for _, lanes := range []string{"1", "4"} {
		t.Run("lanes="+lanes, func(t *testing.T) {
			t.Parallel()
			few, many := run(t, lanes, 0), run(t, lanes, 500)
			if few == 0 || many > few+3 {
				t.Errorf("%d goroutines after few visits, %d after many", few, many)
			}
		})
	}
}
