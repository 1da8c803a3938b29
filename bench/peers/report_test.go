package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// spent returns samples of which each item cost so many µs.
func spent(micros ...int64) (s []load.Sample) {
	for _, us := range micros {
		s = append(s, load.Sample{Count: 1000, Seconds: 1, ServerCPU: us * 1e6})
	}
	return s
}

// reported is a small report with all that can become of a row.
func reported() Report {
	return Report{
		Runs: []Run{{Rounds: 3, Seconds: 1, Peers: map[string]string{"isthmus": "abc", "relay": "gnet v1"}, Machine: Machine{
			Date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), CPU: "a CPU", Cores: 2,
		}}},
		Results: []Result{
			{Row: "N-N/a16", Peer: "isthmus", Samples: spent(3, 1, 2)},
			{Row: "N-N/a16", Peer: "nats-server", Samples: spent(28, 27, 29)},
			{Row: "N-N/a16", Peer: "relay", Samples: spent(1)},
			{Row: "M-M/a16", Peer: "isthmus", Samples: spent(2)},
			{Row: "M-M/a16", Peer: "nats-server", Samples: spent(8)},
			{Row: "M-M/a16", Peer: "mosquitto", Samples: spent(9)},
			{Row: "N1-M1/a16", Peer: "mosquitto", Instead: "M1-M1/a16", Samples: spent(5)},
			{Row: "N/storm", Peer: "isthmus", Errors: []string{"boom"}},
			{Row: "N/storm", Peer: "nats-server", Samples: spent(5)},
		},
	}
}

func TestMarkdown(t *testing.T) {
	r := reported()
	var b strings.Builder
	r.markdown(&b)
	for _, want := range []string{
		"- **Run 1**, 2026-01-02 03:04 UTC: 2 cores of a CPU;",
		"; isthmus abc, relay gnet v1.\n",
		"### Targets: 1 of 4 floors hold, 1 of 4 goals are met\n",
		"| N-N/a16 | CPU µs | 2 | nats-server 28 | 14.0× | ≥ 6.0× | ≥ 10.0× | goal met | 1 | 2.0 |\n",
		"| M-M/a16 | CPU µs | 2 | nats-server 8 | 4.0× | ≥ 15.0× | ≥ 28.0× | **floor missed** |  |  |\n",
		"| N/storm | CPU µs | | | | ≥ 2.2× | ≥ 2.5× | **not measured** | | |\n",
		"| N-N/a16 | isthmus | 1 k | 2 (1–3) |  |\n",
		"| N-N/a16 | nats-server | 1 k | 28 (27–29) | 14.0 |\n",
		"| N/storm | isthmus | failed |",
		"| N/storm | nats-server | 1 k | 5 |  | 0 |\n",
		"| N1-M1/a16 | mosquitto, M1-M1/a16 instead | 1 k | 5 |  |\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if r.failed() == nil {
		t.Error("a failed run is not told")
	}
}

func TestGate(t *testing.T) {
	err := reported().gate()
	if err == nil {
		t.Fatal("nothing is missed")
	}
	const want = "M-M/a16, CPU µs: 4.0×, the floor is ≥ 15.0×\n" +
		"N1-M1/a16, CPU µs: nothing to compare\n" +
		"N/storm, CPU µs: nothing to compare"
	if err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	good := reported()
	good.Results = good.Results[:3]
	if err := good.gate(); err != nil {
		t.Error(err)
	}
}

// TestChurnIsJudgedWithoutItsOwnCost has a churn that costs 10 µs for each of
// 100 subscriptions, and a stream of 1000 messages beside it that cost 3 µs each
// with it, so 2 without; alone it costs 1.6.
func TestChurnIsJudgedWithoutItsOwnCost(t *testing.T) {
	both := spent(3)
	both[0].Churned = 100
	quiet := spent(0)
	quiet[0].ServerCPU = 1.6e6
	r := Report{Runs: []Run{{}}, Results: []Result{
		{Row: "churn/a16/other", Peer: undisturbed, Samples: quiet},
		{Row: "churn/a16/other", Peer: disturbed, Samples: both},
		{Row: "churn/a16/other", Peer: churnAlone, Samples: spent(10)},
	}}
	judged, open := r.verdicts()
	if len(judged) != 1 || len(open) != 0 {
		t.Fatalf("%d judged, %d open", len(judged), len(open))
	}
	if v := judged[0]; v.is.text(v.value) != "+25 %" || v.held() {
		t.Errorf("%s, held %v", v.is.text(v.value), v.held())
	}
}

// TestMerge renews one row of two and drops one that is no more.
func TestMerge(t *testing.T) {
	older := reported()
	older.Runs = append([]Run{{Rounds: 9}}, older.Runs...)
	for i := range older.Results {
		older.Results[i].Run = 1
	}
	newer := Report{Runs: []Run{{Rounds: 5}}, Results: []Result{{Row: "M-M/a16", Peer: "isthmus", Samples: spent(1)}}}
	got := newer.merge(older, []string{"N-N/a16", "M-M/a16", "N/storm"})
	if len(got.Runs) != 2 || got.Runs[0].Rounds != 5 || got.Runs[1].Rounds != 3 {
		t.Errorf("runs: %+v", got.Runs)
	}
	var rows []string
	for _, result := range got.Results {
		rows = append(rows, result.Row+" "+result.Peer)
		if want := map[bool]int{true: 0, false: 1}[result.Row == "M-M/a16"]; result.Run != want {
			t.Errorf("%s is of run %d, want %d", result.Row, result.Run, want)
		}
	}
	want := []string{
		"N-N/a16 isthmus", "N-N/a16 nats-server", "N-N/a16 relay", "M-M/a16 isthmus", "N/storm isthmus", "N/storm nats-server",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("%q, want %q", rows, want)
	}
	got = Report{Runs: []Run{{Rounds: 5}}}.merge(older, []string{"N-N/a16"})
	if len(got.Runs) != 1 || got.Runs[0].Rounds != 3 || len(got.Results) != 3 {
		t.Errorf("nothing merged with something is %+v", got)
	}
}

func TestPage(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "page.md")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + pageBegin + "stale\n" + pageEnd + "after\n")
	r := reported()
	for range 2 { // what was written can be replaced
		if err := r.onPage(file); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(got)
	if !strings.HasPrefix(text, "before\n"+pageBegin+"\n- **Run 1**") || !strings.HasSuffix(text, "|\n\n"+pageEnd+"after\n") ||
		strings.Contains(text, "stale") || strings.Count(text, pageBegin) != 1 {
		t.Errorf("the page is\n%s", text)
	}
	write("no part to replace\n")
	if r.onPage(file) == nil {
		t.Error("a page without the two lines is no error")
	}
}

// TestResultsSurviveTheirFile writes a report and reads it as the newest one.
func TestResultsSurviveTheirFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := newest(dir); err == nil {
		t.Error("no results are no error")
	}
	r := reported()
	for _, day := range []int{5, 7, 6} {
		r.Runs[0].Machine.Date = time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)
		if err := r.write(r.inResults(dir)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := newest(dir)
	if err != nil || got.Runs[0].Machine.Date.Day() != 7 || len(got.Results) != len(r.Results) {
		t.Errorf("error %v, %+v", err, got)
	}
}

// TestPageOfTheDocs holds the page against what onPage needs.
func TestPageOfTheDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	before, after := strings.Index(string(page), pageBegin), strings.Index(string(page), pageEnd)
	if before < 0 || after < before {
		t.Errorf("the part to replace is from %d to %d", before, after)
	}
}
