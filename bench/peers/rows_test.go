package main

import (
	"slices"
	"testing"
)

func TestRowNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rows(sizes{1, 1, 1}) {
		if nats, mqtt := r.protocols(); seen[r.Name] || !nats && !mqtt {
			t.Errorf("row %s: seen %v, NATS %v, MQTT %v", r.Name, seen[r.Name], nats, mqtt)
		}
		seen[r.Name] = true
	}
}

// TestEveryRowHasItsTargetOrNone finds rows that nobody decided about, and
// targets of rows that are not there.
func TestEveryRowHasItsTargetOrNone(t *testing.T) {
	all := names(rows(sizes{1, 1, 1}))
	aimed := map[string]bool{}
	for _, target := range targets {
		aimed[target.row] = true
		if !slices.Contains(all, target.row) {
			t.Errorf("a target is for row %s, which does not exist", target.row)
		}
		if !target.is.reached(target.goal, target.floor) {
			t.Errorf("%s, %s: the goal %g misses the floor %g", target.row, target.figure.title, target.goal, target.floor)
		}
	}
	for _, row := range untargeted {
		if !slices.Contains(all, row) {
			t.Errorf("%s is named as untargeted and does not exist", row)
		}
	}
	for _, row := range all {
		if aimed[row] == slices.Contains(untargeted, row) {
			t.Errorf("%s has a target: %v, and is named as one without: %v", row, aimed[row], aimed[row])
		}
	}
}

func TestEveryRowIsInOneTable(t *testing.T) {
	for _, row := range names(rows(sizes{1, 1, 1})) {
		n := 0
		for _, table := range tables {
			if table.holds(row) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is in %d tables", row, n)
		}
	}
}

// TestReferences looks at what a peer runs for a row that it cannot do.
func TestReferences(t *testing.T) {
	f := func(p Peer, row, want string) {
		t.Helper()
		for _, r := range rows(sizes{1, 1, 1}) {
			if r.Name != row {
				continue
			}
			their, ok := r.on(p)
			if ok != (want != "") || ok && their.Name != want {
				t.Errorf("%s on %s: %s, %v", row, p.Name, their.Name, ok)
			}
			if ok && their.Load.Flow != nil && their.Load.Flow.Apart != (p.Name == isthmus && row == "N-N/2l") {
				t.Errorf("%s on %s: apart is %v", row, p.Name, their.Load.Flow.Apart)
			}
			return
		}
		t.Errorf("no row %s", row)
	}
	product, natsServer := Peer{Name: isthmus, NATS: true, Crosses: true}, Peer{Name: "nats-server", NATS: true}
	mosquitto, ceiling := Peer{Name: "mosquitto"}, Peer{Name: relay, NATS: true}
	f(product, "N1-M1/a256", "N1-M1/a256")
	f(natsServer, "N1-M1/a256", "M1-M1/a256")
	f(mosquitto, "N1-M1/a256", "M1-M1/a256")
	f(natsServer, "N-M/a256", "N-M/a256")
	f(mosquitto, "N-M/a256", "")
	f(mosquitto, "M1-M1/b100", "M1-M1/b100")
	f(product, "N-N/2l", "N-N/2l")
	f(natsServer, "N-N/2l", "N-N/2l")
	f(ceiling, "N-N/p100", "N-N/p100")
	f(ceiling, "N-N/u", "")
	f(ceiling, "M-M/a16", "")
}

// TestCeiling holds the rows of the relay: those whose bytes it can pass on.
func TestCeiling(t *testing.T) {
	var got []string
	for _, r := range rows(sizes{1, 1, 1}) {
		if r.Ceiling {
			got = append(got, r.Name)
		}
	}
	want := []string{
		"N-N/a16", "N-N/a256", "N-N/t1000", "N-N/b100", "N-N/b1000", "N-N/c100", "N-N/p100",
		"N-N/d1000", "N-N/d32", "N-N/d1", "N-N/d5k",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
