package e2e

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/nats-io/nats.go"
)

// What is asked of the server itself is answered on the asker's inbox, which is
// below the mountpoint; what nobody answers is told at once.
func TestRequestsToTheServer(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		m, err := nc.Request("$SYS.REQ.USER.INFO", nil, patience)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Server struct{ ID string }
			Data   struct{ Account string }
		}
		if err := json.Unmarshal(m.Data, &got); err != nil || got.Data.Account != "$G" || got.Server.ID != nc.ConnectedServerId() {
			t.Errorf("the answer is %s (%v)", m.Data, err)
		}
		if _, err := nc.Request("$SYS.REQ.NOTHING", nil, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("a request that nobody answers: %v", err)
		}
	}, "--mountpoint", "dev/eu/")
}
