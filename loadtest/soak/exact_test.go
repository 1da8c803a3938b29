package soak

import (
	"fmt"
	"strings"
	"testing"
)

// The events of a window with QoS 2: "1:7" is the PUBLISH of message 1 with packet
// id 7, "1:7d" with DUP, "r7" a PUBREL, "-1" writes the next acknowledgement of
// message 1 (PUBREC, PUBCOMP), "=" says that everything written so far is taken, "!3"
// is another connection with Receive Maximum 3, "." the end.
func TestExactWindow(t *testing.T) {
	for _, c := range []struct{ name, events, fault string }{
		{"to the end", "1:1 -1 r1 -1 = 2:2 -2 r2 -2 = .", ""},
		{"identifier used before the end", "1:1 -1 r1 2:1", "in use"},
		{"identifier used after the end", "1:1 -1 r1 -1 2:1", ""},
		{"more than Receive Maximum", "1:1 -1 r1 2:2 3:3 4:4", "Receive Maximum"},
		{"PUBREL before PUBREC", "1:1 r1", "waits for something else"},
		{"PUBREL twice", "1:1 -1 r1 r1", "waits for something else"},
		{"PUBREL of nothing", "r1", "belongs to nothing"},
		{"PUBLISH again before PUBREC", "1:1 !3 1:1d -1 r1 -1 .", ""},
		{"PUBLISH again after PUBREC, which was lost", "1:1 -1 !3 1:1d -1 r1 -1 .", ""},
		{"PUBREL again after PUBREC", "1:1 -1 !3 r1 -1 .", ""},
		{"PUBREL, but no PUBREC was written", "1:1 !3 r1", "no PUBREC was written"},
		{"PUBREL again", "1:1 -1 r1 !3 r1 -1 .", ""},
		{"PUBREL again after PUBCOMP, which was lost", "1:1 -1 r1 -1 !3 r1 -1 .", ""},
		{"PUBCOMP was taken", "1:1 -1 r1 -1 !3 2:2 .", ""},
		{"PUBLISH again after PUBREL", "1:1 -1 r1 !3 1:1d", "after PUBREL"},
		{"PUBLISH again without DUP", "1:1 !3 1:1", "without DUP"},
		{"PUBLISH again with another identifier", "1:1 !3 1:2d", "packet id 2, was 1"},
		{"neither comes again", "1:1 -1 !3 2:2", "has not been resent"},
		{"PUBREL does not come again", "1:1 -1 r1 !3 .", "has not been resent"},
		{"again in order", "1:1 2:2 3:3 -1 r1 -2 !3 r1 2:2d 3:3d -1 -2 -3 r2 r3 -2 -3 = .", ""},
		{"again out of order", "1:1 2:2 -2 !3 r2", "has not been resent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := new(Clock)
			w := window{taken: func(int) {}}
			w.begin(3, false, false)
			held := make(map[int]*owed)
			fault := ""
			for _, e := range strings.Fields(c.events) {
				if fault != "" {
					t.Fatalf("a fault before %s: %s", e, fault)
				}
				var message, id int
				switch {
				case e == "=":
					w.settle(clock.Next())
				case e == ".":
					fault = w.rest()
				case e[0] == '!':
					fmt.Sscanf(e, "!%d", &id)
					w.begin(id, true, false)
				case e[0] == '-':
					fmt.Sscanf(e, "-%d", &message)
					w.acknowledge(held[message], clock.Next())
				case e[0] == 'r':
					fmt.Sscanf(e, "r%d", &id)
					_, fault = w.release(uint16(id))
				default:
					fmt.Sscanf(e, "%d:%d", &message, &id)
					stamp, dup := Stamp{0, message}, strings.HasSuffix(e, "d")
					var o *owed
					if o, fault = w.repeated(stamp, uint16(id), dup); o == nil {
						o, fault = w.arrive(stamp, uint16(id), dup, 0)
						o.exact = arrived
					}
					held[message] = o
				}
			}
			if c.fault == "" && fault != "" || !strings.Contains(fault, c.fault) {
				t.Errorf("fault %q, want %q", fault, c.fault)
			}
		})
	}
}
