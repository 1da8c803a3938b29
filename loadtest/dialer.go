package loadtest

import (
	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/latency"
)

// dialer opens the connections of one worker, at a rate or as fast as the server
// lets at most so many enter at once.
type dialer struct {
	jobs     []func(at int64) *client.Client // at: when it was to begin
	most     int                             // that are being opened; 0: any number
	schedule *latency.Schedule               // nil: as fast as possible
	opening  []*client.Client
	done     int // jobs
}

func (d *dialer) act(now int64) int64 {
	d.sweep()
	due := len(d.jobs)
	if d.schedule != nil {
		due = int(min(int64(due), d.schedule.Due(now)))
	}
	for d.done < due && (d.most == 0 || len(d.opening) < d.most) {
		at := now
		if d.schedule != nil {
			at = d.schedule.At(int64(d.done))
		}
		d.opening = append(d.opening, d.jobs[d.done](at))
		d.jobs[d.done] = nil
		d.done++
		if d.most == 0 && len(d.opening) > 1024 {
			d.sweep()
		}
	}
	if d.done < len(d.jobs) && d.schedule != nil && d.done == due {
		return d.schedule.At(int64(d.done))
	}
	return never
}

// sweep forgets those that are open or could not be opened.
func (d *dialer) sweep() {
	kept := d.opening[:0]
	for _, c := range d.opening {
		if !c.Settled() {
			kept = append(kept, c)
		}
	}
	clear(d.opening[len(kept):])
	d.opening = kept
}
