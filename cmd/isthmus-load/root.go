package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/isthmus-mq/isthmus/loadtest"
)

const long = `isthmus-load puts load on any server of NATS or MQTT (isthmus, nats-server,
Mosquitto, EMQX and others) and accounts for every message: each is numbered,
so loss, duplication and reordering are counted and not guessed. A run in which
one of them happens ends with exit status 1.

  flat out      (no --rate) as many messages as the server takes, at most
                --window on their way. Gives the highest rate.
  open loop     (--rate N) N messages a second, whatever the server does.
                Latency counts from when a message was to be sent, so the time
                for which a slow server holds the next ones back counts too.
                Gives the latency that users would see.

With --server-pid the server's CPU and memory are in the report, if it runs on
this machine. The report says when this tool or the machine was the limit.

Ctrl-C ends a run and prints what has been measured so far; a second one ends
at once.`

const examples = `  isthmus-load pubsub                                flat out, NATS, one to one
  isthmus-load pubsub --pub 1 --sub 100 --rate 1000  open loop, fan-out
  isthmus-load pubsub --mqtt 127.0.0.1:1883 --qos 1  MQTT
  isthmus-load cross --rate 10000                    NATS to MQTT and back
  isthmus-load conn --mqtt 127.0.0.1:1883 --clients 15000 --hold 30s
  isthmus-load soak --rate 5000 --duration 12h       exit status 1 on any loss`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "isthmus-load",
		Short:         "Load for NATS and MQTT servers, with every message accounted for",
		Long:          long,
		Example:       examples,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newPubSub(), newPub(), newSub(), newCross(), newRequest(), newConn(), newChurn(), newSlow(), newSoak(), newVersion())
	return root
}

// execute runs a scenario until it is over or a signal comes, and writes the
// report.
func execute(cmd *cobra.Command, sc loadtest.Scenario, c *common) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process

	c.options.Version = version()
	if c.options.Progress > 0 {
		c.options.ProgressTo = os.Stderr
	}
	// A loop that waits for its sockets gives its P away and gets it back sooner
	// when there are spare ones.
	if procs := c.options.Workers + 2; procs > runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(procs)
	}
	report, err := sc.Run(ctx, c.options)
	if report != nil && len(report.Runs) > 0 {
		err = errors.Join(err, write(report, c))
		if err == nil && report.Failed() {
			return errFailed
		}
	}
	return err
}

func write(r *loadtest.Report, c *common) error {
	var text io.Writer = os.Stdout
	if c.json == "-" {
		text = os.Stderr
	}
	errs := []error{r.WriteText(text)}
	if c.json == "-" {
		errs = append(errs, r.WriteJSON(os.Stdout))
	} else if c.json != "" {
		f, err := os.Create(c.json)
		if err == nil {
			err = errors.Join(r.WriteJSON(f), f.Close())
		}
		errs = append(errs, err)
	}
	if c.hgrm != "" {
		files, err := r.WriteHGRM(c.hgrm)
		errs = append(errs, err)
		for _, name := range files {
			fmt.Fprintln(os.Stderr, "wrote", name)
		}
	}
	return errors.Join(errs...)
}
