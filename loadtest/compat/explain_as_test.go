package e2e

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// Where each user has a room, a subject means another name for each, and --as says
// for whom.
func TestExplainAsAUser(t *testing.T) {
	s := start(t, "--mountpoint", "home/${username}/")
	subscribe(t, s.natsClient(t, nats.UserInfo("alice", ""), nats.Name("hers")), "x")
	for user, want := range map[string]string{
		"alice": "inside     home.alice.x\n",
		"b/b":   "inside     home.b%2Fb.x\n",
	} {
		text := s.explained(t, "x", "--nats", "--as", user)
		if !strings.Contains(text, want) || strings.Contains(text, "delivered") != (user == "alice") {
			t.Errorf("for %s:\n%s", user, text)
		}
	}
	out, err := exec.Command(isthmus, "explain", "--server", s.nats, "x").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--as USER") {
		t.Errorf("for nobody: %v\n%s", err, out)
	}
}
