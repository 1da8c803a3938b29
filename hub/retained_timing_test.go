//go:build !race

package hub_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
)

// retainedTopic has 1000 texts for the second level and 1000 for the third.
func retainedTopic(i int) string { return fmt.Sprintf("dev/%03d/s%03d/temp", i%1000, i/1000) }

// retainedMillion is a hub in which a million messages of 16 bytes are retained; half
// of them expire some day.
var retainedMillion = sync.OnceValue(func() *lanes {
	w, clocks := retainedLanes(1, hub.Options{})
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, i := range rnd.Perm(1_000_000) {
		m := message.Message{Subject: []byte(subjectOf(retainedTopic(i))), Payload: make([]byte, 16), Origin: message.FromMQTT}
		deadline := time.Duration(0)
		if i%2 == 0 {
			deadline = clocks[0].now + time.Hour
		}
		w.Retained().Set(w.Lane(0), &m, deadline, nil, 0)
	}
	return w
})

// The time is of one subscription that is answered with all that it matches among a
// million retained messages; the metrics are how many, and the time for each.
func BenchmarkRetainedOfMillion(b *testing.B) {
	w := retainedMillion()
	l, store := w.Lane(0), w.Retained()
	for _, filter := range []string{
		"dev/500/s500/temp", // one topic
		"dev/500/s500/wind", // none
		"dev/500/+/temp",
		"dev/+/s500/temp",
		"dev/500/#",
		"dev/500/s500/#",
		"+/500/s500/temp",
		"#",
	} {
		b.Run(filter, func(b *testing.B) {
			what := mqttSub(0, 1, filter, false).what
			var kept hub.RetainedMessage
			found := 0
			b.ReportAllocs()
			for b.Loop() {
				found += scanRetained(l, store, what.Filter, what.Opens, &kept)
			}
			b.ReportMetric(float64(found)/float64(b.N), "messages")
			if found > 0 {
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(found), "ns/message")
			}
		})
	}
}

// One op is one message, in random order so that each starts from cold memory.
func BenchmarkRetainedMessageOfMillion(b *testing.B) {
	w := retainedMillion()
	l, store := w.Lane(0), w.Retained()
	rnd := rand.New(rand.NewPCG(3, 4))
	subjects := make([][]byte, 1<<16)
	for k := range subjects {
		subjects[k] = []byte(subjectOf(retainedTopic(rnd.IntN(1_000_000))))
	}
	m := message.Message{Payload: make([]byte, 16), Origin: message.FromMQTT}
	var kept hub.RetainedMessage
	for name, run := range map[string]func(subject []byte){
		"get": func(subject []byte) {
			if !store.Get(l, subject, &kept) {
				b.Fatal("not there")
			}
		},
		"replace": func(subject []byte) {
			m.Subject = subject
			store.Set(l, &m, 0, nil, 0)
		},
		"delete and set": func(subject []byte) {
			store.Delete(l, subject, nil, 0)
			m.Subject = subject
			store.Set(l, &m, 0, nil, 0)
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				run(subjects[i%len(subjects)])
			}
		})
	}
}

// The time is of one round of the sweep over a million messages of which none has
// expired; the metric is the time for each call, which holds a lane up.
func BenchmarkRetainedSweepOfMillion(b *testing.B) {
	w, clocks := retainedLanes(1, hub.Options{})
	l, store := w.Lane(0), w.Retained()
	for i := range 1_000_000 {
		m := message.Message{Subject: []byte(subjectOf(retainedTopic(i))), Payload: make([]byte, 16)}
		store.Set(l, &m, clocks[0].now+time.Hour, nil, 0)
	}
	due := message.Message{Subject: []byte("due"), Payload: make([]byte, 16)}
	calls := 0
	b.ResetTimer()
	for range b.N {
		store.Set(l, &due, clocks[0].now+1, nil, 0)
		clocks[0].now += 2
		for again := clocks[0].now; again <= clocks[0].now; calls++ {
			again = store.Sweep(l)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(calls), "ns/call")
}
