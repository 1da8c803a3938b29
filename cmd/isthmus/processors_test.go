package main

import (
	"runtime"
	"testing"
)

func TestUsableCPUs(t *testing.T) {
	now := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(now)
	without(t, "GOMAXPROCS")
	procs := runtime.NumCPU() + 3 // what the runtime has made of a quota, say
	runtime.GOMAXPROCS(procs)
	for mode, want := range map[string]int{quotaRuntime: procs, quotaIgnore: runtime.NumCPU()} {
		if got, err := usableCPUs(mode); err != nil || got != want {
			t.Errorf("%s: %d and error %v, want %d", mode, got, err, want)
		}
	}
	if got, err := usableCPUs(quotaFloor); err != nil || got < 1 || got > procs {
		t.Errorf("%s: %d and error %v", quotaFloor, got, err)
	}
	if got, err := usableCPUs("ceiling"); err == nil {
		t.Errorf("an unknown mode is taken for %d", got)
	}
}

func TestGOMAXPROCSInTheEnvironmentIsTheAnswer(t *testing.T) {
	t.Setenv("GOMAXPROCS", "5")
	now := runtime.GOMAXPROCS(5)
	defer runtime.GOMAXPROCS(now)
	for _, mode := range []string{quotaRuntime, quotaFloor, quotaIgnore} {
		if got, err := usableCPUs(mode); err != nil || got != 5 {
			t.Errorf("%s: %d and error %v, want 5", mode, got, err)
		}
	}
}
