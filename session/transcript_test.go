package session_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the sessions answer into testdata/transcripts")

// TestTranscripts replays the conversations of testdata/transcripts, whose
// README.md says how to read them. What the clients see must be what is
// written there, and must not depend on how their bytes come in, on how their
// sockets take output, or on the number of lanes.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := parseScript(string(text))
			whole := replay{cut: inOne, how: manner{lanes: 1, budget: 64 << 10}}
			if *rewrite {
				if err := s.rewrite(whole, file); err != nil {
					t.Fatal(err)
				}
				return
			}
			check(t, s, "whole, 1 lane", whole)
			for name, r := range replays() {
				if t.Failed() {
					return // one diff is enough
				}
				check(t, s, name, r)
			}
		})
	}
}

func check(t *testing.T, s *script, name string, r replay) {
	t.Helper()
	blocks, err := s.run(r)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for i, got := range blocks {
		b := &s.blocks[i]
		if want := strings.Join(b.expected, "\n"); got != want {
			t.Errorf("%s: line %d: %s\n--- want\n%s\n--- got\n%s", name, b.line, strings.Join(b.commands, "\n"), want, got)
		}
	}
}

// replay is one way to go through a transcript.
type replay struct {
	cut func(b []byte) [][]byte // one client's bytes into reads
	how manner
}

func inOne(b []byte) [][]byte { return [][]byte{b} }

// every cuts into pieces of n bytes.
func every(n int) func([]byte) [][]byte {
	return func(b []byte) (list [][]byte) {
		for ; len(b) > n; b = b[n:] {
			list = append(list, b[:n])
		}
		return append(list, b)
	}
}

// anywhere cuts at places that depend on the seed only.
func anywhere(seed uint64) func([]byte) [][]byte {
	r := rand.New(rand.NewPCG(seed, 0))
	return func(b []byte) (list [][]byte) {
		for len(b) > 0 {
			n := min(len(b), 1+r.IntN(1<<r.IntN(8)))
			list = append(list, b[:n])
			b = b[n:]
		}
		return list
	}
}

// replays are all ways but the plainest, by name. Cutting into pieces of every
// size up to 40 bytes splits each operation at every place of its beginning.
func replays() map[string]replay {
	const sizes, seeds = 40, 10
	all := make(map[string]replay)
	for _, lanes := range []int{1, 4} {
		how := func(i int) manner {
			return manner{
				lanes:  lanes,
				budget: []int{64 << 10, 1, 300}[i%3],
				piece:  []int{0, 1, 0, 7, 1000}[i%5],
				eager:  i%2 == 0,
			}
		}
		all[fmt.Sprintf("whole, %d lanes", lanes)] = replay{inOne, how(0)}
		for n := 1; n <= sizes; n++ {
			all[fmt.Sprintf("%d bytes at a time, %d lanes", n, lanes)] = replay{every(n), how(n)}
		}
		for seed := range uint64(seeds) {
			all[fmt.Sprintf("cut with seed %d, %d lanes", seed, lanes)] = replay{anywhere(seed), how(int(seed) + 1)}
		}
	}
	return all
}
