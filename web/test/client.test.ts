import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeRoom, crowded, joinRoom, leaveRoom } from '../src/api/client'

const problem = (status: number, code: string, seconds: number) => new Response(JSON.stringify({ code, retry_after_seconds: seconds }), { status })

test('who is told that the server is busy comes back when it said, with the same', async t => {
  const asked: string[] = []
  const pauses: number[] = []
  t.mock.method(globalThis, 'setTimeout', (done: () => void, ms: number) => { pauses.push(ms); done() })
  t.mock.method(globalThis, 'fetch', async (path: string, { method, body }: RequestInit) => {
    asked.push(`${method} ${path} ${body}`)
    return asked.length < 3 ? problem(503, 'busy', 2) : new Response('{"room":{"name":"lab-7"}}', { status: 201 })
  })
  assert.equal((await joinRoom('lab-7', 'blue otter')).room.name, 'lab-7')
  assert.deepEqual(asked, Array(3).fill('POST /api/v1/rooms/lab-7/sessions {"password":"blue otter"}'))
  assert.deepEqual(pauses, [2000, 2000])
})

test('a server that stays busy is told of at last', async t => {
  const pauses: number[] = []
  t.mock.method(globalThis, 'setTimeout', (done: () => void, ms: number) => { pauses.push(ms); done() })
  t.mock.method(globalThis, 'fetch', async () => new Response('{"code":"busy"}', { status: 503 }))
  await assert.rejects(joinRoom('lab-7', 'blue otter'), { code: 'busy' })
  assert.deepEqual(pauses, Array(30).fill(1000))
  await assert.rejects(changeRoom('lab-7', { locked: true }), { code: 'busy' })
  assert.equal(pauses.length, 30, 'who is in and pressed a button hears it at once')
})

test('while it waits for a busy server the page knows, and no longer once it is answered or the network is gone', async t => {
  const known: boolean[] = []
  const answers = [problem(503, 'busy', 1), problem(503, 'busy', 1), new Response('{}'), problem(503, 'busy', 1)]
  t.mock.method(globalThis, 'setTimeout', (done: () => void) => { known.push(crowded.value); done() })
  t.mock.method(globalThis, 'fetch', async () => {
    known.push(crowded.value)
    return answers.shift() ?? Promise.reject(new TypeError('no network'))
  })
  await joinRoom('lab-7', 'blue otter')
  assert.deepEqual(known, [false, true, true, true, true])
  assert.equal(crowded.value, false)
  await assert.rejects(joinRoom('lab-7', 'blue otter'), { code: 'offline' })
  assert.equal(crowded.value, false)
})

test('any other refusal is told at once, and what has no answer has none', async t => {
  const answers = [problem(429, 'rate_limited', 30), new Response(null, { status: 204 })]
  t.mock.method(globalThis, 'fetch', async () => answers.shift()!)
  await assert.rejects(joinRoom('lab-7', 'blue otter'), { code: 'rate_limited', retryAfter: 30 })
  await leaveRoom('lab-7')
  assert.equal(answers.length, 0)
})
