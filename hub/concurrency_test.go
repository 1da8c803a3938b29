package hub_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
)

// mailboxes take mails from lanes that run at the same time.
type mailboxes struct {
	sync.Mutex
	waiting [][]*hub.Mail
}

func (b *mailboxes) take(lane int) []*hub.Mail {
	b.Lock()
	defer b.Unlock()
	list := b.waiting[lane]
	b.waiting[lane] = nil
	return list
}

// Four lanes run at once: sessions subscribe, leave, lose and find their
// clients, acknowledge, publish to each other, plainly and in groups. The race
// detector watches; in the end what was reserved has been given back.
func TestLanesAtOnce(t *testing.T) {
	const lanes, turns = 4, 1500
	for _, strategy := range []hub.Strategy{hub.RoundRobin, hub.Sticky, hub.HashTopic} {
		w := newLanes(lanes, hub.Options{Strategy: strategy, CachedRoutes: 8, MaxStored: 100 << 10})
		boxes := &mailboxes{waiting: make([][]*hub.Mail, lanes)}
		for i := range lanes {
			w.Lane(i).SetPost(func(to int, m *hub.Mail) {
				boxes.Lock()
				defer boxes.Unlock()
				boxes.waiting[to] = append(boxes.waiting[to], m)
			})
		}
		receive := func(lane int) (any bool) {
			for _, m := range boxes.take(lane) {
				any = true
				w.turn(lane, func(l *hub.Lane) {
					for done := false; !done; {
						_, done = l.Receive(m, 1<<20)
					}
					m.Done()
				})
			}
			return any
		}
		limits := &hub.QuotaLimits{Messages: 50, Bytes: 1 << 20}
		var sessions [lanes][]*mqttSession
		var wg sync.WaitGroup
		for lane := range lanes {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(lane), 7))
				for range 5 {
					sessions[lane] = append(sessions[lane], w.session(lane, limits))
				}
				filters := []string{"a", "b", "+", "#", "a/+"}
				var gone []*receiver // acknowledged at the end
				for range turns {
					s := sessions[lane][r.IntN(5)]
					switch k := r.IntN(10); {
					case k < 2 && !s.offline && len(s.subs) < 4:
						share := []string{"", "", "g"}[r.IntN(3)]
						w.subscribe(s.sub(filters[r.IntN(len(filters))], share, uint8(r.IntN(3)), false))
					case k < 3 && !s.offline && len(s.subs) > 0:
						last := len(s.subs) - 1
						w.unsubscribe(s.subs[last])
						gone, s.subs = append(gone, s.subs[last]), s.subs[:last]
					case k < 4:
						w.mark(s, !s.offline)
					case k < 6:
						w.acknowledge(s.subs...)
					case k < 9:
						w.tell(lane, &s.pub, []string{"a", "b", "a.b"}[r.IntN(3)], "x", uint8(r.IntN(3)))
					default:
						receive(lane)
					}
				}
				w.acknowledge(gone...)
			})
		}
		wg.Wait()
		for again := true; again; {
			again = false
			for lane := range lanes {
				again = receive(lane) || again
			}
		}
		for lane := range lanes {
			for _, s := range sessions[lane] {
				w.acknowledge(s.subs...)
				if used, bytes := s.quota.Used(); used != 0 || bytes != 0 {
					t.Errorf("%v: %d messages of %d bytes are left reserved", strategy, used, bytes)
				}
			}
		}
		if n := w.Stored(); n != 0 {
			t.Errorf("%v: %d bytes are left stored", strategy, n)
		}
	}
}
