package explain

import "testing"

func TestAGuessIsATopicOnlyWhenNothingSpeaksForASubject(t *testing.T) {
	for name, want := range map[string]Notation{
		"a/b": MQTT, "a.b": NATS, "a": NATS, "a/b.c": NATS, "/": MQTT, "a/#": MQTT, "_ISTHMUS.R.a/b": NATS, "": NATS,
	} {
		if got := Guess(name); got != want {
			t.Errorf("%q is taken for a %s, want %s", name, got, want)
		}
	}
}

func TestWildcardsAreThoseOfTheNotation(t *testing.T) {
	f := func(n Notation, name string, want bool) {
		t.Helper()
		if got := n.Wildcards(name); got != want {
			t.Errorf("%q as a %s: %v", name, n, got)
		}
	}
	f(MQTT, "a/+", true)
	f(MQTT, "#", true)
	f(MQTT, "a/*", false)
	f(NATS, "a.*", true)
	f(NATS, ">", true)
	f(NATS, "a*.b>", false)
	f(NATS, "a.+", false)
}
