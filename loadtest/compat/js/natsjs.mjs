// nats.js: the core client and its services (micro).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Empty, createInbox, headers, nuid } from '@nats-io/transport-node'
import { Svcm } from '@nats-io/services'
import { Inbox, natsClient, subscribed, unique, withinPatience } from './server.mjs'

test('publish and subscribe, in order, empty to large', async (t) => {
  const subject = unique('p')
  const sub = await subscribed(await natsClient(t), `${subject}.>`)
  const pub = await natsClient(t)
  const sent = ['', 'x', 'groß', 'y'.repeat(4096), 'z'.repeat(900_000)]
  for (let i = 0; i < 200; i++) sent.push(`${i}`)
  sent.forEach((payload, i) => pub.publish(`${subject}.${i}`, payload))
  for (const [i, payload] of sent.entries()) {
    const m = await sub.next()
    assert.equal(m.subject, `${subject}.${i}`)
    assert.equal(m.string(), payload)
  }
})

test('wildcards, unsubscribing, a maximum, and iterators', async (t) => {
  const subject = unique('w')
  const nc = await natsClient(t)
  const star = await subscribed(nc, `${subject}.*.b`)
  const three = nc.subscribe(`${subject}.>`, { max: 3 })
  await nc.flush()
  for (const name of ['a', 'a.b', 'a.b.c', 'x.b']) nc.publish(`${subject}.${name}`, name)
  await nc.flush()
  const seen = []
  for await (const m of three) seen.push(m.string()) // it ends by itself
  assert.deepEqual(seen, ['a', 'a.b', 'a.b.c'])
  assert.equal((await star.next()).string(), 'a.b')
  assert.equal((await star.next()).string(), 'x.b')
  star.subscription.unsubscribe()
  nc.publish(`${subject}.y.b`)
  await nc.flush()
  assert.equal(star.length, 0)
})

test('request and reply, one and many at once', async (t) => {
  const subject = unique('r')
  const server = await natsClient(t)
  server.subscribe(subject, { callback: (_, m) => m.respond(`re: ${m.string()}`) })
  await server.flush()
  for (const noMux of [false, true]) {
    const nc = await natsClient(t)
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) =>
      nc.request(subject, `${i}`, { timeout: 10_000, noMux })))
    answers.forEach((m, i) => assert.equal(m.string(), `re: ${i}`))
  }
})

test('a request that nobody hears fails at once', async (t) => {
  const nc = await natsClient(t)
  for (const noMux of [false, true]) {
    await assert.rejects(nc.request(unique('nobody'), Empty, { timeout: 10_000, noMux }), /no responders/)
  }
})

test('requestMany takes answers until its end', async (t) => {
  const subject = unique('many')
  const nc = await natsClient(t)
  for (let i = 0; i < 3; i++) nc.subscribe(subject, { callback: (_, m) => m.respond(`${i}`) })
  await nc.flush()
  const got = []
  for await (const m of await nc.requestMany(subject, 'x', { strategy: 'count', maxMessages: 3, maxWait: 10_000 })) got.push(m.string())
  assert.deepEqual(got.sort(), ['0', '1', '2'])
})

test('headers: several values, empty ones, request and reply', async (t) => {
  const subject = unique('h')
  const nc = await natsClient(t)
  nc.subscribe(subject, {
    callback: (_, m) => {
      const h = headers()
      for (const key of m.headers.keys()) for (const value of m.headers.values(key)) h.append(`Re-${key}`, value)
      m.respond(m.data, { headers: h })
    },
  })
  const h = headers()
  h.append('A', '1')
  h.append('A', '2')
  h.set('Content-Type', 'text/plain')
  h.set('Empty', '')
  h.set('Url', 'http://host:1/?q=a b')
  const m = await nc.request(subject, 'x', { headers: h, timeout: 10_000 })
  assert.equal(m.string(), 'x')
  assert.deepEqual(m.headers.values('Re-A'), ['1', '2'])
  assert.equal(m.headers.get('Re-Content-Type'), 'text/plain')
  assert.equal(m.headers.has('Re-Empty'), true)
  assert.equal(m.headers.get('Re-Url'), 'http://host:1/?q=a b')
})

test('queue groups divide, ordinary subscriptions do not', async (t) => {
  const subject = unique('q')
  const all = await subscribed(await natsClient(t), subject)
  const members = []
  const together = new Inbox()
  for (let i = 0; i < 3; i++) {
    const nc = await natsClient(t)
    const member = { count: 0 }
    nc.subscribe(subject, { queue: 'g', callback: (_, m) => { member.count++; together.put(m.string()) } })
    await nc.flush()
    members.push(member)
  }
  const pub = await natsClient(t)
  for (let i = 0; i < 300; i++) pub.publish(subject, `${i}`)
  const got = new Set()
  for (let i = 0; i < 300; i++) {
    got.add(await together.next())
    assert.equal((await all.next()).string(), `${i}`)
  }
  assert.equal(got.size, 300)
  for (const m of members) assert.ok(m.count > 0, 'a member got nothing')
})

