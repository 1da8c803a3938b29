package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// TestMain also plays a server that says one word to each client, and a
// generator that is done or stuck, as that word tells it.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "serve":
		fakeServer(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == generateCommand:
		fakeGenerator(os.Args[2])
	default:
		os.Exit(m.Run())
	}
}

func fakeServer(port, word string) {
	l, err := net.Listen("tcp4", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			panic(err)
		}
		fmt.Fprint(c, word)
		c.Close()
	}
}

func fakeGenerator(text string) {
	var task load.Task
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		panic(err)
	}
	c, err := net.Dial("tcp4", task.Target.MQTT.String())
	if err != nil {
		panic(err)
	}
	word, err := io.ReadAll(c)
	if err != nil {
		panic(err)
	}
	if string(word) == "stuck" {
		select {}
	}
	fmt.Print(`{"count":1000,"seconds":1,"server_cpu_ns":1000}`)
}

// fakePeer is a server of this test's, and how its clients fare.
func fakePeer(t *testing.T, name, word string) Peer {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Peer{Name: name, Program: self, arguments: func(at endpoint) ([]string, error) {
		return []string{"serve", strconv.Itoa(at.mqtt), word}, nil
	}}
}

func TestARunThatDoesNotFinishIsWrittenDownAndTheRestGoesOn(t *testing.T) {
	peers := []Peer{fakePeer(t, isthmus, "done"), fakePeer(t, "nats-server", "stuck"), fakePeer(t, "mosquitto", "done")}
	row := func(name string) Row {
		return Row{Name: name, Load: load.Task{Storm: &load.Storm{Protocol: "mqtt"}}}
	}
	runs := map[string]int{}
	counted := func(ctx context.Context, p Peer, r Row, c cores) (load.Sample, error) {
		runs[r.Name+" "+p.Name]++
		return run(ctx, p, r, c)
	}
	begin := time.Now()
	results := campaign(t.Context(), []Row{row("M/storm"), row("M/idle")}, peers, 2, 5*time.Second, cores{"0", "0"}, counted)
	t.Logf("took %v", time.Since(begin))
	if len(results) != 6 {
		t.Fatalf("%d results", len(results))
	}
	for _, r := range results {
		stuck, times := r.Peer == "nats-server", runs[r.Row+" "+r.Peer]
		switch {
		case len(r.Errors) > 0:
			t.Errorf("%s on %s: %q", r.Row, r.Peer, r.Errors)
		case stuck && (r.Unfinished != 5 || times != 1 || len(r.Samples) > 0):
			t.Errorf("%s is stuck: after %d runs %+v", r.Row, times, r)
		case !stuck && (r.Unfinished != 0 || times != 2 || len(r.Samples) != 2):
			t.Errorf("%s on %s: after %d runs %+v", r.Row, r.Peer, times, r)
		}
	}
}

func TestAPeerThatDidNotFinishIsNamedAndIsNoFaultOfTheProduct(t *testing.T) {
	r := Report{Runs: []Run{{}}, Results: []Result{
		{Row: "N/m1M", Peer: isthmus, Samples: []load.Sample{{Count: 1, Seconds: 1, ServerCPU: 1000, Subscriptions: 1}}},
		{Row: "N/m1M", Peer: "nats-server", Unfinished: 240},
	}}
	page := func() string {
		var b strings.Builder
		r.markdown(&b)
		return b.String()
	}
	for _, want := range []string{
		"| N/m1M | nats-server | did not finish in 240 s |\n",
		"| N/m1M | CPU µs | | | | ≥ 4.0× | ≥ 8.0× | **nats-server did not finish in 240 s** | | |\n",
	} {
		if !strings.Contains(page(), want) {
			t.Errorf("%q is missing in\n%s", want, page())
		}
	}
	if err := r.gate(); err != nil {
		t.Errorf("the gate: %v", err)
	}
	if err := r.failed(); err != nil {
		t.Errorf("failed: %v", err)
	}
	// It did finish once.
	r.Results[1].Samples = r.Results[0].Samples
	if want := "| N/m1M | nats-server, once did not finish in 240 s |"; !strings.Contains(page(), want) {
		t.Errorf("%q is missing in\n%s", want, page())
	}
	// The product has to finish.
	r.Results[0].Unfinished, r.Results[0].Samples = 240, nil
	if r.gate() == nil || r.failed() == nil {
		t.Error("the product did not finish, and nobody minds")
	}
}
