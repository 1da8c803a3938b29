package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/spf13/cobra"

	"github.com/isthmus-mq/isthmus/server"
)

// drainTime is how long clients may take to leave after SIGTERM or SIGINT.
const drainTime = 10 * time.Second

const long = `Isthmus lets NATS clients and MQTT 3.1, 3.1.1 and 5.0 clients publish and
subscribe to the same topics: the MQTT topic sensors/kitchen/temp is the NATS
subject sensors.kitchen.temp, NATS headers are MQTT 5 User Properties, and a
NATS request can be answered by an MQTT 5 client.

Started without flags it serves NATS on :4222 and MQTT on :1883, on all
addresses, without authentication.

Every flag can be given in the environment: --max-payload as
ISTHMUS_MAX_PAYLOAD. A flag wins over the environment.

Sizes are in bytes, or with a unit: 512KB, 8MB, 1GB (of 1024).
Durations have a unit: 500ms, 60s, 2m.

SIGTERM and SIGINT drain: listeners close, clients are told as their protocol
allows, what is under way is sent; a second signal ends at once.
SIGUSR2 is the lame duck mode of nats-server: listeners close, NATS clients are
told, and after a grace connections are closed one by one; then it ends.`

const examples = `  isthmus
  isthmus --nats 127.0.0.1:4222 --mqtt 127.0.0.1:1883
  isthmus --mountpoint dev/eu/ --max-payload 8MB
  ISTHMUS_LOG_FORMAT=json isthmus --lanes 2`

func newRoot() *cobra.Command {
	o, p, l := newSettings()
	root := &cobra.Command{
		Use:           "isthmus",
		Short:         "NATS and MQTT clients on the same topics, in one process",
		Long:          long,
		Example:       examples,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: false,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return fromEnvironment(cmd.Flags())
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o, p, l) },
	}
	groups := flagGroups(&o, &p, &l)
	for _, g := range groups {
		root.Flags().AddFlagSet(g.flags)
	}
	root.Flags().SortFlags = false
	root.SetUsageFunc(usage(root, groups))
	root.AddCommand(newVersion(), newExplain(), newMap(), newReasons())
	return root
}

// run serves until a signal comes.
func run(ctx context.Context, o server.Options, p process, lo logOptions) error {
	log, err := lo.logger(os.Stderr)
	if err != nil {
		return err
	}
	o.Logger = log
	o.Version = version()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	lameDuck := make(chan os.Signal, 1)
	signal.Notify(lameDuck, syscall.SIGUSR2)
	defer signal.Stop(lameDuck)

	if o.Lanes == 0 {
		if o.Lanes, err = usableCPUs(p.cpuQuota, roundQuotaDown, log); err != nil {
			return err
		}
	}
	// A lane that waits for its sockets gives its P away and gets it back the
	// slow way unless there is a spare one: three quarters more CPU per message
	// on sparse traffic (docs/architecture.md, "Lanes").
	runtime.GOMAXPROCS(o.Lanes + 1)
	if err := collectAt(p.gcPercent); err != nil {
		return err
	}
	if err := p.memoryLimit.apply(memlimit.FromCgroup); err != nil {
		log.Warn("there is no memory limit", "error", err)
	}
	warnOfMemory(o, log)

	s, err := server.Start(o)
	if err != nil {
		return err
	}
	banner(os.Stderr, s, o)
	select {
	case <-ctx.Done():
	case <-lameDuck:
		log.Info("lame duck", "connections", s.Connections(), "grace", o.LameDuckGrace.String(), "at most", o.LameDuckDuration.String())
		s.LameDuck(ctx)
	}
	stop() // from here on a second signal ends the process
	log.Info("draining", "connections", s.Connections(), "at most", drainTime.String())
	limit, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := s.Shutdown(limit); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	log.Info("stopped")
	return nil
}
