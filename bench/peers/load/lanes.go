package load

import (
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

// Lanes measures how long one publication at a time takes on a lane of an
// isthmus with two lanes, while a flood keeps the other lane busy: in the same
// process or, which is what to compare that with, in another that serves nobody
// else.
type Lanes struct {
	Flood   Flow    `json:"flood"`
	Into    bool    `json:"into"`    // the flood's subscriber is on the lane that is timed
	Against string  `json:"against"` // Quiet, Elsewhere or Beside
	Size    int     `json:"size"`    // payload bytes of what is timed
	Seconds float64 `json:"seconds"`
	Other   Target  `json:"other"` // the other process
}

// What Lanes.Against can be.
const (
	Quiet     = "quiet"     // no flood
	Elsewhere = "elsewhere" // a flood in the other process
	Beside    = "beside"    // a flood in the same process
)

// What each of the two lanes is for.
const (
	flooded = 0
	timed   = 1
)

func (l *Lanes) run(t Target) (Sample, error) {
	// Both threads are in the kernel most of the time, and none shall wait for
	// the other to come back.
	runtime.GOMAXPROCS(4)
	at := &placement{target: t}
	p := &Pairs{From: "mqtt", To: "mqtt", Size: l.Size}
	pair, err := p.connect(t, "bench.timed", at.mqtt("sub", timed), at.mqtt("pub", timed))
	if err != nil {
		return Sample{}, err
	}
	took, err := pair.time(make([]int64, 0, 1<<20), warmUp)
	if err != nil {
		return Sample{}, err
	}
	if l.Against == Quiet {
		return l.measure(t, pair, took[:0])
	}
	flood, err := l.open(at, pair)
	if err != nil {
		return Sample{}, err
	}
	var enough atomic.Bool
	ended, began := make(chan error, 1), time.Now()
	go func() {
		runtime.LockOSThread()
		ended <- flood.keep(flood, func(time.Time) bool { return !enough.Load() })
	}()
	time.Sleep(warmUp)
	s, err := l.measure(t, pair, took[:0])
	enough.Store(true)
	if err := errors.Join(err, <-ended); err != nil {
		return Sample{}, err
	}
	s.FloodRate = float64(flood.delivered()) / time.Since(began).Seconds()
	return s, nil
}

func (l *Lanes) duration() time.Duration { return time.Duration(l.Seconds * float64(time.Second)) }

// open connects the flood and looks where its connections went.
func (l *Lanes) open(at *placement, timedPair *pair) (*stream, error) {
	if l.Against == Elsewhere {
		at = &placement{target: l.Other}
	}
	flood, err := l.Flood.open(at.target, func(subscriber bool, id string) (string, error) {
		if subscriber && l.Into {
			return id, at.nats(timed)
		}
		return id, at.nats(flooded)
	})
	if err != nil {
		return nil, err
	}
	pub, err := epollSet(at.target.PID, flood.publishers[0].conn)
	if err != nil {
		return nil, err
	}
	sub, err := epollSet(at.target.PID, flood.subscribers[0].conn)
	if err != nil {
		return nil, err
	}
	if (pub == sub) == l.Into {
		return nil, errors.New("the flood is not on the lanes that it was meant for")
	}
	if l.Against == Elsewhere {
		return flood, nil
	}
	for _, c := range []*conn{timedPair.publisher.conn, timedPair.subscriber.conn} {
		if set, err := epollSet(at.target.PID, c); err != nil {
			return nil, err
		} else if set == pub {
			return nil, errors.New("the timed pair is on the lane of the flood")
		}
	}
	return flood, nil
}

// measure times the pair. It appends to took, which is empty.
func (l *Lanes) measure(t Target, p *pair, took []int64) (Sample, error) {
	m, err := startMeter(t.PID)
	if err != nil {
		return Sample{}, err
	}
	if took, err = p.time(took, l.duration()); err != nil {
		return Sample{}, err
	}
	s, err := m.stop(int64(len(took)))
	s.P50, s.P99 = percentiles(took)
	return s, err
}
