package explain

import (
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/system"
	"github.com/isthmus-mq/isthmus/translate"
)

// A question is asked for the asker, or for a user whose mountpoint is known.
func TestWhoseMountpoint(t *testing.T) {
	template, err := translate.ParseMountTemplate(translate.Names{}, "home/${username}/")
	if err != nil {
		t.Fatal(err)
	}
	s := Service{MountOf: func(user string) (translate.Mountpoint, bool) {
		return template.Fill(&translate.MountValues{Username: user})
	}}
	r := system.Request{Prefix: "home.asker."}
	for user, want := range map[string]string{"": "home.asker.", "alice": "home.alice."} {
		if m, err := s.mountFor(&r, user); err != nil || string(m.Prefix()) != want {
			t.Errorf("%q: %v, %v", user, m, err)
		}
	}
	if _, err := s.mountFor(&r, strings.Repeat("x", 5000)); err == nil {
		t.Error("a user who would be refused has a mountpoint")
	}
}
