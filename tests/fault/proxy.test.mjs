// The proxy that other tests break the network with does what it is told: a fault that doesn't happen would prove nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { FaultProxy } from '../support/fault_proxy.mjs'
import { eventually, sleep } from '../support/server.mjs'

const kLarge = 400_000
let target, proxy
before(async () => {
  target = createServer((request, response) => response.end(request.url === '/large' ? Buffer.alloc(kLarge, 'x') : 'fine')).listen(0, '127.0.0.1')
  await once(target, 'listening')
  proxy = await FaultProxy.before({ port: target.address().port })
})
afterEach(() => { proxy.heal(); proxy.reset() })
after(async () => { await proxy.close(); target.close() })

const get = (path = '/') => fetch(`http://127.0.0.1:${proxy.port}${path}`, { headers: { Connection: 'close' } })
/** What it gives, and how long that took. */
async function timed(work) {
  const begun = Date.now()
  return [await work(), Date.now() - begun]
}

test('without a fault everything passes, once', async () => {
  assert.equal(await (await get()).text(), 'fine')
  assert.equal((await (await get('/large')).arrayBuffer()).byteLength, kLarge)
})

test('a delay is felt both ways, and costs no throughput', async () => {
  proxy.delay(150)
  const [body, took] = await timed(async () => (await get('/large')).arrayBuffer())
  assert.equal(body.byteLength, kLarge)
  assert.ok(took >= 300 && took < 1_500, `${took} ms`)
})

test('a throttle holds the rate', async () => {
  proxy.throttle(400_000)
  const [, took] = await timed(async () => (await get('/large')).arrayBuffer())
  assert.ok(took >= 800 && took < 3_000, `${took} ms`)
})

test('a stall passes nothing, and everything once it is over', async () => {
  proxy.stall()
  let answer
  const asked = get().then(async response => (answer = await response.text()))
  await sleep(200)
  assert.equal(answer, undefined)
  proxy.heal()
  await asked
  assert.equal(answer, 'fine')
})

test('a reset in mid-body is no end', async () => {
  proxy.resetAfter(100_000)
  await assert.rejects(async () => (await get('/large')).arrayBuffer())
})

test('a cut ends what is open, and a refusal what comes', async () => {
  const idle = connect(proxy.port, '127.0.0.1')
  await eventually(() => proxy.pairs.size > 0, 1_000, 'it is through')
  proxy.cut()
  await once(idle.resume(), 'end')
  proxy.refuse()
  await assert.rejects(get)
})

test('trouble is answered in place of the target', async () => {
  proxy.answer(503)
  const refused = await fetch(`http://127.0.0.1:${proxy.port}/`, { method: 'PUT', body: Buffer.alloc(100_000) })
  assert.equal(refused.status, 503)
  proxy.heal()
  assert.equal((await get()).status, 200)
})
