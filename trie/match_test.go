package trie

import (
	"fmt"
	"strings"
	"testing"
)

func ref(n int) Ref { return Ref{Slot: uint32(n), Gen: 1} }

// matched matches subject and requires the Refs with these slots.
func matched(t *testing.T, tr *Trie, subject string, guarded uint32, slots ...int) {
	t.Helper()
	want := found{}
	for _, s := range slots {
		want.Plain = append(want.Plain, ref(s))
	}
	var m Matches
	tr.Match([]byte(subject), guarded, &m)
	for i := range m.Plain {
		m.Plain[i].Opens = 0
	}
	if d := diff(want, resultOf(t, &m)); d != "" {
		t.Fatalf("%q: -want +got\n%s", subject, d)
	}
}

func TestMatchOneFilter(t *testing.T) {
	f := func(pattern string, tail Tail, subject string, want bool) {
		t.Helper()
		tr := New(4)
		tr.Add(Filter{pattern, tail}, Group{}, ref(1))
		if want {
			matched(t, tr, subject, 0, 1)
		} else {
			matched(t, tr, subject, 0)
		}
		if got := reaches(Filter{pattern, tail}, subject); got != want {
			t.Fatalf("the oracle disagrees")
		}
	}
	f("a.b", TailNone, "a.b", true)
	f("a.b", TailNone, "a", false)
	f("a.b", TailNone, "a.b.c", false)
	f("a.b", TailNone, "a.bc", false)
	f("a", TailNone, "a", true)
	f("", TailNone, "", true)
	f("", TailNone, "a", false)

	f("", TailOneOrMore, "", false)
	f("", TailOneOrMore, "a", true)
	f("", TailOneOrMore, ".", true)
	f("", TailZeroOrMore, "", true)
	f("", TailZeroOrMore, "a.b.c", true)
	f("a", TailOneOrMore, "a", false)
	f("a", TailOneOrMore, "a.b", true)
	f("a", TailZeroOrMore, "a", true)
	f("a", TailZeroOrMore, "a.b.c", true)
	f("a", TailZeroOrMore, "ab", false)
	f("a.b", TailZeroOrMore, "a.b", true)
	f("a.b", TailZeroOrMore, "a", false)
	f("a.b", TailOneOrMore, "a.b", false)
	f("a.b", TailOneOrMore, "a.b.c", true)
	f("*", TailOneOrMore, "a", false)
	f("*", TailOneOrMore, "a.b", true)
	f("*", TailZeroOrMore, "a", true)
	f("*", TailZeroOrMore, "", false)

	f("*", TailNone, "a", true)
	f("*", TailNone, "", false)
	f("*", TailNone, "a.b", false)
	f("*.*", TailNone, "a.b", true)
	f("*.b", TailNone, "a.b", true)
	f("a.*", TailNone, "a.b", true)
	f("a.*", TailNone, "a", false)
	f("a.*.c", TailNone, "a.b.c", true)
	f("a.*.c", TailNone, "a.b.d", false)
	f("a.b.*.d", TailNone, "a.b.c.d", true)
	f("a.b.*.d", TailNone, "a.b.d", false)

	// Ordinary texts.
	f("a.>", TailNone, "a.>", true)
	f("a.>", TailNone, "a.b", false)
	f("#", TailNone, "#", true)
	f("#", TailNone, "a", false)
	f("+.a", TailNone, "b.a", false)
	f("*a.b*", TailNone, "*a.b*", true)
	f("*a.b*", TailNone, "xa.bx", false)
	f("**", TailNone, "**", true)
	f("**", TailNone, "a", false)
	f("$SYS", TailOneOrMore, "$SYS.a", true)

	// "*" in a subject is a text that no literal level equals.
	f("a.*", TailNone, "a.*", true)
	f("*.b", TailNone, "*.b", true)
	f("a.b", TailNone, "a.*", false)
	f("a.b", TailNone, "*.b", false)
	f("a", TailOneOrMore, "*.b", false)
	f("a.b", TailZeroOrMore, "a.*", false)

	// Empty levels are levels.
	f(".", TailNone, ".", true)
	f("*.*", TailNone, ".", true)
	f("a.", TailNone, "a.", true)
	f("a.", TailNone, "a", false)
	f("a", TailNone, "a.", false)
	f("a.*", TailNone, "a.", true)
	f("a..b", TailNone, "a..b", true)
	f("a.*.b", TailNone, "a..b", true)
	f("a.b.", TailOneOrMore, "a.b.", false)
	f("a.b.", TailOneOrMore, "a.b..", true)
	f("a.b.", TailZeroOrMore, "a.b", false)
	f("a", TailOneOrMore, "a.", true)
}

