package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/isthmus-mq/isthmus/loadtest"
)

func newSub() *cobra.Command {
	s := &stream{}
	sc := loadtest.Sub{Subscribers: 1, Filter: "load/test"}
	cmd := &cobra.Command{
		Use:   "sub",
		Short: "Subscribers only, for publishers elsewhere",
		Long: `sub receives what "isthmus-load pub" sends and accounts for it: of each
publisher it expects every number from the first that comes on. Latency is
measured with the clocks of both machines; it means something if they agree.`,
		Example: `  isthmus-load sub --filter 'load/#'
  isthmus-load sub --mqtt broker:1883 --sub 10 --qos 1 --msgs 100000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			nats, mqtt, err := s.servers(cmd.Flags())
			if err != nil {
				return err
			}
			if sc.Protocol, err = s.to.protocol("to", nats, mqtt); err != nil {
				return err
			}
			return execute(cmd, sc, &s.common)
		},
	}
	f := cmd.Flags()
	f.IntVar(&sc.Subscribers, "sub", sc.Subscribers, "`number` of subscribers")
	f.StringVar(&s.to.text, "to", "", "`protocol` of subscribers, nats or mqtt; without it the one\nthat has an address, or nats")
	f.StringVarP(&sc.Filter, "topic", "t", sc.Filter, "`template` of what they subscribe to; {conn} is the number\nof the subscriber")
	f.Uint8Var(&sc.QoS, "qos", 0, "0 or 1, the `qos` of MQTT")
	f.Int64Var(&sc.Messages, "msgs", 0, "`number` of messages after which it ends, all subscribers\ntogether; 0: none")
	f.DurationVar(&sc.Duration, "duration", 0, "`time` after which it ends; 0: with Ctrl-C")
	addLoss(f, &s.common)
	addCommon(f, &s.common)
	return finish(cmd, "clients", "sub", "filter", "topic")
}

func newRequest() *cobra.Command {
	s := &stream{flow: usual()}
	s.flow.Topic = "load/request"
	responders := 1
	cmd := &cobra.Command{
		Use:   "request",
		Short: "Requests and answers, within a protocol and across",
		Long: `request asks and is answered: with NATS by a reply subject, with MQTT 5 by
Response Topic and Correlation Data (earlier versions have none). Latency is
that of the whole way there and back. Flat out each requester has --window
questions open, of which the default is one: ping-pong.`,
		Example: `  isthmus-load request
  isthmus-load request --from nats --to mqtt --pub 10 --rate 5000
  isthmus-load request --from mqtt --to nats --responders 4`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.ends(cmd.Flags()); err != nil {
				return err
			}
			s.given(cmd.Flags())
			return execute(cmd, loadtest.Request{Flow: s.flow, Responders: responders}, &s.common)
		},
	}
	f := cmd.Flags()
	f.IntVar(&s.flow.Publishers, "pub", 1, "`number` of requesters")
	f.IntVar(&responders, "responders", responders, "`number` of responders; several share the requests as a\ngroup")
	s.addEnds(f)
	addFlow(f, &s.flow)
	addLoss(f, &s.common)
	addCommon(f, &s.common)
	return finish(cmd)
}

func newConn() *cobra.Command {
	s := &stream{}
	sc := loadtest.Conn{Clients: 1000, Concurrency: 64}
	cmd := &cobra.Command{
		Use:   "conn",
		Short: "A storm of connections, and then many idle ones",
		Long: `conn opens connections, at a rate or as fast as the server takes them, and holds
them. The time until accepted goes from the dial (in an open loop: from when it
was due) to CONNACK or PONG, with --topic to the answer to the subscription.

One address has about 28,000 ports for one listener. More connections need more
addresses: --source. To 127.0.0.1 they are taken from 127.0.0.x by themselves.`,
		Example: `  isthmus-load conn --clients 10000
  isthmus-load conn --mqtt 127.0.0.1:1883 --clients 15000 --rate 2000 --hold 1m
  isthmus-load conn --clients 100000 --source 127.0.0.1-127.0.0.5 --topic 'dev/{conn}'
  isthmus-load conn --clients 15000 --hold 10s --server-pid $(pidof isthmus)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			nats, mqtt, err := s.servers(cmd.Flags())
			if err != nil {
				return err
			}
			if sc.Protocol, err = s.to.protocol("protocol", nats, mqtt); err != nil {
				return err
			}
			return execute(cmd, sc, &s.common)
		},
	}
	f := cmd.Flags()
	f.IntVarP(&sc.Clients, "clients", "c", sc.Clients, "`number` of connections")
	f.StringVar(&s.to.text, "protocol", "", "nats or mqtt, a `protocol`; without it the one that has an\naddress, or nats")
	f.Float64Var(&sc.Rate, "rate", 0, "connections a second, a `number`; 0: flat out")
	f.IntVar(&sc.Concurrency, "concurrency", sc.Concurrency, "flat out: `number` of connections being opened at once")
	f.DurationVar(&sc.Hold, "hold", 0, "`time` to hold them when all are there")
	f.StringVarP(&sc.Filter, "topic", "t", "", "`template` of what each subscribes to, with {conn}; empty:\nnothing")
	f.Uint8Var(&sc.QoS, "qos", 0, "0 or 1, the `qos` of that subscription")
	addCommon(f, &s.common)
	return finish(cmd)
}

