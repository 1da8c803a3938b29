package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/isthmus-mq/isthmus/reason"
)

const reasonsLong = `Reasons lists every close, refusal, drop and wait of this server by its name:
the name under which it is logged, counted, published and explained. With
arguments, those whose names contain one of them.

kind is close (a connection ends), refuse (one operation), drop (one copy of a
message) or defer (work waits, nothing is lost). MQTT 5 is the reason code and
NATS the text of -ERR that the client is told, where there is one.`

func newReasons() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "reasons [NAME...]",
		Short:   "List the names of closes, refusals and drops, and what they mean",
		Long:    reasonsLong,
		Example: "  isthmus reasons queue_full\n  isthmus reasons retain --json",
		RunE: func(cmd *cobra.Command, names []string) error {
			rows := reasonsLike(names)
			switch {
			case len(rows) == 0:
				return fmt.Errorf("no reason has a name like %q: see isthmus reasons", names)
			case asJSON:
				return writeReasonsJSON(cmd.OutOrStdout(), rows)
			}
			writeReasons(cmd.OutOrStdout(), rows)
			return nil
		},
		PersistentPreRunE: notFromEnvironment,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as JSON")
	return cmd
}

// reasonsLike returns the rows whose names contain one of these.
func reasonsLike(names []string) (rows []reason.Reason) {
	for _, r := range reason.All() {
		wanted := len(names) == 0
		for _, n := range names {
			wanted = wanted || strings.Contains(r.Name, n)
		}
		if wanted && r.ID != reason.None {
			rows = append(rows, r)
		}
	}
	return rows
}

func writeReasons(to io.Writer, rows []reason.Reason) {
	for _, r := range rows {
		told := ""
		if r.MQTT5 != 0 {
			told += fmt.Sprintf(", MQTT 5 0x%02X", r.MQTT5)
		}
		if r.NATS != "" {
			told += fmt.Sprintf(", NATS '%s'", r.NATS)
		}
		fmt.Fprintf(to, "%s (%s%s)\n  %s\n", r.Name, r.Kind, told, r.Help)
	}
}

func writeReasonsJSON(to io.Writer, rows []reason.Reason) error {
	type row struct {
		Name  string `json:"name"`
		Kind  string `json:"kind"`
		MQTT5 int    `json:"mqtt5,omitempty"`
		NATS  string `json:"nats,omitempty"`
		Text  string `json:"text"`
	}
	var list []row
	for _, r := range rows {
		list = append(list, row{r.Name, r.Kind.String(), int(r.MQTT5), r.NATS, r.Help})
	}
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(list)
}
