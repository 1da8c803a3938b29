package main

import (
	"github.com/spf13/cobra"

	"github.com/isthmus-mq/isthmus/explain"
)

const mapLong = `Map prints what a name is in the other protocol, and why when it is nothing there.
It needs no server. With wildcards NAME is a filter.

NAME is a NATS subject or an MQTT topic. One with a slash and without a dot is taken
for a topic; --nats and --mqtt decide.

isthmus explain does the same, and asks a running server who would get it.`

const mapExamples = `  isthmus map sensors/kitchen/temp
  isthmus map 'Living Room/Lamp v1.0' --mqtt
  isthmus map Living/_Room.Lamp
  isthmus map 'a.b.>'
  isthmus map a.b --mountpoint dev/eu/`

func newMap() *cobra.Command {
	var nats, mqtt bool
	var naming, mountpoint string
	cmd := &cobra.Command{
		Use:     "map NAME",
		Short:   "Print what a name is in the other protocol",
		Long:    mapLong,
		Example: mapExamples,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			as := ""
			switch {
			case nats:
				as = explain.AsSubject
			case mqtt:
				as = explain.AsTopic
			}
			d, err := explain.Spell(naming, mountpoint, args[0], as)
			if err != nil {
				return err
			}
			return d.WriteNames(cmd.OutOrStdout())
		},
		PersistentPreRunE: notFromEnvironment,
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&nats, "nats", false, "NAME is a NATS subject")
	f.BoolVar(&mqtt, "mqtt", false, "NAME is an MQTT topic or filter")
	f.StringVar(&naming, "naming", "isthmus", "naming `mode` of the server: isthmus or emqx")
	f.StringVar(&mountpoint, "mountpoint", "", "`topic` levels at which the server mounts NATS clients")
	cmd.MarkFlagsMutuallyExclusive("nats", "mqtt")
	return cmd
}
