package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// reportEvery is the period in which closes, refusals and drops are summed up
// in the log.
const reportEvery = 10 * time.Second

// reporter logs, for each reason, how often it applied since the last line
// about it: one line per reason and period, however many clients there are.
type reporter struct {
	server *Server
	log    *slog.Logger
	seen   [reason.Count]uint64
	done   chan struct{}
	wg     sync.WaitGroup
}

func startReporter(s *Server, log *slog.Logger) *reporter {
	r := &reporter{server: s, log: log, done: make(chan struct{})}
	r.wg.Add(1)
	go r.run()
	return r
}

func (r *reporter) run() {
	defer r.wg.Done()
	t := time.NewTicker(reportEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			r.line()
		case <-r.done:
			r.line()
			return
		}
	}
}

// stop writes the last lines.
func (r *reporter) stop() {
	close(r.done)
	r.wg.Wait()
}

func (r *reporter) line() {
	for _, row := range reason.All() {
		n := r.server.Count(row.ID)
		if d := n - r.seen[row.ID]; d > 0 {
			r.seen[row.ID] = n
			r.log.Log(context.Background(), level(row), row.Kind.String(),
				"reason", row.Name, "count", d, "total", n)
		}
	}
}

// level: what an operator can mend is a warning, a client's fault is worth a
// line, and the ordinary course of things is not.
func level(row reason.Reason) slog.Level {
	switch {
	case row.Fault == reason.Operator:
		return slog.LevelWarn
	case row.Fault == reason.Client || row.Kind == reason.Drop:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}
