// Package conformance holds Isthmus against the numbered statements of MQTT
// 3.1.1 and 5.0. It starts the binary and talks to it with bytes of its own;
// like its parent it imports nothing of the product.
//
// statements/3.1.1.tsv and statements/5.0.tsv are the statements: identifier,
// whom it binds, and what it asks for in our words. statements/verdicts.tsv
// holds those for which no passing check speaks, with the reason.
//
// A check proves statements and names them. It fails the suite unless every
// statement that it names is "not yet"; and the suite fails when all checks of a
// "not yet" statement pass, when a statement that binds the server has neither
// check nor verdict, and when docs/conformance.md is not what the run found.
//
//	go test .                                         all of it
//	go test -rewrite .                                and writes docs/conformance.md
//	go test -run 'TestConformance/connect' .          the checks of connect_test.go
//	ISTHMUS_BIN=/path go test .                       with that binary
//	ISTHMUS_RACE=1 go test .                          with one that looks for data races
package conformance