test('no echo', async (t) => {
  const subject = unique('e')
  const nc = await natsClient(t, { noEcho: true })
  const own = await subscribed(nc, subject)
  const other = await natsClient(t)
  nc.publish(subject, 'own')
  await nc.flush()
  other.publish(subject, 'other')
  assert.equal((await own.next()).string(), 'other')
})

test('draining hands over what has come', async (t) => {
  const subject = unique('d')
  const nc = await natsClient(t)
  const pub = await natsClient(t)
  const got = []
  const one = await subscribed(nc, subject)
  const sub = nc.subscribe(subject)
  const reading = (async () => { for await (const m of sub) got.push(m.string()) })()
  await nc.flush()
  for (let i = 0; i < 1000; i++) pub.publish(subject, `${i}`)
  await pub.flush()
  await withinPatience(one.subscription.drain(), 'a drained subscription')
  await withinPatience(nc.drain(), 'a drained connection')
  await reading
  assert.equal(got.length, 1000)
  assert.equal(one.length, 1000)
  assert.equal(nc.isClosed(), true)
})

test('reconnecting subscribes again', async (t) => {
  const subject = unique('again')
  const nc = await natsClient(t, { reconnect: true, reconnectTimeWait: 10 })
  const got = await subscribed(nc, subject)
  const events = new Inbox();
  (async () => { for await (const s of nc.status()) events.put(s.type) })()
  await nc.reconnect()
  while ((await events.next('the reconnection')) !== 'reconnect');
  await nc.flush()
  const pub = await natsClient(t)
  pub.publish(subject, 'after')
  assert.equal((await got.next()).string(), 'after')
})

test('rtt, statistics, and what the server says of itself', async (t) => {
  const nc = await natsClient(t)
  assert.ok((await nc.rtt()) >= 0)
  assert.equal(nc.info.headers, true)
  assert.ok(nc.info.max_payload >= 1 << 20)
  assert.ok(nc.info.client_id > 0)
  assert.equal(nc.stats().outMsgs, 0)
})

test('a payload above the maximum is the client\'s error', async (t) => {
  const nc = await natsClient(t)
  assert.throws(() => nc.publish('big', new Uint8Array(nc.info.max_payload + 1)))
  assert.ok((await nc.rtt()) >= 0)
})

test('services: endpoints, errors, discovery, statistics', async (t) => {
  const name = unique('svc')
  const nc = await natsClient(t)
  const services = []
  for (let i = 0; i < 2; i++) {
    const service = await new Svcm(await natsClient(t)).add({ name, version: '1.2.3', description: 'adds', metadata: { n: `${i}` } })
    const group = service.addGroup(`${name}.math`)
    group.addEndpoint('add', (err, m) => m.respond(`${m.json().reduce((a, b) => a + b, 0)}`))
    group.addEndpoint('fail', (err, m) => m.respondError(409, 'not today'))
    services.push(service)
  }
  await Promise.all(services.map((s) => s.nc.flush()))
  for (let i = 0; i < 20; i++) {
    const m = await nc.request(`${name}.math.add`, JSON.stringify([i, 1]), { timeout: 10_000 })
    assert.equal(m.string(), `${i + 1}`)
  }
  const failed = await nc.request(`${name}.math.fail`, '[]', { timeout: 10_000 })
  assert.equal(failed.headers.get('Nats-Service-Error-Code'), '409')
  assert.equal(failed.headers.get('Nats-Service-Error'), 'not today')

  const found = new Svcm(nc).client({ strategy: 'count', maxMessages: 2, maxWait: 10_000 })
  const collect = async (iterator) => {
    const list = []
    for await (const item of await iterator) list.push(item)
    return list
  }
  const pings = await collect(found.ping(name))
  assert.deepEqual(pings.map((p) => p.id).sort(), services.map((s) => s.info().id).sort())
  const infos = await collect(found.info(name))
  for (const info of infos) {
    assert.equal(info.version, '1.2.3')
    assert.deepEqual(info.endpoints.map((e) => [e.name, e.subject, e.queue_group]), [['add', `${name}.math.add`, 'q'], ['fail', `${name}.math.fail`, 'q']])
  }
  const stats = await collect(found.stats(name))
  const requests = stats.flatMap((s) => s.endpoints).map((e) => e.num_requests)
  assert.equal(requests.reduce((a, b) => a + b, 0), 21)
  const one = new Svcm(nc).client({ strategy: 'count', maxMessages: 1, maxWait: 10_000 })
  for (const p of pings) assert.deepEqual((await collect(one.ping(name, p.id))).map((q) => q.id), [p.id])
  await Promise.all(services.map((s) => s.stop()))
  await assert.rejects(nc.request(`${name}.math.add`, '[]', { timeout: 10_000 }))
})

test('inboxes of its own and the request to a server subject', async (t) => {
  const nc = await natsClient(t)
  const inbox = createInbox(`_INBOX_${nuid.next()}`)
  const got = await subscribed(nc, inbox)
  nc.publish(inbox, 'mine')
  assert.equal((await got.next()).string(), 'mine')
  await assert.rejects(nc.request('$JS.API.INFO', Empty, { timeout: 10_000 }), /no responders|503/i)
})
