package main

import (
	"errors"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/isthmus-mq/isthmus/server"
)

// without takes a variable out of the environment until the test ends.
func without(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "") // puts it back in the end
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// restored puts Go's memory limit and GOGC back when the test ends.
func restored(t *testing.T) {
	t.Helper()
	limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	t.Cleanup(func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	})
}

func TestMemoryLimitIsGivenToGo(t *testing.T) {
	const group = 1000 << 20
	for _, c := range []struct {
		flag, environment string
		want              int64
	}{
		{"auto", "", 900 << 20},
		{"auto", "700MiB", 5 << 30}, // the runtime has read it at its start, and it stays
		{"512MB", "", 512 << 20},
		{"512MB", "700MiB", 512 << 20},
		{"off", "", math.MaxInt64},
		{"off", "700MiB", math.MaxInt64},
	} {
		t.Run(c.flag+" "+c.environment, func(t *testing.T) {
			restored(t)
			without(t, "AUTOMEMLIMIT")
			if without(t, "GOMEMLIMIT"); c.environment != "" {
				t.Setenv("GOMEMLIMIT", c.environment)
			}
			debug.SetMemoryLimit(5 << 30)
			var m memoryLimit
			if err := m.Set(c.flag); err != nil {
				t.Fatal(err)
			}
			if err := m.apply(memlimit.Limit(group)); err != nil {
				t.Fatal(err)
			}
			if got := debug.SetMemoryLimit(-1); got != c.want {
				t.Errorf("Go's limit is %d, want %d", got, c.want)
			}
			if m.String() != c.flag {
				t.Errorf("the flag prints as %s", &m)
			}
		})
	}
}

func TestAGroupThatCannotBeReadIsAnError(t *testing.T) {
	restored(t)
	without(t, "AUTOMEMLIMIT")
	without(t, "GOMEMLIMIT")
	m := memoryLimit{auto: true}
	broken := errors.New("broken")
	if err := m.apply(func() (uint64, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

func TestMemoryLimitsThatCannotBe(t *testing.T) {
	for _, text := range []string{"", "half", "1MB", "-1", "0"} {
		var m memoryLimit
		if err := m.Set(text); err == nil {
			t.Errorf("%q is taken for %s", text, &m)
		}
	}
}

func TestMoreMayBeKeptThanThereIsMemory(t *testing.T) {
	restored(t)
	for _, c := range []struct {
		limit  int64
		retain bool
		warns  bool
	}{
		{1 << 30, true, true},
		{5 << 29, true, true}, // 2.5 GB: three times one may be kept
		{5 << 29, false, false},
		{8 << 30, true, false},
		{math.MaxInt64, true, false},
	} {
		debug.SetMemoryLimit(c.limit)
		o := server.Defaults()
		o.Policy.Retain = c.retain
		var log strings.Builder
		warnOfMemory(o, slog.New(slog.NewTextHandler(&log, nil)))
		if warned := log.Len() > 0; warned != c.warns {
			t.Errorf("limit %d, retained messages %v: the log is %q", c.limit, c.retain, log.String())
		}
	}
}

func TestGCPercent(t *testing.T) {
	for _, c := range []struct {
		flag        int
		environment string
		want        int
	}{
		{0, "", gcPercent},
		{0, "77", 33}, // the runtime has read it at its start, and it stays
		{200, "", 200},
		{200, "77", 200},
	} {
		restored(t)
		t.Setenv("GOGC", c.environment)
		debug.SetGCPercent(33)
		if err := collectAt(c.flag); err != nil {
			t.Fatal(err)
		}
		if got := debug.SetGCPercent(100); got != c.want {
			t.Errorf("--gc-percent %d with GOGC=%s: %d, want %d", c.flag, c.environment, got, c.want)
		}
	}
	for _, bad := range []int{-1, 10001} {
		if collectAt(bad) == nil {
			t.Errorf("--gc-percent %d is taken", bad)
		}
	}
}
