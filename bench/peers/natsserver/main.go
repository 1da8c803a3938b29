// Command natsserver is nats-server built from its Go module: the peer that
// isthmus is measured against.
package main

import (
	"flag"
	"log"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	port := flag.Int("port", 4222, "port for NATS clients on 127.0.0.1")
	mqtt := flag.Int("mqtt", 0, "port for MQTT clients on 127.0.0.1; 0 leaves MQTT and JetStream off")
	store := flag.String("store", "", "directory of JetStream, which MQTT needs")
	flag.Parse()

	opts := &server.Options{
		ServerName: "peer",
		Host:       "127.0.0.1",
		Port:       *port,
		NoLog:      true,
	}
	if *mqtt != 0 {
		opts.JetStream = true
		opts.StoreDir = *store
		opts.MQTT.Host = "127.0.0.1"
		opts.MQTT.Port = *mqtt
		// On disk, each QoS 1 delivery would cost up to twice as much.
		opts.MQTT.ConsumerMemoryStorage = true
	}
	s, err := server.NewServer(opts)
	if err != nil {
		log.Fatal("natsserver: ", err)
	}
	if err := server.Run(s); err != nil {
		log.Fatal("natsserver: ", err)
	}
	s.WaitForShutdown()
}
