package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/isthmus-mq/isthmus/loadtest"
	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// usual is a flow as it is when nothing is said.
func usual() loadtest.Flow {
	return loadtest.Flow{Publishers: 1, Subscribers: 1, Topic: "load/test", Topics: 1, Size: 16, Duration: 10 * time.Second}
}

// stream is a scenario with one flow: its flags and what they say.
type stream struct {
	common
	flow     loadtest.Flow
	from, to direction
}

// addEnds adds the protocols of publishers and subscribers.
func (s *stream) addEnds(f *pflag.FlagSet) {
	f.StringVar(&s.from.text, "from", "", "`protocol` of publishers, nats or mqtt; without it the one\nthat has an address, or nats")
	f.StringVar(&s.to.text, "to", "", "`protocol` of subscribers, in the same way")
}

// ends sets the flow's protocols. --from alone is for both ends.
func (s *stream) ends(f *pflag.FlagSet) error {
	nats, mqtt, err := s.servers(f)
	if err != nil {
		return err
	}
	if s.flow.From, err = s.from.protocol("from", nats, mqtt); err != nil {
		return err
	}
	if s.to.text == "" && s.from.text != "" && !(nats && mqtt) {
		s.flow.To = s.flow.From
		return nil
	}
	s.flow.To, err = s.to.protocol("to", nats, mqtt)
	return err
}

// publishing sets the protocol of a flow that has publishers only.
func (s *stream) publishing(f *pflag.FlagSet) error {
	nats, mqtt, err := s.servers(f)
	if err != nil {
		return err
	}
	s.flow.From, err = s.from.protocol("from", nats, mqtt)
	s.flow.To = s.flow.From
	return err
}

// given applies what --msgs without --duration means: no end by time.
func (s *stream) given(f *pflag.FlagSet) {
	if f.Changed("msgs") && !f.Changed("duration") {
		s.flow.Duration = 0
	}
}

func addCounts(f *pflag.FlagSet, o *loadtest.Flow) {
	f.IntVar(&o.Publishers, "pub", o.Publishers, "`number` of publishers")
	f.IntVar(&o.Subscribers, "sub", o.Subscribers, "`number` of subscribers")
}

func newPubSub() *cobra.Command {
	s := &stream{flow: usual()}
	cmd := &cobra.Command{
		Use:   "pubsub",
		Short: "Publishers and subscribers in one process, with one clock",
		Long: `pubsub sends messages and receives them: one to one, one to many, many to one
or many to many. All publishers use one topic and every subscriber hears them
all, unless --topic has {conn} in it: then the publisher and the subscriber of
the same number are a pair (and with unequal numbers a small group). To have
everybody hear everybody on topics of their own, give a --filter with a
wildcard.`,
		Example: `  isthmus-load pubsub --size 256
  isthmus-load pubsub --pub 1 --sub 1000 --rate 500
  isthmus-load pubsub --pub 100 --sub 100 --topic 'load/{conn}'
  isthmus-load pubsub --pub 100 --sub 1 --topic 'load/{conn}' --filter 'load/+'
  isthmus-load pubsub --topic 'load/{n}' --topics 1000
  isthmus-load pubsub --from nats --to mqtt --rate 10000 --qos 1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.ends(cmd.Flags()); err != nil {
				return err
			}
			s.given(cmd.Flags())
			return execute(cmd, loadtest.PubSub{Flow: s.flow, Name: "pubsub"}, &s.common)
		},
	}
	addStream(cmd.Flags(), s)
	return finish(cmd)
}

func newPub() *cobra.Command {
	s := &stream{flow: usual()}
	s.flow.Subscribers = 0
	cmd := &cobra.Command{
		Use:   "pub",
		Short: "Publishers only, for subscribers elsewhere",
		Long: `pub sends numbered messages that "isthmus-load sub", here or on another machine,
accounts for. With QoS 0 a ping behind the last message shows that the server
has read all of them; with QoS 1 each is acknowledged.`,
		Example: `  isthmus-load pub --msgs 1000000
  isthmus-load pub --mqtt broker:1883 --pub 50 --qos 1 --topic 'load/{conn}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.publishing(cmd.Flags()); err != nil {
				return err
			}
			s.given(cmd.Flags())
			return execute(cmd, loadtest.PubSub{Flow: s.flow, Name: "pub"}, &s.common)
		},
	}
	cmd.Flags().IntVar(&s.flow.Publishers, "pub", s.flow.Publishers, "`number` of publishers")
	cmd.Flags().StringVar(&s.from.text, "from", "", "`protocol` of publishers, nats or mqtt; without it the one\nthat has an address, or nats")
	addFlow(cmd.Flags(), &s.flow)
	addCommon(cmd.Flags(), &s.common)
	return finish(cmd, "clients", "pub")
}

