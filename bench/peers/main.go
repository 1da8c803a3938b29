// Command peers measures isthmus against nats-server, and against Mosquitto
// where it is installed, side by side on one machine. See README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// generateCommand as the first argument makes this process a generator.
const generateCommand = "generate"

type options struct {
	run, peers                   *regexp.Regexp
	core, merge, gate, list      bool
	rounds                       int
	limit                        time.Duration // of one run
	sizes                        sizes
	isthmus, json, results, page string
	cores                        cores
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
	flag.BoolVar(&o.core, "core", false, "only the core rows: those with a target that are not slow")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds per row")
	flag.DurationVar(&o.limit, "limit", 4*time.Minute, "what one run of a row may take; then the report says that the peer did not finish, and goes on")
	flag.Float64Var(&o.sizes.seconds, "seconds", 2, "seconds per run of a stream")
	flag.IntVar(&o.sizes.idle, "idle", 15000, "connections of the idle rows")
	flag.IntVar(&o.sizes.storm, "storm", 5000, "connections of the storm rows")
	flag.StringVar(&o.isthmus, "isthmus", "", "a program to measure instead of building ../../cmd/isthmus")
	flag.StringVar(&o.json, "json", "", "file to write all samples to")
	flag.StringVar(&o.results, "results", "", "directory to write all samples to, as DATE"+resultsName)
	flag.StringVar(&o.page, "page", "", "file whose generated part to replace with the report")
	flag.BoolVar(&o.merge, "merge", false, "keep rows that are not run, from the newest file in -results")
	flag.BoolVar(&o.gate, "gate", false, "fail if a floor is missed")
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
	if o.limit < time.Second {
		return o, errors.New("-limit is below a second")
	}
	if o.merge && (o.results == "" || *only != ".") {
		return o, errors.New("-merge needs -results and all peers: a row is measured as a whole")
	}
	var err error
	if o.run, err = regexp.Compile(*run); err != nil {
		return o, err
	}
	o.peers, err = regexp.Compile(*only)
	return o, err
}

func compare(o options) error {
	all := rows(o.sizes)
	chosen := slices.DeleteFunc(slices.Clone(all), func(r Row) bool {
		return !o.run.MatchString(r.Name) || o.core && !r.core()
	})
	if o.list {
		for _, r := range chosen {
			fmt.Printf("%-18s %s\n", r.Name, r.What)
		}
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, err := measureRows(ctx, o, chosen)
	if err != nil {
		return err
	}
	report.markdown(os.Stdout)
	return errors.Join(o.publish(report, names(all)), report.failed())
}

// measureRows runs the rows.
func measureRows(ctx context.Context, o options, chosen []Row) (Report, error) {
	if err := raiseDescriptors(); err != nil {
		return Report{}, err
	}
	dir, err := module()
	if err != nil {
		return Report{}, err
	}
	bin, err := os.MkdirTemp("", "peers-bin-*")
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(bin)
	programs, err := peers(ctx, dir, bin, o.isthmus, o.peers)
	if err != nil {
		return Report{}, err
	}
	this := Run{Machine: machine(), Rounds: o.rounds, Seconds: o.sizes.seconds, Peers: map[string]string{}}
	for _, p := range programs {
		this.Peers[p.Name] = p.Version
	}
	return Report{Runs: []Run{this}, Results: campaign(ctx, chosen, programs, o.rounds, o.limit, o.cores, run)}, nil
}

// publish writes the report where it is wanted. Floors are looked at in what was
// run, not in what it is merged with.
func (o options) publish(r Report, names []string) error {
	var missed error
	if o.gate {
		missed = r.gate()
	}
	whole := r
	if o.merge {
		older, err := newest(o.results)
		if err != nil {
			return err
		}
		whole = r.merge(older, names)
	}
	var errs []error
	if o.json != "" {
		errs = append(errs, whole.write(o.json))
	}
	if o.results != "" {
		errs = append(errs, whole.write(whole.inResults(o.results)))
	}
	if o.page != "" {
		errs = append(errs, whole.onPage(o.page))
	}
	return errors.Join(append(errs, missed)...)
}

func names(rows []Row) []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Name)
	}
	return all
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
