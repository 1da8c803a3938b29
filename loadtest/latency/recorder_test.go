package latency

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// What is cut out second by second adds up to all, and runs of equal times are
// counted one by one.
func TestCutsAddUp(t *testing.T) {
	var r Recorder
	cuts := int64(0)
	for second := range int64(5) {
		for i := range int64(1000) {
			r.Record((second + 1) * 1000 * (1 + i/250))
		}
		var d Distribution
		r.Cut(&d)
		if d.Count() != 1000 {
			t.Errorf("second %d: %d times, want 1000", second, d.Count())
		}
		cuts += d.Count()
	}
	r.Record(1)
	var all Distribution
	r.All(&all)
	r.All(&all) // a second worker's, as it were
	if all.Count() != 2*(cuts+1) {
		t.Errorf("%d times in all, want %d", all.Count(), 2*(cuts+1))
	}
	r.Forget()
	var none Distribution
	r.All(&none)
	if none.Count() != 0 || none.At(99) != 0 || none.Summary() != (Summary{}) {
		t.Errorf("%d times after Forget", none.Count())
	}
}

func TestTimesOutOfRangeAreKept(t *testing.T) {
	var r Recorder
	r.Record(-5)
	r.Record(int64(48 * time.Hour))
	var d Distribution
	r.Cut(&d)
	if s := d.Summary(); s.Count != 2 || s.Min != 0 || s.Max < int64(59*time.Minute) {
		t.Errorf("%+v", s)
	}
}

func TestOutputForms(t *testing.T) {
	var r Recorder
	for i := range int64(1000) {
		r.Record(i * int64(time.Microsecond))
	}
	var d Distribution
	r.All(&d)
	text, err := json.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	var s Summary
	if err := json.Unmarshal(text, &s); err != nil || s.Count != 1000 || s.P50 < 498_000 || s.P50 > 502_000 {
		t.Errorf("JSON %s: %v", text, err)
	}
	var b strings.Builder
	if err := d.WriteHGRM(&b); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Value", "Percentile", "TotalCount", "1/(1-Percentile)", "#[Mean", "Total count"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %q in\n%s", part, b.String())
		}
	}
}

func TestRecordAlloc(t *testing.T) {
	var r Recorder
	r.Record(1)
	r.Record(2)
	n := int64(0)
	if a := testing.AllocsPerRun(1000, func() { n += 1000; r.Record(n) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}
