package translate

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// TestMountTemplateLaws: whatever the values are, two that differ make different
// levels, their number does not change, the names below are topics, and the
// mountpoint that stands for all knows each.
func TestMountTemplateLaws(t *testing.T) {
	values := rapid.OneOf(rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune("a/%$.*>+# \x00\n2F\u0080\uFFFE\uFFFD"))),
		rapid.SampledFrom([]string{"", "%", "%25", "*", ">", "$SYS", "_INBOX", "a\xffb", "a/b", "a%2Fb", "\xef\xbf\xbd", "\xff"}))
	for _, n := range bothModes {
		n.StrictUTF8 = true
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.SampledFrom([]string{"${username}/", "a/${username}/b/", "p-${username}-s/", "${peerhost}/${username}/"}).Draw(t, "template")
			template, err := ParseMountTemplate(n, text)
			if err != nil || !template.AfterLogin() {
				t.Fatalf("%v", err)
			}
			one, two := values.Draw(t, "one"), values.Draw(t, "two")
			a, ok := template.Fill(&MountValues{Username: one, PeerHost: "h"})
			b, ok2 := template.Fill(&MountValues{Username: two, PeerHost: "h"})
			if ok != (one != "") && len(one) < 200 {
				t.Fatalf("%q: %v", one, ok)
			}
			if !ok || !ok2 {
				return
			}
			if (one == two) != (string(a.Prefix()) == string(b.Prefix())) {
				t.Fatalf("%q makes %q, %q makes %q", one, a.Prefix(), two, b.Prefix())
			}
			all := template.Mountpoint()
			if got := strings.Count(string(a.Prefix()), "."); got != a.Depth() || got != all.Depth() || len(a.Prefix()) < len(all.Prefix()) {
				t.Fatalf("%q has %d levels, prefix %q of %q", one, got, a.Prefix(), all.Prefix())
			}
			name := a.Add(nil, []byte("x.y"))
			topic, ok := n.AppendTopic(nil, name)
			if !ok || !mqtt.ValidTopic(topic) || topic[0] == '$' {
				t.Fatalf("%q: the topic is %q, %v", one, topic, ok)
			}
			for _, m := range []Mountpoint{a, all} {
				if rest, ok := m.Strip(name); !ok || string(rest) != "x.y" {
					t.Fatalf("%q: stripped %q, %v", name, rest, ok)
				}
			}
		})
	}
}

func TestStripOfAnyMountpoint(t *testing.T) {
	template, err := ParseMountTemplate(Names{}, "a/${username}/b/")
	if err != nil {
		t.Fatal(err)
	}
	for _, outside := range []string{"", "a", "a.x", "a.x.b", "a.x.b.", "b.x.b.c", "a.x.c.d", "a.x.y.b.c"} {
		if rest, ok := template.Mountpoint().Strip([]byte(outside)); ok {
			t.Errorf("%q: %q", outside, rest)
		}
	}
	if got := GuardedLevels([]byte("a.any.b.$x"), template.Mountpoint()); got != 1<<3 {
		t.Errorf("guarded levels %b", got)
	}
}
