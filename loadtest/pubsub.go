package loadtest

import (
	"context"

	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// Scenario is what a command of isthmus-load does.
type Scenario interface {
	// Run returns the report, and with an error whatever of it there is. When ctx
	// ends, it reports what was measured so far.
	Run(ctx context.Context, o Options) (*Report, error)
}

// PubSub is one Flow. Without subscribers it is the scenario pub.
type PubSub struct {
	Flow
	Name string // of the scenario: pubsub, pub or soak
}

// Run runs the flow.
func (p PubSub) Run(ctx context.Context, o Options) (*Report, error) {
	return runFlows(ctx, o, p.Name, nil, p.Flow)
}

// Cross is a Flow in both directions, one after the other.
type Cross struct {
	Flow
	Directions []client.Protocol // of the publishers
}

// Run runs the flows.
func (c Cross) Run(ctx context.Context, o Options) (*Report, error) {
	var flows []Flow
	for _, from := range c.Directions {
		f := c.Flow
		f.From, f.To = from, client.NATS
		if from == client.NATS {
			f.To = client.MQTT
		}
		flows = append(flows, f)
	}
	return runFlows(ctx, o, "cross", nil, flows...)
}

// runFlows runs flows one after the other, each on new workers.
func runFlows(ctx context.Context, o Options, scenario string, beside beside, flows ...Flow) (*Report, error) {
	report := newReport(scenario, &o)
	for _, flow := range flows {
		if ctx.Err() != nil {
			break
		}
		run, err := runFlow(ctx, &o, flow, beside)
		if run != nil {
			report.Runs = append(report.Runs, run)
		}
		if err != nil {
			return report, err
		}
	}
	report.Interrupted = ctx.Err() != nil
	return report, nil
}

func runFlow(ctx context.Context, o *Options, flow Flow, beside beside) (*Run, error) {
	s, err := newStage(o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	f, err := newFlow(ctx, s, flow, flow.name())
	if err != nil {
		return nil, err
	}
	return f.run(ctx, beside)
}

// name is how a run is called in reports and files.
func (f *Flow) name() string {
	if f.Subscribers == 0 {
		return f.From.String()
	}
	return f.From.String() + "-to-" + f.To.String()
}
