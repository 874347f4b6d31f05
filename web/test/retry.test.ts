import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '../src/core/retry'

test('what another try cannot change fails at once', () => {
  for (const status of [400, 403, 404, 413, 415, 507]) assert.deepEqual(judge(status, 0), { do: 'fail' })
})

test('a lost room ends the upload', () => {
  for (const status of [401, 410]) assert.deepEqual(judge(status, 0), { do: 'ended' })
})

test('a lost connection is tried again, slower each time, never slower than 30 s', () => {
  const delays = [0, 1, 2, 3, 9, 99].map(n => judge(0, n))
  assert.deepEqual(delays[0], { do: 'retry', afterMs: 500 })
  assert.deepEqual(delays[2], { do: 'retry', afterMs: 2000 })
  assert.deepEqual(delays[5], { do: 'retry', afterMs: 30_000 })
})

test('a server that says when is believed', () => {
  assert.deepEqual(judge(429, 3, 7), { do: 'retry', afterMs: 7000 })
  assert.deepEqual(judge(423, 0, 1), { do: 'retry', afterMs: 1000 })
})
