package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isthmus-mq/isthmus/explain"
)

const explainLong = `Explain asks a running server what a message to NAME would meet: what the name is
called on both sides, who would get it and with which QoS, which member of each group,
and why somebody would not, by the names of docs/reasons.md. Nothing is published.

NAME is a NATS subject or an MQTT topic. One with a slash and without a dot is taken
for a topic; --nats and --mqtt decide. A name with wildcards is taken for a filter: then
the answer is what it is called on the other side, and what is retained under it.

The server is asked as a NATS client asks, on $SYS.REQ.ISTHMUS.EXPLAIN; any other client
may do so, too, with the name or JSON as the payload:

  nats req '$SYS.REQ.ISTHMUS.EXPLAIN' orders.eu`

const explainExamples = `  isthmus explain sensors/kitchen/temp
  isthmus explain orders.eu --qos 1 --header 'Trace: 7'
  isthmus explain 'sensors/#'
  isthmus explain a/b --from device-7 --server broker.example:4222 --json`

// explainFlags are those of the command.
type explainFlags struct {
	explain.Question
	server     string
	timeout    time.Duration
	json       bool
	nats, mqtt bool
}

func newExplain() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:     "explain NAME",
		Short:   "Ask a running server who gets a message, and why somebody does not",
		Long:    explainLong,
		Example: explainExamples,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Name = args[0]
			return f.run(cmd)
		},
		PersistentPreRunE: notFromEnvironment,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&f.nats, "nats", false, "NAME is a NATS subject")
	flags.BoolVar(&f.mqtt, "mqtt", false, "NAME is an MQTT topic")
	flags.IntVar(&f.QoS, "qos", 0, "quality of service as published: `0`, 1 or 2")
	flags.BoolVar(&f.Retain, "retain", false, "as if published to be retained")
	flags.IntVar(&f.Size, "size", 0, "`bytes` of payload")
	flags.StringArrayVar(&f.Headers, "header", nil, "header of a NATS publish, `'Key: value'`; may be repeated")
	flags.StringVar(&f.User, "as", "", "as if this `user` of NATS published: where a mountpoint holds ${username}, it decides")
	flags.StringVar(&f.From, "from", "", "as if this `client` published, an MQTT client identifier or the number (cid)\nof a NATS connection: for No Local, echo, and the strategies local and\nhash-publisher")
	flags.IntVar(&f.Limit, "limit", 0, "list so `many` copies, and members of each group, at most (100)")
	flags.StringVar(&f.server, "server", "127.0.0.1:4222", "`address` of the server's NATS listener")
	flags.DurationVar(&f.timeout, "timeout", 5*time.Second, "wait so `long` for the answer")
	flags.BoolVar(&f.json, "json", false, "print the answer as JSON")
	cmd.MarkFlagsMutuallyExclusive("nats", "mqtt")
	return cmd
}

func (f *explainFlags) run(cmd *cobra.Command) error {
	switch {
	case f.nats:
		f.As = explain.AsSubject
	case f.mqtt:
		f.As = explain.AsTopic
	}
	question, err := json.Marshal(f.Question)
	if err != nil {
		return err
	}
	body, err := ask(f.server, f.User, question, f.timeout)
	if err != nil {
		return err
	}
	var d explain.Document
	if err := json.Unmarshal(body, &d); err != nil {
		return fmt.Errorf("%s answers what is no explanation: %w", f.server, err)
	}
	out := cmd.OutOrStdout()
	switch {
	case d.Error != "":
		return errors.New(d.Error)
	case f.json:
		_, err = fmt.Fprintf(out, "%s\n", body)
		return err
	}
	return d.Write(out)
}

// notFromEnvironment is for commands whose flags mean something else than those of
// the server with the same names: ISTHMUS_NATS is an address.
func notFromEnvironment(*cobra.Command, []string) error { return nil }

// ask puts a question to a server, which may not let in who has no name.
func ask(server, user string, question []byte, timeout time.Duration) ([]byte, error) {
	options := []nats.Option{nats.Name("isthmus explain"), nats.Timeout(timeout), nats.NoReconnect()}
	if user != "" {
		options = append(options, nats.UserInfo(user, ""))
	}
	nc, err := nats.Connect(server, options...)
	if errors.Is(err, nats.ErrAuthorization) {
		return nil, fmt.Errorf("%s lets in nobody without a user name, because its mountpoint holds one: say --as USER", server)
	}
	if err != nil {
		return nil, fmt.Errorf("no NATS listener at %s (%w): start isthmus there, or say where it listens with --server", server, err)
	}
	defer nc.Close()
	m, err := nc.Request(explain.Subject, question, timeout)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fmt.Errorf("%s is no isthmus, or an older one, or has too many requests at once: nobody answers on %s", server, explain.Subject)
	case err != nil:
		return nil, fmt.Errorf("%s does not answer: %w", server, err)
	}
	return m.Data, nil
}
