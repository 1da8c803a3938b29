package main

import "fmt"

// target is what the product has to reach in one figure of one row: the floor,
// below which it fails, and the goal.
type target struct {
	row         string
	figure      *figure
	is          measure
	floor, goal float64
}

// measure is how a figure of the product becomes the number that floor and goal
// are about.
type measure int

const (
	timesLess measure = iota // the best peer's is so many times the product's, or more
	share                    // the product's is such a part of the best peer's, or less
	most                     // the product's is so much, or less
	extra                    // churn adds such a part to the stream's, or less
)

// reached tells whether v is as good as limit.
func (m measure) reached(v, limit float64) bool {
	if m == timesLess {
		return v >= limit
	}
	return v <= limit
}

// text renders a limit or what is compared with it.
func (m measure) text(v float64) string {
	switch m {
	case timesLess:
		return fmt.Sprintf("%.1f×", v)
	case share:
		return fmt.Sprintf("%.2f×", v)
	case extra:
		return fmt.Sprintf("%+.0f %%", v*100)
	}
	return fmt.Sprintf("%.0f", v)
}

// sign says on which side of a limit is better.
func (m measure) sign() string {
	if m == timesLess {
		return "≥ "
	}
	return "≤ "
}

// targets is what the project has set itself: see docs/performance.md.
var targets = []target{
	{"N-N/a16", &cpu, timesLess, 6, 10},
	{"N-N/a256", &cpu, timesLess, 2.5, 3.5},
	{"N-N/t1000", &cpu, timesLess, 4, 6},
	{"N-N/u", &cpu, timesLess, 2, 4},
	{"N-N/b100", &cpu, timesLess, 4.5, 7},
	{"N-N/b1000", &cpu, timesLess, 7, 12},
	{"N-N/b1000u", &cpu, timesLess, 5, 8},
	{"N-N/c100", &cpu, timesLess, 3, 4.5},
	{"N-N/p100", &cpu, timesLess, 2.5, 3.5},
	{"N-N/2l", &cpu, timesLess, 4, 7},
	{"N-N/d1000", &cpu, timesLess, 1.5, 1.9},
	{"N-N/d1000", &p50, share, 1, 1},
	{"N-N/d1000", &p99, share, 1, 1},
	{"N-N/d32", &cpu, timesLess, 1.5, 1.9},
	{"N-N/d32", &p50, share, 1, 1},
	{"N-N/d32", &p99, share, 1, 1},
	{"N-N/d1", &cpu, timesLess, 1.5, 2.1},
	{"N-N/d1", &p50, share, 0.9, 0.75},
	{"N-N/d1", &p99, share, 1, 1},
	{"N-N/d5k", &cpu, timesLess, 1.5, 2.1},
	{"N-N/d5k", &p50, share, 0.9, 0.75},
	{"N-N/d5k", &p99, share, 1, 1},

	{"N-M/a16", &cpu, timesLess, 10, 18},
	{"N-M/a256", &cpu, timesLess, 5, 8},
	{"N-M/u", &cpu, timesLess, 2, 4},
	{"N-M/b1000", &cpu, timesLess, 15, 28},
	{"N-M/2l", &cpu, timesLess, 4, 7},

	{"M-N/a16", &cpu, timesLess, 9, 16},
	{"M-N/a256", &cpu, timesLess, 4, 7},
	{"M-N/u", &cpu, timesLess, 2, 4},
	{"M-N/b1000", &cpu, timesLess, 7, 12},
	{"M-N/2l", &cpu, timesLess, 4, 7},

	{"M-M/a16", &cpu, timesLess, 15, 28},
	{"M-M/u", &cpu, timesLess, 2, 4},
	{"M-M/b1000", &cpu, timesLess, 11, 20},
	{"M-M/2l", &cpu, timesLess, 4, 7},
	{"M-M/d1000", &cpu, timesLess, 1, 1.25},
	{"M-M/d1", &cpu, timesLess, 0.9, 1.2},
	{"M-M/d5k", &cpu, timesLess, 0.9, 1.2},

	{"M1-M1/a16", &cpu, timesLess, 3, 5},
	{"M1-M1/a256", &cpu, timesLess, 3, 5},
	{"M1-M1/w16", &cpu, timesLess, 3, 5},
	{"M1-M1/t1000", &cpu, timesLess, 3, 5},
	{"M1-M1/b100", &cpu, timesLess, 3, 6},
	{"N1-M1/a16", &cpu, timesLess, 3, 5},
	{"N1-M1/a256", &cpu, timesLess, 3, 5},
	{"N1-M1/t1000", &cpu, timesLess, 3, 5},
	{"N1-M1/b100", &cpu, timesLess, 3, 6},

	{"N/m100k", &perSubscription, most, 450, 250},
	{"N/m100k", &cpu, timesLess, 4, 8},
	{"M/m100k", &perSubscription, most, 450, 250},
	{"M/m100k", &cpu, timesLess, 4, 8},
	{"N/m1M", &perSubscription, most, 450, 250},
	{"N/m1M", &cpu, timesLess, 4, 8},
	{"M/m1M", &perSubscription, most, 450, 250},
	{"M/m1M", &cpu, timesLess, 4, 8},

	{"churn/a16/other", &cpu, extra, 0.2, 0.1},
	{"churn/a16/same", &cpu, extra, 0.5, 0.25},
	{"churn/t1000/other", &cpu, extra, 0.2, 0.1},
	{"churn/t1000/same", &cpu, extra, 0.5, 0.25},

	{"N/idle", &perConnection, most, 2048, 1400},
	{"M/idle", &perConnection, most, 2048, 1400},
	{"N/storm", &cpu, timesLess, 2.2, 2.5},
	{"M/storm", &cpu, share, 1.3, 1.1},
}

// untargeted are the rows that are measured to be seen: what they show has no
// target of its own.
var untargeted = []string{
	"N-M/t1000", "N-M/b100", "N-M/c100", "N-M/p100", "N-M/d1000", "N-M/d32", "N-M/d1", "N-M/d5k",
	"M-N/t1000", "M-N/b100", "M-N/b1000u", "M-N/c100", "M-N/p100", "M-N/d1000", "M-N/d32", "M-N/d1", "M-N/d5k",
	"M-M/a256", "M-M/t1000", "M-M/b100", "M-M/c100", "M-M/p100", "M-M/d32",
	"lanes/within", "lanes/into",
}

// core tells whether the row belongs to the short comparison: it has a target,
// and is not slow.
func (r Row) core() bool {
	for _, t := range targets {
		if t.row == r.Name {
			return !r.Slow
		}
	}
	return false
}
