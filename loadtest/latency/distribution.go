package latency

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Distribution is a set of times, collected from Recorders. The zero value is
// empty.
type Distribution struct{ h *hdr.Histogram }

func (d *Distribution) merge(h *hdr.Histogram) {
	if d.h == nil {
		d.h = newHistogram()
	}
	d.h.Merge(h)
}

// Count is the number of times.
func (d *Distribution) Count() int64 {
	if d == nil || d.h == nil {
		return 0
	}
	return d.h.TotalCount()
}

// At is the time that percent of all times do not exceed.
func (d *Distribution) At(percent float64) time.Duration {
	if d.Count() == 0 {
		return 0
	}
	return time.Duration(d.h.ValueAtPercentile(percent))
}

// Summary is a distribution as it stands in reports, in ns.
type Summary struct {
	Count  int64   `json:"count"`
	Min    int64   `json:"min_ns"`
	Mean   float64 `json:"mean_ns"`
	StdDev float64 `json:"stddev_ns"`
	P50    int64   `json:"p50_ns"`
	P75    int64   `json:"p75_ns"`
	P90    int64   `json:"p90_ns"`
	P95    int64   `json:"p95_ns"`
	P99    int64   `json:"p99_ns"`
	P999   int64   `json:"p99_9_ns"`
	P9999  int64   `json:"p99_99_ns"`
	Max    int64   `json:"max_ns"`
}

// Summary returns the figures of a report; all 0 if d is empty.
func (d *Distribution) Summary() Summary {
	if d.Count() == 0 {
		return Summary{}
	}
	at := func(percent float64) int64 { return d.h.ValueAtPercentile(percent) }
	return Summary{
		Count: d.h.TotalCount(), Min: d.h.Min(), Mean: d.h.Mean(), StdDev: d.h.StdDev(),
		P50: at(50), P75: at(75), P90: at(90), P95: at(95),
		P99: at(99), P999: at(99.9), P9999: at(99.99), Max: d.h.Max(),
	}
}

// MarshalJSON writes the summary.
func (d *Distribution) MarshalJSON() ([]byte, error) { return json.Marshal(d.Summary()) }

// WriteHGRM writes the percentiles in ms in HdrHistogram's text format, which
// its plotters read.
func (d *Distribution) WriteHGRM(to io.Writer) error {
	h := d.h
	if h == nil {
		h = newHistogram()
	}
	if _, err := h.PercentilesPrint(to, 5, float64(time.Millisecond)); err != nil {
		return fmt.Errorf("percentiles: %w", err)
	}
	return nil
}
