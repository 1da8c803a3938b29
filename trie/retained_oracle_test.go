package trie

import (
	"slices"
	"strings"
)

// retainedOracle is what Retained must be like: a map that is read from end to end.
type retainedOracle map[string]*int

// find returns the names that f matches and g does not close, in order.
func (o retainedOracle) find(f Filter, g Guard) (names []string) {
	for name := range o {
		if reaches(f, name) && !closes(g, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// closes is the guard by its definition, level by level.
func closes(g Guard, name string) bool {
	mount := split(strings.TrimSuffix(g.Mount, "."))
	if g.Mount == "" {
		mount = nil
	}
	have := split(name)
	for _, k := range []int{0, len(mount)} {
		behind := func(have, mount string) bool { return mount == "*" || have == mount }
		if k >= len(have) || k > 31 || g.Opens>>k&1 == 0 || !slices.EqualFunc(have[:k], mount[:k], behind) {
			continue
		}
		if have[k] == g.Level || have[k] != "" && have[k][0] == g.Begins {
			return true
		}
	}
	return false
}

// opensOf says which levels the wildcards of f open.
func opensOf(f Filter) (opens uint32) {
	levels := split(f.Pattern)
	for k, level := range levels {
		if level == "*" {
			opens |= 1 << k
		}
	}
	if f.Tail != TailNone {
		opens |= ^uint32(0) << len(levels)
	}
	return opens
}

// guardOf is the guard of an MQTT filter.
func guardOf(f Filter, mount string) Guard {
	return Guard{Opens: opensOf(f), Mount: mount, Begins: '$', Level: "_INBOX"}
}

// scanAll scans in chunks of most, and fails if a name comes twice.
func scanAll(t fataler, tr *Retained[int], f Filter, g Guard, most int) []string {
	t.Helper()
	var s RetainedScan[int]
	tr.Scan(f, g, &s)
	return rest(t, &s, most, nil)
}

// rest is what a scan still finds, in order, together with what it has found.
func rest(t fataler, s *RetainedScan[int], most int, names []string) []string {
	t.Helper()
	dst := make([]*RetainedEntry[int], most)
	for done := false; !done; {
		var n int
		n, done = s.Next(dst)
		for _, e := range dst[:n] {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	if u := slices.Compact(slices.Clone(names)); len(u) != len(names) {
		t.Fatalf("a name came twice: %q", names)
	}
	return names
}

// checkRetained fails if tr is not what the oracle says, or not in shape.
func checkRetained(t fataler, tr *Retained[int], o retainedOracle) {
	t.Helper()
	bytes, inTables := 0, 0
	for name, v := range o {
		bytes += len(name)
		if got := tr.Get([]byte(name)); got != v {
			t.Fatalf("Get(%q) is %v, want %v", name, got, v)
		}
	}
	for i := range tr.names {
		table := &tr.names[i].table
		n := 0
		for _, s := range table.slots {
			if s.entry != nil {
				n++
			}
		}
		if n != table.used || 4*n > 3*len(table.slots) || len(table.slots) > slotsLeast && n <= len(table.slots)/8 {
			t.Fatalf("table %d: %d of %d slots are used, it says %d", i, n, len(table.slots), table.used)
		}
		inTables += n
	}
	inOrders := 0
	for i := range tr.orders {
		root := tr.orders[i].root
		if root == nil {
			continue
		}
		list := checkPage(t, root, true)
		if !slices.IsSorted(list) {
			t.Fatalf("order %d: %q", i, list)
		}
		var chained []string
		leaf, _ := root.seek("")
		for ; leaf != nil; leaf = leaf.next {
			for _, e := range leaf.entries {
				chained = append(chained, e.name)
			}
		}
		if !slices.Equal(chained, list) {
			t.Fatalf("order %d: leaves are chained as %q, want %q", i, chained, list)
		}
		for _, name := range list {
			if orderIndex(name) != i {
				t.Fatalf("%q is in order %d", name, i)
			}
		}
		inOrders += len(list)
	}
	if tr.Len() != len(o) || tr.Bytes() != int64(bytes) || inTables != len(o) || inOrders != len(o) {
		t.Fatalf("Len %d, Bytes %d, %d in tables, %d in orders; want %d names of %d bytes",
			tr.Len(), tr.Bytes(), inTables, inOrders, len(o), bytes)
	}
}

// checkPage returns the names below p in the order of the pages.
func checkPage(t fataler, p *page[int], root bool) (names []string) {
	t.Helper()
	least := pageLeast
	if root {
		least = 1
		if p.kids != nil {
			least = 2
		}
	}
	if p.size() < least || p.size() >= pageMost || p.kids != nil && (len(p.entries) > 0 || len(p.keys) != len(p.kids)-1) {
		t.Fatalf("a page has %d entries, %d kids, %d keys", len(p.entries), len(p.kids), len(p.keys))
	}
	for _, e := range p.entries {
		names = append(names, e.name)
	}
	depth := -1
	for i, kid := range p.kids {
		below := checkPage(t, kid, false)
		if i > 0 && below[0] < p.keys[i-1] || i < len(p.keys) && below[len(below)-1] >= p.keys[i] {
			t.Fatalf("the keys %q are wrong around %q", p.keys, below)
		}
		d := 0
		for q := kid; q.kids != nil; q = q.kids[0] {
			d++
		}
		if depth >= 0 && d != depth {
			t.Fatal("leaves are not equally deep")
		}
		depth = d
		names = append(names, below...)
	}
	return names
}
