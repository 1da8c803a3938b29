package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// usage prints the root's flags in their groups. Commands below it print
// theirs as cobra does.
func usage(root *cobra.Command, groups []flagGroup) func(*cobra.Command) error {
	plain := root.UsageFunc()
	return func(cmd *cobra.Command) error {
		if cmd != root {
			return plain(cmd)
		}
		to := cmd.OutOrStderr()
		fmt.Fprintf(to, "Usage:\n  %s\n  %s [command]\n\nExamples:\n%s\n\nCommands:\n", cmd.UseLine(), cmd.CommandPath(), cmd.Example)
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				fmt.Fprintf(to, "  %-*s %s\n", c.NamePadding(), c.Name(), c.Short)
			}
		}
		for _, g := range groups {
			fmt.Fprintf(to, "\n%s:\n%s", g.title, g.flags.FlagUsages())
		}
		_, err := fmt.Fprintf(to, "\nUse \"%s [command] --help\" for more about a command.\n", cmd.CommandPath())
		return err
	}
}
