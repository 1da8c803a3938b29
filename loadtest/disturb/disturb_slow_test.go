//go:build slow

package disturb

import "testing"

func TestWellBehavedClientsNoticeNothingOfAHundredThousandOthers(t *testing.T) {
	disturbed(t, 100_000)
}
