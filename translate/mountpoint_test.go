package translate

import (
	"strings"
	"testing"
)

func TestParseMountpoint(t *testing.T) {
	f := func(text, wantPrefix string, wantDepth int) {
		t.Helper()
		m, err := ParseMountpoint(NewNames(ModeIsthmus), text)
		if err != nil || string(m.Prefix()) != wantPrefix || m.Depth() != wantDepth {
			t.Errorf("ParseMountpoint(%q) = %q, depth %d, %v", text, m.Prefix(), m.Depth(), err)
		}
	}
	f("", "", 0)
	f("dev/", "dev.", 1)
	f("dev/eu/", "dev.eu.", 2)
	f("v1.2/a b/", "v1//2.a/_b.", 2)
	f("/", "/.", 1)
	f("/dev/", "/.dev.", 2)
}

func TestParseMountpointRefuses(t *testing.T) {
	f := func(n Names, text, want string) {
		t.Helper()
		_, err := ParseMountpoint(n, text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "option mountpoint") {
			t.Errorf("ParseMountpoint(%q): %v, want %q", text, err, want)
		}
	}
	for _, n := range bothModes {
		f(n, "dev", "must end in '/'")
		f(n, "dev.eu.", "must end in '/'")
		f(n, "dev/+/", "wildcard")
		f(n, "#/", "wildcard")
		f(n, "dev/*/", "wildcard")
		f(n, ">/", "wildcard")
		f(n, "a\x00/", "NUL")
		f(n, "a\xff/", "UTF-8")
		f(n, strings.Repeat("a", 65534)+"/", "no room")
	}
	f(NewNames(ModeEMQX), "/dev/", "naming mode emqx")
	f(NewNames(ModeEMQX), "a b/", "naming mode emqx")
}

func TestMountpointAddStrip(t *testing.T) {
	f := func(mount, subject, mounted string) {
		t.Helper()
		m, err := ParseMountpoint(Names{}, mount)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Add([]byte("kept"), []byte(subject)); string(got) != "kept"+mounted {
			t.Errorf("Add(%q) = %q, want %q", subject, got, mounted)
		}
		if got, ok := m.Strip([]byte(mounted)); !ok || string(got) != subject {
			t.Errorf("Strip(%q) = %q, %v, want %q", mounted, got, ok, subject)
		}
	}
	f("", "a.b", "a.b")
	f("dev/eu/", "a.b", "dev.eu.a.b")
	f("dev/", ">", "dev.>")

	m, _ := ParseMountpoint(Names{}, "dev/eu/")
	for _, outside := range []string{"", "dev.eu", "dev.eu.", "dev.euro.a", "a", "DEV.eu.a"} {
		if got, ok := m.Strip([]byte(outside)); ok {
			t.Errorf("Strip(%q) = %q, want refusal", outside, got)
		}
	}
}

func TestGuardedLevels(t *testing.T) {
	f := func(mount, subject string, want uint32) {
		t.Helper()
		m, err := ParseMountpoint(Names{}, mount)
		if err != nil {
			t.Fatal(err)
		}
		if got := GuardedLevels([]byte(subject), m); got != want {
			t.Errorf("GuardedLevels(%q behind %q) = %b, want %b", subject, mount, got, want)
		}
	}
	f("", "", 0)
	f("", "a.$b._INBOX", 0)
	f("", "$SYS.a", 1)
	f("", "$", 1)
	f("", "_INBOX", 1)
	f("", "_INBOX.abc.1", 1)
	f("", "_INBOXES.a", 0)
	f("", "_inbox.a", 0)
	f("", "_", 0)
	f("dev/eu/", "dev.eu.$SYS", 4)
	f("dev/eu/", "dev.eu._INBOX.x", 4)
	f("dev/eu/", "dev.eu.x.$SYS", 0)
	f("dev/eu/", "dev.$eu.$SYS", 0)
	f("dev/eu/", "$SYS.x", 1)
	f("$app/", "$app.$SYS", 3)
	f("$app/", "$app.x", 1)
	f(strings.Repeat("a/", 31), strings.Repeat("a.", 31)+"$x", 1<<31)
	f(strings.Repeat("a/", 32), strings.Repeat("a.", 32)+"$x", 0)
}

// What '#' and '+' may open, seen from the filter.
func TestGuardAndFilter(t *testing.T) {
	f := func(filter, subject string, want bool) {
		t.Helper()
		m, _ := ParseMountpoint(Names{}, "dev/")
		_, _, opens, ok := Names{}.AppendFilter(nil, []byte(filter))
		if closed := opens&GuardedLevels([]byte(subject), m) != 0; !ok || closed == want {
			t.Errorf("filter %q, subject %q: closed = %v", filter, subject, closed)
		}
	}
	f("#", "a.b", true)
	f("#", "$SYS.b", false)
	f("+/b", "$SYS.b", false)
	f("$SYS/#", "$SYS.b", true)
	f("#", "_INBOX.x", false)
	f("_INBOX/+", "_INBOX.x", true)
	f("#", "dev._INBOX.x", false)
	f("dev/#", "dev._INBOX.x", false)
	f("dev/+/x", "dev._INBOX.x", false)
	f("dev/_INBOX/#", "dev._INBOX.x", true)
	f("+/_INBOX/x", "dev._INBOX.x", true)
	f("dev/x/#", "dev.x", true)
}

func TestModes(t *testing.T) {
	for _, n := range bothModes {
		mode, err := ParseMode(n.Mode().String())
		if err != nil || mode != n.Mode() {
			t.Errorf("ParseMode(%q) = %v, %v", n.Mode(), mode, err)
		}
	}
	if mode, err := ParseMode(""); err != nil || mode != ModeIsthmus {
		t.Errorf("default mode %v, %v", mode, err)
	}
	if _, err := ParseMode("nats"); err == nil {
		t.Error("mode nats accepted")
	}
}
