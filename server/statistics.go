package server

import (
	"runtime/metrics"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/statistics"
)

// heapObjects is the memory of objects, dead ones that are not yet swept
// included; reading it stops nobody.
const heapObjects = "/memory/classes/heap/objects:bytes"

// publishStatistics begins to publish $SYS/broker topics, on lane 0.
func (s *Server) publishStatistics() {
	if s.opts.SysInterval == 0 {
		return
	}
	s.engine.OnLane(0, func(l *hub.Lane) {
		statistics.Begin(l, s.opts.Version, s.opts.SysInterval, s.opts.Policy.Retain, s.sample)
	})
}

func (s *Server) sample(to *statistics.Sample) {
	to.Clients = s.hub.Clients().Counts()
	to.Traffic = s.hub.Traffic()
	to.BytesReceived, to.BytesSent = s.engine.Bytes()
	for i := range to.Reasons {
		to.Reasons[i] = s.Count(reason.ID(i))
	}
	to.Subscriptions, to.SharedSubscriptions = s.hub.Subscriptions(), s.hub.SharedSubscriptions()
	to.Retained, to.RetainedBytes = s.hub.Retained().Used()
	to.Stored, to.StoredBytes = s.hub.StoredCopies(), s.hub.Stored()
	heap := []metrics.Sample{{Name: heapObjects}}
	metrics.Read(heap)
	to.Heap = heap[0].Value.Uint64()
}
