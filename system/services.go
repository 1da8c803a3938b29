package system

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session/nats"
)

const (
	// workers is how many requests are worked on at a time, waiting how many more
	// may wait: enough for tools, too few to hurt clients.
	workers = 2
	waiting = 256
	// waitingBytes bounds what requests hold together, those at work included, unless
	// it is one alone.
	waitingBytes = 16 << 20
	// patience is how long a service may take: as long as clients commonly wait.
	patience = 5 * time.Second
)

// Request is what was asked. It is the service's own.
type Request struct {
	Subject string // as the client says it, for example "$SYS.REQ.USER.INFO"
	Headers []byte // header block; empty when there is none
	Payload []byte
	Prefix  string // of the asker's mountpoint, canonical; empty: none
	Client  uint64 // session.Peer.ID of the asker
	User    string // as the asker says it is called
	Lane    int    // that the asker's connection belongs to
	reply   []byte
}

// Service answers a request, as often as it likes, before it returns. It runs on a
// goroutine that is no lane's, and may block until ctx is done.
type Service func(ctx context.Context, q *Request, answer func(Answer))

// Answer is one message to the asker. Its bytes may not change afterwards.
type Answer struct {
	Headers []byte // header block from "NATS/1.0" to the empty line; nil: none
	Payload []byte
}

// Services is the table of services. It implements nats.Requests.
type Services struct {
	onLane   func(lane int, f func(*hub.Lane))
	table    []entry // longest prefix first
	queue    chan job
	held     atomic.Int64 // bytes of requests that wait or are at work
	ctx      context.Context
	cancel   context.CancelFunc
	finished sync.WaitGroup
}

type entry struct {
	prefix string
	serve  Service
}

type job struct {
	*Request
	serve Service
	size  int64 // bytes that held counts
}

// New returns an empty table. onLane must run f in a turn of a lane, soon, or, once
// the lane has ended, never; engine.OnLane does.
func New(onLane func(lane int, f func(*hub.Lane))) *Services {
	s := &Services{onLane: onLane, queue: make(chan job, waiting)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Handle registers a service for a subject, or, if that ends in a dot, for all
// subjects below it; the longest registration counts. To be called before Start.
func (s *Services) Handle(subject string, serve Service) {
	s.table = append(s.table, entry{subject, serve})
	slices.SortStableFunc(s.table, func(a, b entry) int { return len(b.prefix) - len(a.prefix) })
}

// Start lets services work.
func (s *Services) Start() {
	s.finished.Add(workers)
	for range workers {
		go s.work()
	}
}

func (s *Services) work() {
	defer s.finished.Done()
	for {
		select {
		case j := <-s.queue:
			ctx, cancel := context.WithTimeout(s.ctx, patience)
			j.serve(ctx, j.Request, func(a Answer) { s.answer(j.Request, a) })
			cancel()
			s.held.Add(-j.size)
		case <-s.ctx.Done():
			return
		}
	}
}

// Stop tells services that are at work to give up and waits for them. What is
// asked from then on is not answered.
func (s *Services) Stop() {
	s.cancel()
	s.finished.Wait()
}

// Ask is nats.Requests'.
func (s *Services) Ask(l *hub.Lane, r *nats.Request) bool {
	serve := s.find(r.Subject)
	if serve == nil {
		return false
	}
	size := int64(len(r.Subject) + len(r.Headers) + len(r.Payload) + len(r.Reply))
	if held := s.held.Add(size); held > waitingBytes && held != size {
		return s.busy(l, size)
	}
	q := &Request{
		Subject: string(r.Subject),
		Headers: slices.Clone(r.Headers),
		Payload: slices.Clone(r.Payload),
		Prefix:  string(r.Prefix),
		Client:  r.Client,
		User:    r.User,
		Lane:    l.Index(),
		reply:   slices.Clone(r.Reply),
	}
	select {
	case s.queue <- job{q, serve, size}:
		return true
	default:
		return s.busy(l, size)
	}
}

// busy refuses a request whose size has been counted.
func (s *Services) busy(l *hub.Lane, size int64) bool {
	s.held.Add(-size)
	l.Reasons.Add(reason.RequestsBusy, 1)
	return false
}

// Serves tells whether a service is registered for a subject.
func (s *Services) Serves(subject []byte) bool { return s.find(subject) != nil }

func (s *Services) find(subject []byte) Service {
	for i := range s.table {
		e := &s.table[i]
		if strings.HasSuffix(e.prefix, ".") {
			if len(subject) > len(e.prefix) && string(subject[:len(e.prefix)]) == e.prefix {
				return e.serve
			}
		} else if string(subject) == e.prefix {
			return e.serve
		}
	}
	return nil
}

// answer publishes on the lane of the asker, whose connection may have ended.
func (s *Services) answer(q *Request, a Answer) {
	s.onLane(q.Lane, func(l *hub.Lane) {
		l.Announce(&message.Message{Subject: q.reply, Origin: message.FromNATS, Headers: a.Headers, Payload: a.Payload})
	})
}
