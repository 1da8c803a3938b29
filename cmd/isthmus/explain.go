package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/isthmus-mq/isthmus/explain"
)

const explainLong = `Explain asks a running server what would become of a message with this
name, and prints who would get it, who would not, and why. Nothing is
published: the server goes the way of a publish without delivering.

NAME is a NATS subject or an MQTT topic. What contains a / and no . is taken
for a topic, everything else for a subject; --nats and --mqtt decide. With
wildcards NAME is a filter: then explain prints what it means in both
protocols and how many retained messages it would replay.

The command is a NATS client. The server answers on ` + explain.Subject + `
to clients on its own machine (isthmus --explain says to whom).`

const explainExamples = `  isthmus explain sensors/kitchen/temp
  isthmus explain sensors.kitchen.temp --qos 1 --payload-size 2000
  isthmus explain jobs.new --from lamp-7            as if the MQTT client lamp-7 published
  isthmus explain jobs.new --from 12                as if the NATS connection 12 did
  isthmus explain a/b --retain --header 'Trace: 1'
  isthmus explain 'sensors/#'                       what a filter means
  isthmus explain sensors/kitchen/temp --json | jq .publish.copies`

// explaining is what the flags say.
type explaining struct {
	q        explain.Question
	notation notation
	server   string
	qos      string
	json     bool
}

func newExplain() *cobra.Command {
	var e explaining
	cmd := &cobra.Command{
		Use:     "explain NAME",
		Short:   "Say what would become of a message, and why",
		Long:    explainLong,
		Example: explainExamples,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e.q.Name = args[0]
			return e.run(cmd.OutOrStdout())
		},
		PersistentPreRunE: notFromEnvironment,
	}
	f := cmd.Flags()
	f.SortFlags = false
	e.notation.add(f)
	f.StringVar(&e.q.From, "from", "", "the publisher: an MQTT client `identifier`, or the number of a NATS\nconnection (cid); decides on No Local, echo, and strategies of groups")
	f.StringVar(&e.q.User, "as", "", "the `user` whose permissions to look at")
	f.StringVar(&e.qos, "qos", "", "`QoS` of the message; from NATS, as the header Mqtt-Qos asks for it")
	f.BoolVar(&e.q.Retain, "retain", false, "the message is to be retained; from NATS, as Mqtt-Retain asks for it")
	f.IntVar(&e.q.Size, "payload-size", 1, "`bytes` of its payload; 0 with --retain deletes")
	f.StringArrayVar(&e.q.Headers, "header", nil, "a `'Key: value'` of it, as NATS clients send it; may be repeated")
	f.IntVar(&e.q.Limit, "limit", explain.DefaultLimit, "largest `number` of receivers, and of members of each group, to show")
	f.StringVar(&e.server, "server", "127.0.0.1:4222", "`host:port` of the server's NATS listener")
	f.BoolVar(&e.json, "json", false, "print the document that the server answers with")
	return cmd
}

func (e *explaining) run(to io.Writer) error {
	var err error
	if e.q.Notation, err = e.notation.said(); err != nil {
		return err
	}
	switch e.qos {
	case "":
	case "0", "1", "2":
		qos := e.qos[0] - '0'
		e.q.QoS = &qos
	default:
		return fmt.Errorf("--qos %s: want 0, 1 or 2", e.qos)
	}
	var doc explain.Document
	body, err := askJSON(e.server, explain.Subject, &e.q, &doc)
	if err != nil {
		return err
	}
	if doc.Error != "" && !e.json {
		return fmt.Errorf("%s: %s", e.server, doc.Error)
	}
	if e.json {
		var indented bytes.Buffer
		if err := json.Indent(&indented, body, "", "  "); err != nil {
			return err
		}
		indented.WriteByte('\n')
		_, err = indented.WriteTo(to)
		return err
	}
	_, err = to.Write(doc.AppendText(nil))
	return err
}
