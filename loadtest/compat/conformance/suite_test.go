package conformance

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// check is one conversation with the server. It runs in each version for which
// it names statements: without MQTT-, with spaces in between.
type check struct {
	name   string
	proves [2]string
	run    func(x *exchange)
}

// group is the checks of one file, which share a server with these flags.
type group struct {
	name   string // the file is name_test.go
	checks []check
	flags  []string
}

var suite = []group{
	{name: "format", checks: formatChecks},
	{name: "connect", checks: connectChecks},
	{name: "identifier", checks: identifierChecks},
	{name: "session", checks: sessionChecks},
	{name: "will", checks: willChecks},
	{name: "alive", checks: aliveChecks},
	{name: "publish", checks: publishChecks},
	{name: "properties", checks: propertiesChecks},
	{name: "qos1", checks: qos1Checks},
	{name: "qos2", checks: qos2Checks},
	{name: "flow", checks: flowChecks},
	{name: "retained", checks: retainedChecks},
	{name: "subscribe", checks: subscribeChecks},
	{name: "unsubscribe", checks: unsubscribeChecks},
	{name: "shared", checks: sharedChecks},
	{name: "topic", checks: topicChecks},
	{name: "alias", checks: aliasChecks},
	{name: "size", checks: sizeChecks},
	{name: "words", checks: wordsChecks, flags: wordsFlags},
	{name: "disconnect", checks: disconnectChecks},
	{name: "authentication", checks: authenticationChecks},
}

// proof is a check of a group.
type proof struct {
	group, name string
}

func (c check) statements(v version) []string { return strings.Fields(c.proves[v]) }

// proofsOf lists for each statement the checks that name it.
func proofsOf(v version) map[string][]proof {
	all := map[string][]proof{}
	for _, g := range suite {
		for _, c := range g.checks {
			for _, id := range c.statements(v) {
				all[id] = append(all[id], proof{g.name, c.name})
			}
		}
	}
	return all
}

// outcomes holds what checks found: empty for a pass.
var outcomes struct {
	sync.Mutex
	of [2]map[proof]string
}

func (c check) awaited(v version) bool {
	for _, id := range c.statements(v) {
		if verdicts[v][id].word != notYet {
			return false
		}
	}
	return true
}

func TestConformance(t *testing.T) {
	for _, g := range suite {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, g.flags...)
			for _, c := range g.checks {
				for _, v := range versions {
					if c.proves[v] != "" {
						t.Run(c.name+"/"+v.String(), func(t *testing.T) {
							t.Parallel()
							g.judge(t, c, v, s)
						})
					}
				}
			}
		})
	}
}

// judge runs a check and remembers the outcome.
func (g group) judge(t *testing.T, c check, v version, s *server) {
	x := &exchange{version: v, server: s, prefix: unique("t") + "/", patience: patience}
	if c.awaited(v) {
		x.patience = shortPatience
	}
	found := x.outcome(c.run)
	outcomes.Lock()
	outcomes.of[v][proof{g.name, c.name}] = found
	outcomes.Unlock()
	switch {
	case found == "":
	case c.awaited(v):
		t.Logf("not yet [%s]: %s", c.proves[v], found)
	default:
		t.Errorf("[%s]: %s", c.proves[v], found)
	}
}

// complete tells whether every check has run.
func complete() bool {
	for _, g := range suite {
		for _, c := range g.checks {
			for _, v := range versions {
				if _, ran := outcomes.of[v][proof{g.name, c.name}]; c.proves[v] != "" && !ran {
					return false
				}
			}
		}
	}
	return true
}

// overdue lists the "not yet" statements all of whose checks pass, as the rows
// of the verdicts begin.
func overdue() (all []string) {
	for _, v := range versions {
		for id, proofs := range proofsOf(v) {
			failed := verdicts[v][id].word != notYet
			for _, p := range proofs {
				failed = failed || outcomes.of[v][p] != ""
			}
			if !failed {
				all = append(all, v.String()+"\t"+idPrefix+id)
			}
		}
	}
	return all
}

var rewrite = flag.Bool("rewrite", false, "write docs/conformance.md")

const (
	root = "../../.."

	// patience is how long a check waits for what must happen, shortPatience for
	// what is expected not to.
	patience      = 10 * time.Second
	shortPatience = time.Second

	// atOnce is how many checks run at once: they wait more than they work.
	atOnce = "16"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	for v := range outcomes.of {
		outcomes.of[v] = map[proof]string{}
	}
	if err := flag.Set("test.parallel", atOnce); err != nil {
		return complain(err)
	}
	if isthmus = os.Getenv("ISTHMUS_BIN"); isthmus == "" {
		dir, err := os.MkdirTemp("", "isthmus-conformance-")
		if err != nil {
			return complain(err)
		}
		defer os.RemoveAll(dir)
		isthmus = filepath.Join(dir, "isthmus")
		args := []string{"build", "-o", isthmus}
		if raceMode {
			args = append(args, "-race")
		}
		cmd := exec.Command("go", append(args, "./cmd/isthmus")...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return complain(fmt.Errorf("%v: %v\n%s", cmd, err, out))
		}
	}
	code := m.Run()
	if !complete() {
		return code
	}
	late := overdue()
	if *rewrite {
		if err := dropVerdicts(late); err != nil {
			code = complain(err)
		}
	} else {
		for _, s := range late {
			code = complain(s + " is \"not yet\", and its checks pass; make conformance takes it off the list")
		}
	}
	if err := keepPage(); err != nil {
		code = complain(err)
	}
	return code
}

// complain says what is wrong outside of any test.
func complain(what any) int {
	fmt.Fprintln(os.Stderr, "FAIL:", what)
	return 1
}
