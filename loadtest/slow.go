package loadtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// Slow is a Flow with readers that stall beside its subscribers. The subscribers
// must not suffer: what the stalling ones lose is counted and no failure.
type Slow struct {
	Flow
	Readers int           // that stall
	Stall   time.Duration // how long they do not read; 0: until the end
	Every   time.Duration // from the start of one stall to that of the next
	Buffer  int           // bytes of their kernels' receive buffers
}

// Run runs the flow.
func (s Slow) Run(ctx context.Context, o Options) (*Report, error) {
	switch {
	case s.Readers < 1:
		return nil, errors.New("--readers must be at least 1")
	case s.Subscribers < 1:
		return nil, errors.New("--sub must be at least 1: slow readers are compared with others")
	case s.Stall < 0 || s.Stall > 0 && s.Every <= s.Stall:
		return nil, errors.New("--every must be longer than --stall")
	}
	return runFlows(ctx, o, "slow", &slowReaders{Slow: s}, s.Flow)
}

// SlowReaders is what happened to readers that stall.
type SlowReaders struct {
	Readers  int    `json:"readers"`
	Received uint64 `json:"received"`
	Lost     uint64 `json:"lost"`
	Cut      int    `json:"cut"` // closed by the server
	// CutAfter is how long after the start of a stall the first was closed and
	// the median was, as far as they could see it, in seconds.
	CutFirst  float64 `json:"cut_first_seconds,omitempty"`
	CutMedian float64 `json:"cut_median_seconds,omitempty"`
}

// slowReaders are beside a flow.
type slowReaders struct {
	Slow
	to   client.Options
	list []*slowReader
}

// slowReader is a subscriber that no group waits for.
type slowReader struct {
	*subscriber
	stalled int64 // when its last stall began
	cut     int64 // when it was closed; 0: it was not
}

func (s *slowReaders) join(f *flow, jobs [][]job) (int, error) {
	s.to = f.to
	s.to.ReadBuffer = s.Buffer
	for i := range s.Readers {
		r := &slowReader{subscriber: f.newSubscriber(f.Subscribers + i)}
		r.counts = &r.w.slow
		s.list = append(s.list, r)
		jobs[r.w.index] = append(jobs[r.w.index], func(int64) *client.Client {
			r.c = r.w.loop.Dial(&s.to, fmt.Sprintf("load-%04x-slow-%d", f.stage.tag, i), i, r)
			return r.c
		})
	}
	return s.Readers, nil
}

// Closed is no failure once the reader was there: it is what it is for.
func (r *slowReader) Closed(c *client.Client, err error) {
	if !r.joined {
		r.subscriber.Closed(c, err)
		return
	}
	r.w.failed(fmt.Sprintf("slow %s reader", c.Speaks()), err)
	r.cut = clock()
}

// staller makes the readers of one worker stall.
type staller struct {
	readers      []*slowReader
	next         int64 // when the next stall, or its end, is due
	stalling     bool
	stall, every int64
}

func (s *slowReaders) start(f *flow) {
	f.stage.each(func(w *worker) {
		st := &staller{next: clock() + int64(startIn), stall: int64(s.Stall), every: int64(s.Every)}
		for _, r := range s.list {
			if r.w == w {
				st.readers = append(st.readers, r)
			}
		}
		w.actors = append(w.actors, st)
	})
}

func (s *staller) act(now int64) int64 {
	if now < s.next {
		return s.next
	}
	s.stalling = !s.stalling
	for _, r := range s.readers {
		r.c.Pause(s.stalling)
		if s.stalling && r.c.Open() {
			r.stalled = now
		}
	}
	switch {
	case s.stalling && s.stall == 0:
		s.next = never
	case s.stalling:
		s.next = now + s.stall
	default:
		s.next = now + s.every - s.stall
	}
	return s.next
}

// stop lets everyone read what there is left.
func (s *slowReaders) stop(f *flow) {
	f.stage.each(func(w *worker) {
		w.actors = slices.DeleteFunc(w.actors, func(a actor) bool { _, ok := a.(*staller); return ok })
		for _, r := range s.list {
			if r.w == w {
				r.c.Pause(false)
			}
		}
	})
}

func (s *slowReaders) report(f *flow, r *Run) {
	s.settle(f)
	result := &SlowReaders{Readers: len(s.list)}
	var after []float64
	sent := make([]uint64, len(f.publishers))
	f.stage.each(func(w *worker) {
		for _, p := range f.pumps[w.index].pubs {
			sent[p.index] = uint64(p.next)
		}
	})
	for _, reader := range s.list {
		done := make(chan struct{})
		reader.w.order(func() {
			for i := range reader.ledgers {
				result.Lost += reader.ledgers[i].Lost(sent[reader.place+i*f.groups()])
			}
			if reader.cut != 0 {
				result.Cut++
				after = append(after, float64(reader.cut-reader.stalled)/1e9)
			}
			reader.c.Leave()
			reader.c.Close()
			close(done)
		})
		<-done
	}
	_, slow := f.stage.totals()
	result.Received = slow.Received
	if len(after) > 0 {
		slices.Sort(after)
		result.CutFirst, result.CutMedian = after[0], after[len(after)/2]
	}
	r.Slow = result
}

// settle waits until the slow readers get no more.
func (s *slowReaders) settle(f *flow) {
	const still = 300 * time.Millisecond
	_, before := f.stage.totals()
	for end := time.Now().Add(f.stage.o.Patience); time.Now().Before(end); {
		f.stage.until(context.Background(), time.Now().Add(still), func() bool { return false })
		_, now := f.stage.totals()
		if now.Received == before.Received {
			return
		}
		before = now
	}
}

func (s *SlowReaders) writeText(t *table) {
	t.row("slow readers", "%d: received %s, lost %s; %d cut by the server", s.Readers, whole(s.Received), whole(s.Lost), s.Cut)
	if s.Cut > 0 {
		t.row("", "noticed %s after the beginning of a stall by the first, %s by the median", span(time.Duration(s.CutFirst*1e9)), span(time.Duration(s.CutMedian*1e9)))
	}
}
