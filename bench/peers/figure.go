package main

import (
	"fmt"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// figure is one number that samples hold.
type figure struct {
	title string
	of    func(load.Sample) float64
	text  func(float64) string
}

var (
	rate    = figure{"rate/s", load.Sample.Rate, compact}
	cpu     = figure{"CPU µs", load.Sample.MicrosEach, digits}
	p50     = figure{"p50 µs", func(s load.Sample) float64 { return float64(s.P50) / 1e3 }, digits}
	p99     = figure{"p99 µs", func(s load.Sample) float64 { return float64(s.P99) / 1e3 }, digits}
	flooded = figure{"flood/s", func(s load.Sample) float64 { return s.FloodRate }, compact}

	perConnection = figure{"B/conn", func(s load.Sample) float64 { return float64(s.GrownBytes) / float64(s.Count) }, whole}
	settled       = figure{"B/conn settled", func(s load.Sample) float64 { return float64(s.SettledBytes) / float64(s.Count) }, whole}
	idleCPU       = figure{"idle CPU %", func(s load.Sample) float64 { return s.IdlePercent }, digits}
	setUp         = figure{"set-up CPU µs", load.Sample.MicrosEach, digits}
	closing       = figure{"close CPU µs", func(s load.Sample) float64 { return float64(s.CloseCPU) / 1e3 / float64(s.Count) }, digits}

	perSubscription = figure{"B/sub", func(s load.Sample) float64 { return float64(s.GrownBytes) / float64(s.Subscriptions) }, whole}
	subscribing     = figure{"CPU µs/sub", func(s load.Sample) float64 { return float64(s.SubscribeCPU) / 1e3 / float64(s.Subscriptions) }, digits}
)

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }

// digits renders three of them, and more before the point.
func digits(v float64) string {
	if v >= 1000 {
		return whole(v)
	}
	return fmt.Sprintf("%.3g", v)
}

// compact renders a rate with three digits: 12.3 M, 456 k.
func compact(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.3g M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.3g k", v/1e3)
	}
	return fmt.Sprintf("%.3g", v)
}
