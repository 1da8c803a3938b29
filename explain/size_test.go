package explain

import (
	"context"
	"runtime"
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// open is a Border without rules.
type open struct{}

func (open) FromNATS(_ translate.Mountpoint, subject []byte) ([]byte, reason.ID) {
	return subject, reason.None
}
func (open) FromMQTT(topic []byte) ([]byte, reason.ID) { return topic, reason.None }
func (open) Serves([]byte) bool                        { return false }

// A question about a large message takes no more memory than one about a small one.
func TestTheSizeIsNoMemory(t *testing.T) {
	h := hub.New(hub.Options{Lanes: 1})
	s := Service{Hub: h, Border: open{}, OnLane: func(_ int, f func(*hub.Lane)) { f(h.Lane(0)) }}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.Answer(context.Background(), 0, &Question{Name: "a", As: AsSubject, Size: maxSize, Limit: 1}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("%d bytes", took)
	}
}
