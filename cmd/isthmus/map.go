package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/server"
)

const mapLong = `Map prints what a name is in the other protocol, and why when it is nothing.
It needs no server. With wildcards NAME is a filter.

NAME is a NATS subject or an MQTT topic. What contains a / and no . is taken
for a topic, everything else for a subject; --nats and --mqtt decide.

isthmus explain does the same and asks a running server who would get it.`

const mapExamples = `  isthmus map sensors/kitchen/temp
  isthmus map 'Living Room/Lamp v1.0' --mqtt
  isthmus map Living/_Room.Lamp
  isthmus map 'a.b.>'
  isthmus map a.b --mountpoint dev/eu/`

func newMap() *cobra.Command {
	var n notation
	var naming, mountpoint string
	cmd := &cobra.Command{
		Use:     "map NAME",
		Short:   "Print what a name is in the other protocol",
		Long:    mapLong,
		Example: mapExamples,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := explain.Question{Name: args[0]}
			var err error
			if q.Notation, err = n.said(); err != nil {
				return err
			}
			doc, err := server.Spell(naming, mountpoint, q)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(doc.AppendText(nil))
			return err
		},
		PersistentPreRunE: notFromEnvironment,
	}
	f := cmd.Flags()
	f.SortFlags = false
	n.add(f)
	f.StringVar(&naming, "naming", "isthmus", "naming `mode` of the server: isthmus or emqx")
	f.StringVar(&mountpoint, "mountpoint", "", "`topic` levels at which the server mounts NATS clients")
	return cmd
}

// notation is what the flags say about NAME.
type notation struct{ nats, mqtt bool }

func (n *notation) add(f *pflag.FlagSet) {
	f.BoolVar(&n.nats, "nats", false, "NAME is a NATS subject")
	f.BoolVar(&n.mqtt, "mqtt", false, "NAME is an MQTT topic or filter")
}

func (n *notation) said() (explain.Notation, error) {
	switch {
	case n.nats && n.mqtt:
		return "", errors.New("--nats and --mqtt: NAME is one or the other")
	case n.nats:
		return explain.NATS, nil
	case n.mqtt:
		return explain.MQTT, nil
	}
	return "", nil
}

// notFromEnvironment is for commands whose flags mean something else than those of
// the server with the same names.
func notFromEnvironment(*cobra.Command, []string) error { return nil }
