package soak

import (
	"slices"
	"strings"
	"testing"
)

// The events of a window as one would tell them: "1:7" receives message 1 with
// packet id 7, "1:7d" with DUP, "-1" writes its PUBACK, "=" says that everything
// written so far is taken, "!3" is another connection with Receive Maximum 3, in
// a group whose other members were there, "." the end.
func TestWindow(t *testing.T) {
	cases := []struct {
		name, events, fault string
		moves               bool
	}{
		{"acknowledged one by one", "1:1 -1 2:2 -2 = .", "", false},
		{"more than Receive Maximum", "1:1 2:2 3:3 4:4", "Receive Maximum", false},
		{"room again", "1:1 2:2 3:3 -2 4:4 .", "", false},
		{"identifier in use", "1:1 2:1", "in use", false},
		{"identifier used again", "1:1 -1 2:1", "", false},
		{"resent in order", "1:1 2:2 !3 1:1d 2:2d 3:3 .", "", false},
		{"resent without DUP", "1:1 !3 1:1", "without DUP", false},
		{"resent with another identifier", "1:1 !3 1:2d", "packet id 2, was 1", false},
		{"not resent before the next", "1:1 !3 2:2", "has not been resent", false},
		{"not resent at all", "1:1 !3 .", "has not been resent", false},
		{"resent out of order", "1:1 2:2 !3 2:2d", "has not been resent", false},
		{"PUBACK may have been taken", "1:1 -1 2:2 !3 2:2d .", "", false},
		{"PUBACK may have been lost", "1:1 -1 2:2 !3 1:1d 2:2d .", "", false},
		{"sent but never seen", "1:1 !3 1:1d 2:2d 3:3 .", "", false},
		{"DUP after the queue has begun", "1:1 !3 1:1d 2:2 3:3d", "resending is over", false},
		{"DUP on a first connection", "1:1d", "resending is over", false},
		{"resent over several connections", "1:1 2:2 3:3 !1 1:1d !1 1:1d -1 2:2d -2 3:3d -3 4:4 .", "", false},
		{"lost over several connections", "1:1 2:2 !1 1:1d !1 1:1d -1 3:3", "has not been resent", false},
		{"a group's copies go elsewhere", "1:1 2:2 !3 3:3 1:4d .", "", true},
		{"a group's copies stay although others are there", "1:1 2:2 !3 3:3 1:1d", "stayed", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			clock := new(Clock)
			w := window{moves: c.moves, taken: func(int) {}}
			w.begin(3, false, false)
			held := make(map[string]*owed)
			fault := ""
			for event := range strings.FieldsSeq(c.events) {
				if fault != "" {
					t.Fatalf("%q before %s", fault, event)
				}
				switch event[0] {
				case '-':
					w.acknowledge(held[event[1:]], clock.Next())
				case '=':
					w.settle(clock.Next())
				case '!':
					w.begin(int(event[1]-'0'), true, true)
				case '.':
					fault = w.rest()
				default:
					number, id, _ := strings.Cut(strings.TrimSuffix(event, "d"), ":")
					held[number], fault = w.arrive(Stamp{0, int(number[0])}, uint16(id[0]-'0'), strings.HasSuffix(event, "d"), 0)
				}
			}
			if (fault == "") != (c.fault == "") || !strings.Contains(fault, c.fault) {
				t.Errorf("got %q, want %q", fault, c.fault)
			}
		})
	}
}

// What the server passes over when it resends, it has taken.
func TestWindowTellsWhatWasTaken(t *testing.T) {
	var taken []int
	w := window{taken: func(log int) { taken = append(taken, log) }}
	w.begin(9, false, false)
	var all []*owed
	for i := range 4 {
		o, _ := w.arrive(Stamp{0, i}, uint16(1+i), false, 10+i)
		all = append(all, o)
	}
	w.acknowledge(all[0], 1)
	w.settle(2)
	w.acknowledge(all[1], 3)
	w.begin(9, true, false)
	w.arrive(Stamp{0, 2}, 3, true, 20)
	if want := []int{10, 11}; !slices.Equal(taken, want) {
		t.Errorf("taken: %v, want %v", taken, want)
	}
}

func TestPayloads(t *testing.T) {
	for _, size := range []int{0, 1, 7, 100, 70000} {
		s := Stamp{Publisher: 12, Number: 345}
		p := s.AppendPayload(nil, size)
		if got, ok := ParsePayload(p); !ok || got != s {
			t.Errorf("size %d: got %v, %v", size, got, ok)
		}
		if size < 100 {
			continue
		}
		p[size/2]++
		if _, ok := ParsePayload(p); ok {
			t.Errorf("size %d: an altered byte is not seen", size)
		}
		p[size/2]--
		if _, ok := ParsePayload(p[:size-1]); ok {
			t.Errorf("size %d: a missing byte is not seen", size)
		}
	}
}