func newChurn() *cobra.Command {
	s := &stream{flow: usual()}
	s.flow.Rate = 10_000
	sc := loadtest.Churn{Churners: 10, Changes: 1000, Keep: 100, Other: "load/other/{conn}/{n}"}
	var who direction
	cmd := &cobra.Command{
		Use:   "churn",
		Short: "Subscribing and unsubscribing beside a stream",
		Long: `churn is a pubsub beside which other clients subscribe and unsubscribe, at
--changes a second in an open loop: what does that cost the stream, and how long
does an answer take?`,
		Example: `  isthmus-load churn --changes 10000
  isthmus-load churn --rate 0 --changes 10000 --server-pid $(pidof isthmus)
  isthmus-load churn --other 'load/{conn}/{n}' --topic load/1/stream`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.ends(cmd.Flags()); err != nil {
				return err
			}
			sc.Protocol = s.flow.To
			if who.text != "" {
				var err error
				if sc.Protocol, err = who.protocol("churn-protocol", false, false); err != nil {
					return err
				}
			}
			s.given(cmd.Flags())
			sc.Flow = s.flow
			return execute(cmd, sc, &s.common)
		},
	}
	f := cmd.Flags()
	f.Float64Var(&sc.Changes, "changes", sc.Changes, "subscriptions made or ended a second, a `number`")
	f.IntVar(&sc.Churners, "churners", sc.Churners, "`number` of connections that make them")
	f.IntVar(&sc.Keep, "keep", sc.Keep, "`number` of subscriptions that each has at a time")
	f.StringVar(&sc.Other, "other", sc.Other, "`template` of what they subscribe to; {n} counts up")
	f.StringVar(&who.text, "churn-protocol", "", "`protocol` of theirs; without it that of the subscribers")
	addStream(f, s)
	return finish(cmd)
}

func newSlow() *cobra.Command {
	s := &stream{flow: usual()}
	s.flow.Rate = 10_000
	sc := loadtest.Slow{Readers: 1, Stall: 2 * time.Second, Every: 5 * time.Second, Buffer: 64 << 10}
	cmd := &cobra.Command{
		Use:   "slow",
		Short: "Readers that stall beside others that must not suffer",
		Long: `slow is a pubsub with additional readers that stop reading from time to time.
What those lose, and whether and when the server cuts them, is reported; what
counts for the exit status is that the other subscribers get everything.`,
		Example: `  isthmus-load slow --readers 10 --stall 3s --every 6s
  isthmus-load slow --stall 0 --size 4KB --rate 50000     never read again`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.ends(cmd.Flags()); err != nil {
				return err
			}
			s.given(cmd.Flags())
			sc.Flow = s.flow
			return execute(cmd, sc, &s.common)
		},
	}
	f := cmd.Flags()
	f.IntVar(&sc.Readers, "readers", sc.Readers, "`number` of readers that stall")
	f.DurationVar(&sc.Stall, "stall", sc.Stall, "`time` for which they do not read; 0: until the end")
	f.DurationVar(&sc.Every, "every", sc.Every, "`time` from the start of one stall to that of the next")
	f.Var((*size)(&sc.Buffer), "read-buffer", "`size` of their sockets' receive buffers")
	addStream(f, s)
	return finish(cmd)
}

// addStream adds all flags of a pubsub.
func addStream(f *pflag.FlagSet, s *stream) {
	addCounts(f, &s.flow)
	s.addEnds(f)
	addFlow(f, &s.flow)
	addFilter(f, &s.flow)
	addLoss(f, &s.common)
	addCommon(f, &s.common)
}
