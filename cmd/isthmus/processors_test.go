package main

import (
	"bytes"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
)

func TestUsableCPUs(t *testing.T) {
	now := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(now)
	without(t, "GOMAXPROCS")
	procs := runtime.NumCPU() + 3 // what the runtime has made of a quota, say
	silent := slog.New(slog.DiscardHandler)
	roundDown := func() error {
		runtime.GOMAXPROCS(procs - 1)
		return nil
	}
	for mode, want := range map[string]int{quotaRuntime: procs, quotaFloor: procs - 1, quotaIgnore: runtime.NumCPU()} {
		runtime.GOMAXPROCS(procs)
		if got, err := usableCPUs(mode, roundDown, silent); err != nil || got != want {
			t.Errorf("%s: %d and error %v, want %d", mode, got, err, want)
		}
	}
	if got, err := usableCPUs("ceiling", roundDown, silent); err == nil {
		t.Errorf("an unknown mode is taken for %d", got)
	}
}

func TestAQuotaThatCannotBeReadIsTheRuntimesAndAWarning(t *testing.T) {
	without(t, "GOMAXPROCS")
	var said bytes.Buffer
	broken := func() error { return errors.New("no such file as cpu.max") }
	got, err := usableCPUs(quotaFloor, broken, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil || got != runtime.GOMAXPROCS(0) || !strings.Contains(said.String(), "cpu.max") {
		t.Errorf("%d and error %v, want %d; said %q", got, err, runtime.GOMAXPROCS(0), said.String())
	}
}

func TestRoundingDownLeavesACPU(t *testing.T) {
	now := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(now)
	without(t, "GOMAXPROCS")
	if err := roundQuotaDown(); err != nil || runtime.GOMAXPROCS(0) < 1 || runtime.GOMAXPROCS(0) > max(now, 1) {
		t.Errorf("%d of %d, error %v", runtime.GOMAXPROCS(0), now, err)
	}
}

func TestGOMAXPROCSInTheEnvironmentIsTheAnswer(t *testing.T) {
	t.Setenv("GOMAXPROCS", "5")
	now := runtime.GOMAXPROCS(5)
	defer runtime.GOMAXPROCS(now)
	for _, mode := range []string{quotaRuntime, quotaFloor, quotaIgnore} {
		if got, err := usableCPUs(mode, roundQuotaDown, slog.New(slog.DiscardHandler)); err != nil || got != 5 {
			t.Errorf("%s: %d and error %v, want 5", mode, got, err)
		}
	}
}
