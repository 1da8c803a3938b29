package statistics

import (
	"strconv"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// Sample is what is counted at a moment. All but the gauges only grow.
type Sample struct {
	Uptime  time.Duration
	Clients hub.ClientCounts // gauges: Connected, Absent
	Traffic hub.Traffic      // of publications
	// BytesReceived and BytesSent are all bytes of all connections.
	BytesReceived, BytesSent uint64
	Reasons                  [reason.Count]uint64

	// Gauges.
	Subscriptions, SharedSubscriptions int
	Retained                           int   // messages
	RetainedBytes                      int64 // as they count against their limit
	Stored                             int64 // copies that wait in sessions
	StoredBytes                        int64 // as they count against their limit
	Heap                               uint64
}

// dropped is what had no room in a queue, as Mosquitto's counter of the name has
// it; other drops are found among the reasons.
func (s *Sample) dropped() uint64 {
	return s.Reasons[reason.QueueFull] + s.Reasons[reason.StoredFull]
}

// Value is the text of one topic.
type Value struct {
	Topic string // without root
	Text  string
}

// Report works out topics and texts from samples.
type Report struct {
	version string
	loads   [len(series)]load
}

// NewReport returns one that has seen no sample yet.
func NewReport(version string) *Report { return &Report{version: version} }

// Values appends what there is to say of a sample, the next in time.
func (r *Report) Values(dst []Value, s *Sample) []Value {
	text := func(topic, text string) { dst = append(dst, Value{topic, text}) }
	count := func(topic string, n uint64) { text(topic, strconv.FormatUint(n, 10)) }
	gauge := func(topic string, n int64) { text(topic, strconv.FormatInt(n, 10)) }

	text("version", "isthmus version "+r.version)
	text("uptime", strconv.FormatInt(int64(s.Uptime/time.Second), 10)+" seconds")

	gauge("clients/connected", s.Clients.Connected)
	gauge("clients/disconnected", s.Clients.Absent)
	gauge("clients/total", s.Clients.Connected+s.Clients.Absent)
	gauge("clients/maximum", s.Clients.Maximum)
	gauge("clients/expired", s.Clients.Expired)

	gauge("messages/stored", s.Stored+int64(s.Retained))
	gauge("store/messages/count", s.Stored+int64(s.Retained))
	gauge("store/messages/bytes", s.StoredBytes+s.RetainedBytes)
	gauge("retained messages/count", int64(s.Retained))
	gauge("subscriptions/count", int64(s.Subscriptions))
	gauge("shared_subscriptions/count", int64(s.SharedSubscriptions))

	count("publish/messages/received", s.Traffic.In)
	count("publish/messages/sent", s.Traffic.Out)
	count("publish/messages/dropped", s.dropped())
	count("publish/bytes/received", s.Traffic.InBytes)
	count("publish/bytes/sent", s.Traffic.OutBytes)
	count("bytes/received", s.BytesReceived)
	count("bytes/sent", s.BytesSent)
	count("heap/current", s.Heap)

	for i, of := range series {
		r.loads[i].next(s.Uptime, of.count(s))
		for j, p := range periods {
			text("load/"+of.topic+"/"+p.name, strconv.FormatFloat(r.loads[i].perMinute[j], 'f', 2, 64))
		}
	}
	for _, row := range reason.All() {
		if row.ID != reason.None {
			count("reasons/"+row.Name, s.Reasons[row.ID])
		}
	}
	return dst
}

// series are the counters whose rates are published.
var series = [...]struct {
	topic string
	count func(*Sample) uint64
}{
	{"connections", func(s *Sample) uint64 { return uint64(s.Clients.Accepted) }},
	{"publish/received", func(s *Sample) uint64 { return s.Traffic.In }},
	{"publish/sent", func(s *Sample) uint64 { return s.Traffic.Out }},
	{"publish/dropped", (*Sample).dropped},
	{"bytes/received", func(s *Sample) uint64 { return s.BytesReceived }},
	{"bytes/sent", func(s *Sample) uint64 { return s.BytesSent }},
}
