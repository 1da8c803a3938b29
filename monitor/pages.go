package monitor

import "context"

const rootPath = "/"

// page is one path.
type page struct {
	path, title string
	counted     string // the path by which nats-server counts it
	document    func(m *Monitor, ctx context.Context, q *query) (any, error)
}

// paths are all but the root of them. Their order is that of the links.
var paths = []page{
	{"/varz", "General", "/varz", func(m *Monitor, _ context.Context, _ *query) (any, error) { return m.varz(), nil }},
	{"/jsz", "JetStream", "/jsz", func(m *Monitor, _ context.Context, q *query) (any, error) {
		for _, name := range []string{"accounts", "streams", "consumers", "direct-consumers", "config", "raft", "stream-leader-only"} {
			q.bool(name)
		}
		q.int("offset")
		q.int("limit")
		o := JszOptions{LeaderOnly: q.bool("leader-only")}
		if q.err != nil {
			return nil, q.err
		}
		return m.jsz(o)
	}},
	{"/connz", "Connections", "/connz", func(m *Monitor, ctx context.Context, q *query) (any, error) {
		o := ConnzOptions{
			Sort: q.Get("sort"), Username: q.bool("auth"),
			Offset: q.int("offset"), Limit: q.int("limit"), CID: q.uint64("cid"), State: q.state(),
			User: q.Get("user"), Account: q.Get("acc"), MQTTClient: q.Get("mqtt_client"),
		}
		o.Subscriptions, o.Detail = q.subs()
		if q.err != nil {
			return nil, q.err
		}
		return m.connz(ctx, o)
	}},
	{"/accountz", "Accounts", "/accountz", func(m *Monitor, ctx context.Context, q *query) (any, error) {
		return m.accountz(ctx, AccountzOptions{q.Get("acc")})
	}},
	{"/accstatz", "Account Stats", "/accstatz", func(m *Monitor, _ context.Context, q *query) (any, error) {
		return m.accountStatz(AccountStatzOptions{IncludeUnused: q.bool("unused")}), q.err
	}},
	{"/subsz", "Subscriptions", "/subsz", subszPage},
	{"/subscriptionsz", "", "/subsz", subszPage},
	{"/routez", "Routes", "/routez", func(m *Monitor, _ context.Context, q *query) (any, error) {
		q.subs()
		return m.routez(), q.err
	}},
	{"/leafz", "LeafNodes", "/leafz", func(m *Monitor, _ context.Context, q *query) (any, error) {
		q.bool("subs")
		return m.leafz(), q.err
	}},
	{"/gatewayz", "Gateways", "/gatewayz", func(m *Monitor, _ context.Context, q *query) (any, error) {
		q.subs()
		q.bool("accs")
		return m.gatewayz(), q.err
	}},
	{"/healthz", "Health Probe", "/healthz", func(m *Monitor, _ context.Context, q *query) (any, error) {
		for _, name := range []string{"js-enabled", "js-enabled-only", "js-server-only", "js-meta-only"} {
			q.bool(name)
		}
		o := HealthzOptions{Account: q.Get("account"), Stream: q.Get("stream"), Consumer: q.Get("consumer"), Details: q.bool("details")}
		return m.healthz(o), q.err
	}},
}

func subszPage(m *Monitor, ctx context.Context, q *query) (any, error) {
	o := SubszOptions{
		Subscriptions: q.bool("subs"), Offset: q.int("offset"), Limit: q.int("limit"),
		Test: q.Get("test"), Account: q.Get("acc"),
	}
	if q.err != nil {
		return nil, q.err
	}
	return m.subsz(ctx, o)
}
