package trie

import "strings"

// A path is a run of levels, each with its dot in front: ".a.*.b". Labels are
// paths, and so is what remains of a name behind its prefix.

// cuts returns where the first and the second level of the name s end; second is
// negative if there is only one.
func cuts(s string) (first, second int) {
	first = levelEnd(s, 0)
	if first == len(s) {
		return first, -1
	}
	return first, levelEnd(s, first+1)
}

// levelEnd returns where the level of s that begins at from ends.
func levelEnd(s string, from int) int {
	if n := strings.IndexByte(s[from:], '.'); n >= 0 {
		return from + n
	}
	return len(s)
}

// head returns the text of the first level of a path that is not empty.
func head(path string) string {
	return path[1:levelEnd(path, 1)]
}

// heads reports whether level is the first level of a path that is not empty.
func heads(level, path string) bool {
	n := 1 + len(level)
	return len(path) >= n && path[1:n] == level && (len(path) == n || path[n] == '.')
}

// common returns the length of the longest run of whole levels that two paths
// begin with.
func common(a, b string) int {
	i, n := 0, min(len(a), len(b))
	for i < n && a[i] == b[i] {
		i++
	}
	if (i == len(a) || a[i] == '.') && (i == len(b) || b[i] == '.') {
		return i
	}
	return strings.LastIndexByte(a[:i], '.')
}

// consume matches label against the first levels of the subject path, and returns
// what is left of it.
func consume(label, path string) (left string, ok bool) {
	for label != "" {
		if path == "" {
			return "", false
		}
		n, m := levelEnd(label, 1), levelEnd(path, 1)
		if label[1:n] != "*" && label[1:n] != path[1:m] {
			return "", false
		}
		label, path = label[n:], path[m:]
	}
	return path, true
}