func TestMatchFindsAllShards(t *testing.T) {
	tr := New(1) // all of one kind share a shard
	for i, f := range []Filter{
		{"a.b.c", TailNone}, {"a.b", TailOneOrMore}, {"a.b.*", TailNone},
		{"a", TailZeroOrMore}, {"a.*.c", TailNone}, {"*.b.c", TailNone},
		{"*", TailOneOrMore}, {"", TailZeroOrMore}, {"", TailOneOrMore}, {"*.*.*", TailNone},
	} {
		tr.Add(f, Group{}, ref(i))
	}
	matched(t, tr, "a.b.c", 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	matched(t, tr, "a.b", 0, 3, 6, 7, 8)
	matched(t, tr, "x", 0, 7, 8)
	matched(t, tr, "", 0, 7)
	checkShape(t, tr)
}

func TestGuardSkipsRefs(t *testing.T) {
	tr := New(0)
	guarded := ref(1)
	guarded.Opens = 1 << 0
	deep := ref(2)
	deep.Opens = 1 << 31
	f := Filter{"", TailZeroOrMore}
	tr.Add(f, Group{}, guarded)
	matched(t, tr, "$SYS.a", 0, 1)
	matched(t, tr, "$SYS.a", 1) // alone in its terminal
	tr.Add(f, Group{}, deep)
	tr.Add(f, Group{}, ref(3))
	matched(t, tr, "$SYS.a", 0, 1, 2, 3)
	matched(t, tr, "$SYS.a", 1, 2, 3)
	matched(t, tr, "$SYS.a", 1|1<<31, 3)

	var m Matches
	tr.Add(f, Group{GroupShare, "g"}, guarded)
	if tr.Match([]byte("$SYS"), 1, &m); len(m.Groups) != 0 {
		t.Fatalf("a group without members is reported: %+v", m.Groups)
	}
	if tr.Match([]byte("$SYS"), 2, &m); len(m.Groups) != 1 {
		t.Fatalf("groups: %+v", m.Groups)
	}
}

func TestGroupsStayApart(t *testing.T) {
	tr := New(0)
	gt, hash := Filter{"a", TailOneOrMore}, Filter{"a", TailZeroOrMore}
	q, s := Group{GroupQueue, "g"}, Group{GroupShare, "g"}
	tr.Add(gt, q, ref(1))
	tr.Add(gt, q, ref(2))
	tr.Add(gt, s, ref(1))
	tr.Add(hash, s, ref(3))
	tr.Add(gt, Group{GroupQueue, "h"}, ref(1))
	tr.Add(gt, Group{}, ref(1))
	tr.Add(gt, Group{Name: "a plain ref has no group"}, ref(1)) // the same again

	want := found{
		Plain: []Ref{ref(1)},
		Groups: map[groupKey][]Ref{
			{GroupQueue, "g", gt}:   {ref(1), ref(2)},
			{GroupShare, "g", gt}:   {ref(1)},
			{GroupShare, "g", hash}: {ref(3)},
			{GroupQueue, "h", gt}:   {ref(1)},
		},
	}
	var m Matches
	tr.Match([]byte("a.b"), 0, &m)
	if d := diff(want, resultOf(t, &m)); d != "" {
		t.Fatalf("-want +got\n%s", d)
	}
	if tr.Len() != 6 {
		t.Fatalf("Len is %d", tr.Len())
	}
	checkShape(t, tr)
}

func TestAddCopiesNames(t *testing.T) {
	tr := New(0)
	buf := []byte("a.b.c a.b a.*.x group")
	text := view(buf)
	add := func() {
		tr.Add(Filter{text[:5], TailNone}, Group{}, ref(1))
		tr.Add(Filter{text[:5], TailNone}, Group{}, ref(2)) // the terminal changes
		tr.Add(Filter{text[6:9], TailOneOrMore}, Group{GroupQueue, text[16:]}, ref(3))
		tr.Add(Filter{text[10:15], TailNone}, Group{}, ref(4))
	}
	add()
	for i := range buf {
		buf[i] = '!'
	}
	matched(t, tr, "a.z.x", 0, 4)
	var m Matches
	tr.Match([]byte("a.b.c"), 0, &m)
	if len(m.Plain) != 2 || len(m.Groups) != 1 || m.Groups[0].Name != "group" || m.Groups[0].Filter.Pattern != "a.b" {
		t.Fatalf("%+v", m)
	}
}

func TestReplace(t *testing.T) {
	f := func(filter Filter, g Group) {
		t.Helper()
		tr := New(0)
		count := func(want int, has Ref) {
			t.Helper()
			var m Matches
			tr.Match([]byte("a.b.c"), 0, &m)
			refs := m.Plain
			if len(m.Groups) == 1 {
				refs = m.Groups[0].Members
			}
			if len(refs) != want || tr.Len() != want || refs[len(refs)-1] != has {
				t.Fatalf("%+v, want %d", refs, want)
			}
			checkShape(t, tr)
		}
		if tr.Replace(filter, g, ref(1), ref(2)) {
			t.Fatal("replaced nothing")
		}
		for _, n := range []int{1, 40} {
			for i := range n {
				tr.Add(filter, g, ref(i))
			}
			if tr.Replace(filter, g, ref(n), ref(n+1)) {
				t.Fatal("replaced what is not there")
			}
			if !tr.Replace(filter, g, ref(n-1), ref(100)) || !tr.Replace(filter, g, ref(100), ref(100)) {
				t.Fatal("not replaced")
			}
			count(n, ref(100))
			if tr.Remove(filter, g, ref(n-1)) {
				t.Fatal("removed what was replaced")
			}
			tr.Remove(filter, g, ref(100))
		}
		tr.Add(filter, g, ref(100))
		if !tr.Replace(filter, g, ref(0), ref(100)) {
			t.Fatal("not replaced")
		}
		if tr.Len() != 39 {
			t.Fatalf("Len is %d", tr.Len())
		}
		checkShape(t, tr)
	}
	for _, g := range []Group{{}, {GroupQueue, "q"}} {
		f(Filter{"a.b.c", TailNone}, g)
		f(Filter{"a.*.c", TailNone}, g)
		f(Filter{"", TailOneOrMore}, g)
	}
}

func TestEverythingIsPruned(t *testing.T) {
	tr := New(8)
	var filters []Filter
	for i := range 300 {
		filters = append(filters,
			Filter{fmt.Sprintf("a.b.%d.*.x", i), TailNone},
			Filter{fmt.Sprintf("a.*.%d", i), TailZeroOrMore},
			Filter{fmt.Sprintf("a.%d", i), TailNone},
			Filter{fmt.Sprintf("*.%d.%d", i%7, i), TailOneOrMore})
	}
	filters = append(filters, Filter{"", TailOneOrMore}, Filter{"", TailNone}, Filter{"a", TailOneOrMore})
	for i, f := range filters {
		tr.Add(f, Group{}, ref(i))
		tr.Add(f, Group{GroupShare, "s"}, ref(i))
	}
	checkShape(t, tr)
	for i, f := range filters {
		if !tr.Remove(f, Group{}, ref(i)) || tr.Remove(f, Group{}, ref(i)) {
			t.Fatalf("Remove %+v", f)
		}
		if !tr.Remove(f, Group{GroupShare, "s"}, ref(i)) {
			t.Fatalf("Remove %+v", f)
		}
	}
	checkShape(t, tr)
	if got := tr.Stats(); got != (Stats{}) {
		t.Fatalf("left over: %+v", got)
	}
}

func TestVeryLongNames(t *testing.T) {
	tr := New(0)
	const levels = 32 << 10
	subject := strings.Repeat("a.", levels-1) + "a"
	stars := strings.Repeat("*.", levels-1) + "*"
	tr.Add(Filter{subject, TailNone}, Group{}, ref(1))
	tr.Add(Filter{stars, TailNone}, Group{}, ref(2))
	tr.Add(Filter{subject[:len(subject)-2], TailOneOrMore}, Group{}, ref(3))
	// A node at every level of a long path.
	const deep = 2000
	for i := range deep {
		tr.Add(Filter{strings.Repeat("a.", i) + "*", TailZeroOrMore}, Group{}, ref(10+i))
	}
	checkShape(t, tr)
	var m Matches
	tr.Match([]byte(subject), 0, &m)
	if len(m.Plain) != deep+3 {
		t.Fatalf("%d matches", len(m.Plain))
	}
	for i := range deep {
		tr.Remove(Filter{strings.Repeat("a.", i) + "*", TailZeroOrMore}, Group{}, ref(10+i))
	}
	checkShape(t, tr)
	matched(t, tr, subject, 0, 1, 2, 3)
	matched(t, tr, strings.Repeat(".", levels-1), 0, 2)
}

// TestMatchVisitsOnlyWhatMatches would not end if the walk tried every choice of
// literal and "*".
func TestMatchVisitsOnlyWhatMatches(t *testing.T) {
	tr := New(0)
	const levels = 60
	for i := range levels {
		p := split(strings.Repeat("*.", levels-1) + "*")
		p[i] = "a"
		tr.Add(Filter{strings.Join(p, "."), TailNone}, Group{}, ref(i))
	}
	subject := []byte(strings.Repeat("a.", levels-1) + "a")
	var m Matches
	tr.Match(subject, 0, &m)
	if len(m.Plain) != levels {
		t.Fatalf("%d matches", len(m.Plain))
	}
	subject[len(subject)-1] = 'b'
	tr.Match(subject, 0, &m)
	if len(m.Plain) != levels-1 {
		t.Fatalf("%d matches", len(m.Plain))
	}
}

func TestMatchesKeepsNothingAlive(t *testing.T) {
	tr := New(0)
	tr.Add(Filter{"a.*.c", TailNone}, Group{}, ref(1))
	tr.Add(Filter{"a.b.*", TailNone}, Group{}, ref(2))
	tr.Add(Filter{"a.*.*", TailNone}, Group{GroupQueue, "q"}, ref(3))
	var m Matches
	tr.Match([]byte("a.b.c"), 0, &m)
	for _, v := range m.stack[:cap(m.stack)] {
		if v != (visit{}) {
			t.Fatalf("the stack keeps %+v", v)
		}
	}
	m.Reset()
	if g := m.Groups[:1][0]; g.Members != nil || g.Name != "" {
		t.Fatalf("Reset keeps %+v", g)
	}
}
