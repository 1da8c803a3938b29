package loadtest

import (
	"fmt"
	"strconv"
	"time"
)

// span writes a duration with three digits.
func span(d time.Duration) string {
	ns := float64(d)
	for _, u := range []struct {
		name string
		ns   float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if ns >= u.ns {
			return threeDigits(ns/u.ns) + " " + u.name
		}
	}
	return fmt.Sprintf("%d ns", int64(d))
}

// count writes a number that may be large with three digits.
func count(n float64) string {
	switch {
	case n >= 1e6:
		return threeDigits(n/1e6) + " M"
	case n >= 1e4:
		return threeDigits(n/1e3) + " k"
	}
	return threeDigits(n)
}

// size writes a number of bytes.
func size(n int64) string {
	switch {
	case n >= 1<<30 || n <= -1<<30:
		return fmt.Sprintf("%.2f GB", float64(n)/(1<<30))
	case n >= 1<<20 || n <= -1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 10<<10 || n <= -10<<10:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

func threeDigits(f float64) string {
	switch {
	case f >= 99.95:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f >= 9.995:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

// whole writes an integer with separators.
func whole(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
