import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEvents, textOf, type ServerEvent } from '../src/core/sse'
import { EventStream } from '../src/core/stream'
import { manualClock } from './clock'

async function* chunksOf(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

test('events are read whole, however the network cuts them, and comments are none', async () => {
  const wire = 'retry: 1000\n\n: beat\n\nevent: members\ndata: {"members":[]}\n\nid: 7\nevent: file-added\ndata: {"a":\ndata: 1}\n\nevent: cut'
  for (const size of [1, 7, 1000]) {
    const events: ServerEvent[] = []
    await readEvents(chunksOf(wire, size), event => events.push(event))
    assert.deepEqual(events, [{ name: 'members', id: '', data: '{"members":[]}' }, { name: 'file-added', id: '7', data: '{"a":\n1}' }])
  }
})

test('a letter that is cut between two chunks stays one', async () => {
  const bytes = new TextEncoder().encode('α漢')
  const body = new ReadableStream<Uint8Array>({ start(c) { for (const byte of bytes) c.enqueue(Uint8Array.of(byte)); c.close() } })
  let text = ''
  for await (const part of textOf(body)) text += part
  assert.equal(text, 'α漢')
})

/** A server whose answers are scripted: a string is a stream that then ends, a number a refusal. */
function scripted(t: { after(run: () => void): void }, ...answers: (string | number)[]) {
  const [realFetch, realTimeout] = [globalThis.fetch, globalThis.setTimeout]
  const asked: string[] = []
  const log: string[] = []
  globalThis.fetch = (async (_: string, wish: { headers: Record<string, string> }) => {
    asked.push(wish.headers['Last-Event-ID']!)
    const answer = answers.shift()
    if (answer === undefined) return new Promise(() => undefined)
    return typeof answer === 'number' ? new Response(null, { status: answer }) : new Response(answer)
  }) as never
  globalThis.setTimeout = ((run: () => void, ms: number) => (ms < 5000 ? realTimeout(run, 0) : 0)) as never
  t.after(() => Object.assign(globalThis, { fetch: realFetch, setTimeout: realTimeout }))
  let lastId = '3'
  const stream = new EventStream('/events', {
    lastId: () => lastId,
    take: event => { lastId = event.id || lastId; log.push(event.name) },
    changed: open => log.push(open ? 'open' : 'broken'),
    refused: async () => { log.push('refused'); return answers.length > 0 },
  })
  const settled = async () => { for (let i = 0; i < 50; i++) await new Promise(resolve => realTimeout(resolve, 1)) }
  return { stream, asked, log, settled }
}

test('a stream that breaks is opened again after the last event that was heard', async t => {
  const { stream, asked, log, settled } = scripted(t, 'id: 4\nevent: file-added\ndata: {}\n\n', 'id: 5\nevent: file-removed\ndata: {}\n\n')
  stream.open()
  await settled()
  assert.deepEqual(asked, ['3', '4', '5'])
  assert.deepEqual(log, ['open', 'file-added', 'broken', 'open', 'file-removed', 'broken'])
})

test('a refusal for the moment is asked again, one for good never', async t => {
  const { stream, asked, log, settled } = scripted(t, 503, 410)
  stream.open()
  await settled()
  assert.deepEqual([asked.length, log], [2, ['refused', 'broken', 'refused', 'broken']])
})

test('a stream that was closed says and asks nothing more', async t => {
  const { stream, asked, log, settled } = scripted(t, 'event: members\ndata: {}\n\n')
  stream.open()
  stream.close()
  await settled()
  assert.deepEqual([asked.length, log], [1, []])
})

test('a server that says nothing is told as lost, be it before or after its answer, and asked anew', async t => {
  const { pass } = manualClock(t)
  const real = globalThis.fetch
  t.after(() => { globalThis.fetch = real })
  const answers = [new Promise(() => undefined), Promise.resolve(new Response(new ReadableStream()))]
  let asked = 0
  globalThis.fetch = (() => answers[asked++] ?? new Promise(() => undefined)) as never
  const log: string[] = []
  const stream = new EventStream('/events', { lastId: () => '3', take: () => undefined, changed: open => log.push(open ? 'open' : 'broken'), refused: async () => false })
  stream.open()
  pass(40_000)
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual([asked, log], [2, ['broken', 'open']])
  pass(40_000)
  assert.deepEqual([asked, log], [3, ['broken', 'open', 'broken']])
  stream.close()
})