func newSoak() *cobra.Command {
	s := &stream{flow: usual()}
	s.flow.Rate, s.flow.Duration = 1000, time.Hour
	cmd := &cobra.Command{
		Use:   "soak",
		Short: "A long pubsub that fails on any loss, duplicate or reordering",
		Long: `soak is pubsub at a rate for a long time. Its exit status is 1 if a single
message was lost, came twice, out of order or damaged, or if a connection was
closed.`,
		Example: `  isthmus-load soak --rate 5000 --duration 12h --server-pid $(pidof isthmus)
  isthmus-load soak --from mqtt --to nats --pub 100 --topic 'load/{conn}' --filter 'load/+'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.ends(cmd.Flags()); err != nil {
				return err
			}
			if s.flow.Rate == 0 {
				return fmt.Errorf("--rate: a soak has one")
			}
			s.given(cmd.Flags())
			return execute(cmd, loadtest.PubSub{Flow: s.flow, Name: "soak"}, &s.common)
		},
	}
	addCounts(cmd.Flags(), &s.flow)
	s.addEnds(cmd.Flags())
	addFlow(cmd.Flags(), &s.flow)
	addFilter(cmd.Flags(), &s.flow)
	addCommon(cmd.Flags(), &s.common)
	cmd.Flags().Lookup("progress").DefValue = "10s"
	s.options.Progress = 10 * time.Second
	return finish(cmd)
}

func newCross() *cobra.Command {
	s := &stream{flow: usual()}
	s.flow.Rate = 1000
	direction := "both"
	cmd := &cobra.Command{
		Use:   "cross",
		Short: "NATS to MQTT and MQTT to NATS: one-way latency with one clock",
		Long: `cross publishes with one protocol and receives with the other, first from NATS
to MQTT and then from MQTT to NATS, at a rate. Both ends are in this process,
so one-way latency is measured by one clock.`,
		Example: `  isthmus-load cross --rate 10000 --duration 10s
  isthmus-load cross --nats 127.0.0.1:4222 --mqtt 127.0.0.1:1883 --qos 1
  isthmus-load cross --direction nats-to-mqtt --rate 0 --sub 100`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, _, err := s.servers(cmd.Flags()); err != nil {
				return err
			}
			from, ok := map[string][]client.Protocol{
				"both": {client.NATS, client.MQTT}, "nats-to-mqtt": {client.NATS}, "mqtt-to-nats": {client.MQTT},
			}[direction]
			if !ok {
				return fmt.Errorf("--direction: %q is none of both, nats-to-mqtt, mqtt-to-nats", direction)
			}
			s.given(cmd.Flags())
			return execute(cmd, loadtest.Cross{Flow: s.flow, Directions: from}, &s.common)
		},
	}
	addCounts(cmd.Flags(), &s.flow)
	cmd.Flags().StringVar(&direction, "direction", direction, "`name`: both, nats-to-mqtt or mqtt-to-nats")
	addFlow(cmd.Flags(), &s.flow)
	addFilter(cmd.Flags(), &s.flow)
	addLoss(cmd.Flags(), &s.common)
	addCommon(cmd.Flags(), &s.common)
	return finish(cmd)
}
