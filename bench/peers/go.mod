module github.com/isthmus-mq/isthmus/bench/peers

go 1.26.0

require (
	github.com/nats-io/nats-server/v2 v2.15.2
	golang.org/x/sys v0.49.0
)

replace github.com/isthmus-mq/isthmus => ../..
