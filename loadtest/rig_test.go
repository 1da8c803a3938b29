package loadtest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/server"
)

// gateway starts a server in this process and returns options that lead to it.
func gateway(t *testing.T, change ...func(*server.Options)) (Options, *server.Server) {
	t.Helper()
	so := server.Defaults()
	so.NATS, so.MQTT, so.Lanes = "127.0.0.1:0", "127.0.0.1:0", 2
	so.Logger = slog.New(slog.DiscardHandler)
	for _, f := range change {
		f(&so)
	}
	s, err := server.Start(so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	o := Defaults()
	o.NATS, o.MQTT = s.Addr(server.ListenerNATS).String(), s.Addr(server.ListenerMQTT).String()
	o.ProgressTo = t.Output()
	o.Progress = 200 * time.Millisecond
	return o, s
}

// smallOutput makes the server cut readers early.
func smallOutput(so *server.Options) { so.MaxPending = 256 << 10 }

// run runs a scenario that must come to an end by itself and without failures.
func run(t *testing.T, sc Scenario, o Options) *Report {
	t.Helper()
	r, err := sc.Run(t.Context(), o)
	if r != nil {
		if err := r.WriteText(t.Output()); err != nil {
			t.Error(err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed() {
		t.Error("the report says that the run failed")
	}
	return r
}
