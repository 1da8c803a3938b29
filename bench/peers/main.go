// Command peers measures isthmus against nats-server, and against Mosquitto
// where it is installed, side by side on one machine. See README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"syscall"
)

// generateCommand as the first argument makes this process a generator.
const generateCommand = "generate"

type options struct {
	run, peers    *regexp.Regexp
	rounds        int
	seconds       float64
	idle, storm   int
	isthmus, json string
	list          bool
	cores         cores
}

func main() {
	runtime.LockOSThread() // see pinned
	err := func() error {
		if len(os.Args) == 3 && os.Args[1] == generateCommand {
			return generate(os.Args[2])
		}
		o, err := parse()
		if err != nil {
			return err
		}
		return compare(o)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func parse() (options, error) {
	var o options
	run := flag.String("run", ".", "rows to run, a regexp, such as '^N-N/a|idle'")
	only := flag.String("peers", ".", "peers to run, a regexp")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds per row")
	flag.Float64Var(&o.seconds, "seconds", 2, "seconds per run of a stream")
	flag.IntVar(&o.idle, "idle", 15000, "connections of the idle rows")
	flag.IntVar(&o.storm, "storm", 5000, "connections of the storm rows")
	flag.StringVar(&o.isthmus, "isthmus", "", "a program to measure instead of building ../../cmd/isthmus")
	flag.StringVar(&o.json, "json", "", "file to write all samples to")
	flag.BoolVar(&o.list, "list", false, "list the rows and run nothing")
	flag.StringVar(&o.cores.server, "server-core", "0", "core of the server")
	flag.StringVar(&o.cores.generator, "generator-core", "1", "core of the generator")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if o.rounds < 1 {
		return o, errors.New("-rounds is below 1")
	}
	var err error
	if o.run, err = regexp.Compile(*run); err != nil {
		return o, err
	}
	o.peers, err = regexp.Compile(*only)
	return o, err
}

func compare(o options) error {
	chosen := slices.DeleteFunc(rows(o.seconds, o.idle, o.storm), func(r Row) bool { return !o.run.MatchString(r.Name) })
	if o.list {
		for _, r := range chosen {
			fmt.Printf("%-10s %s\n", r.Name, r.What)
		}
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := raiseDescriptors(); err != nil {
		return err
	}
	dir, err := module()
	if err != nil {
		return err
	}
	bin, err := os.MkdirTemp("", "peers-bin-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	programs, err := peers(ctx, dir, bin, o.isthmus, o.peers)
	if err != nil {
		return err
	}
	report := Report{Machine: machine(), Rounds: o.rounds, Peers: map[string]string{}}
	for _, p := range programs {
		report.Peers[p.Name] = p.Version
	}
	report.Results = campaign(ctx, chosen, programs, o.rounds, o.cores)
	report.markdown(os.Stdout)
	if o.json != "" {
		text, err := json.MarshalIndent(report, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return report.failed()
}

// raiseDescriptors raises the limit of this process and of those it starts:
// the runtime raises its own, but not theirs.
func raiseDescriptors() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// failed is an error if any run was one.
func (r Report) failed() error {
	n := 0
	for _, result := range r.Results {
		n += len(result.Errors)
	}
	if n > 0 {
		return fmt.Errorf("%d runs failed", n)
	}
	return nil
}
