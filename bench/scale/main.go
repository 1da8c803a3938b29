// Command scale measures how memory and cost grow: with sessions, up to a
// million on synthetic connections in this process, with subscriptions,
// fan-out, payload and lanes, and with real connections to a started isthmus.
// Results go to a file in bench/results.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// part is one thing to measure.
type part struct {
	name, what string
	run        func(*settings, *report, *progress) error
}

var parts = []part{
	{"memory", "heap bytes per session and per subscription", memory},
	{"gc", "pauses and CPU of the garbage collector while messages flow", collector},
	{"match", "the trie alone: finding one of n subscriptions", matching},
	{"subscriptions", "cost per message against the number of subscriptions", bySubscriptions},
	{"fan-out", "cost per message against the number of its receivers", byFanOut},
	{"payload", "cost per message against its size", byPayload},
	{"lanes", "cost per message against the number of lanes", byLanes},
	{"connections", "cost per message against the number of sessions", byConnections},
	{"live", "real connections: resident memory, idle CPU, cost per message", live},
}

func usage(to io.Writer, flags *flag.FlagSet) {
	fmt.Fprint(to, `How memory and cost grow, in numbers for bench/results.

  go run ./bench/scale [flags] [part...]

Without a part all of them run, which takes about a quarter of an hour and 5 GB
of memory for a million sessions. Parts:

`)
	for _, p := range parts {
		fmt.Fprintf(to, "  %-14s %s\n", p.name, p.what)
	}
	fmt.Fprint(to, `
All but live run in this process, on connections without sockets whose peers
take everything at once. So they leave out what a socket costs: gnet's
connection, the kernel's, system calls. CPU time is that of this process, user
and system; each value is the median of --rounds samples. The live part starts
isthmus with one lane and takes that process's CPU time from the kernel.

  go run ./bench/scale --sessions 100000 --time 50ms    a look, in two minutes
  go run ./bench/scale memory gc                        two parts, at full size
  go run ./bench/scale --live 5000 --out - live         to standard output
  make scale                                            all, with the page
  make scale SCALE="fan-out live"                        two parts, with the page

Parts that do not run keep the values that the newest file beside --out has for
them, with the run that they are from; so parts can be measured one by one.
cd bench/plot && go run . draws docs/plots and fills docs/scale.md.

`)
	flags.SetOutput(to)
	flags.PrintDefaults()
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var s settings
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&s.sessions, "sessions", 1_000_000, "sessions and subscriptions of the largest case, a `number` from 1000")
	flags.IntVar(&s.live, "live", 15_000, "real connections of the largest case, a `number` below the limit of open files")
	flags.DurationVar(&s.time, "time", 150*time.Millisecond, "CPU `time` of one sample")
	flags.IntVar(&s.rounds, "rounds", 5, "`samples` of each value")
	flags.DurationVar(&s.traffic, "traffic", 20*time.Second, "`time` for which messages flow beside the garbage collector")
	flags.StringVar(&s.isthmus, "isthmus", "", "`program` for the live part; built from ./cmd/isthmus if empty")
	flags.BoolVar(&s.quiet, "quiet", false, "tell nothing while running")
	out := flags.String("out", time.Now().UTC().Format("bench/results/2006-01-02"+resultsName), "`file` for the results, - for standard output")
	switch err := flags.Parse(args); {
	case err == flag.ErrHelp:
		usage(os.Stdout, flags)
		return nil
	case err != nil:
		return fmt.Errorf("%w; --help tells more", err)
	case s.sessions < 1000, s.rounds < 1, s.live < 100:
		return fmt.Errorf("--sessions is below 1000, --live below 100, or --rounds below 1")
	}
	chosen := parts
	if flags.NArg() > 0 {
		chosen = nil
		for _, name := range flags.Args() {
			i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
			if i < 0 {
				return fmt.Errorf("no part is called %q; --help lists them", name)
			}
			chosen = append(chosen, parts[i])
		}
	}
	r := report{Runs: []machine{thisMachine()}}
	tell := &progress{quiet: s.quiet, began: time.Now()}
	for _, p := range chosen {
		if err := p.run(&s, &r, tell); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if *out != "-" { // after each part: a long run that is interrupted leaves something
			if err := r.write(*out); err != nil {
				return err
			}
		}
	}
	r.text(os.Stdout)
	if *out == "-" {
		return nil
	}
	tell.say("written to %s", strings.TrimPrefix(*out, "./"))
	return nil
}
