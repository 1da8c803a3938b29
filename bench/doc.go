// Package bench holds the measurements: in-process benchmarks of the whole way
// of a message (go test -bench . ./bench), the comparison with other servers
// over real sockets (bench/peers, a module of its own), how cost grows
// (bench/scale, and bench/plot, which draws it, a module of its own), and results/.
package bench
