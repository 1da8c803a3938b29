package soak

import (
	"math"
	"sync/atomic"
)

// Tick is a moment in a round. Ticks are unique; a smaller one was taken
// earlier, on whichever goroutine.
type Tick int64

// Never is later than every tick: what has not happened.
const Never Tick = math.MaxInt64

// Clock hands out ticks, to any goroutine.
type Clock struct{ last atomic.Int64 }

// Next is the present moment.
func (c *Clock) Next() Tick { return Tick(c.last.Add(1)) }
