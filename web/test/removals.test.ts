import { signal } from '@preact/signals'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Removals, undoMs } from '../src/core/removals'
import { manualClock } from './clock'

function stage(t: { after: (act: () => void) => void }, answer: () => Promise<void> = async () => undefined) {
  const { pass } = manualClock(t)
  const pending = signal<ReadonlyMap<string, boolean>>(new Map())
  const sent: [string, boolean][] = []
  const errors: unknown[] = []
  const removals = new Removals(pending, (id, leaving) => {
    sent.push([id, leaving])
    return answer()
  }, error => errors.push(error))
  return { pending, sent, errors, removals, pass }
}

test('a removal goes out when the time to undo it is over, and not before', t => {
  const { pending, sent, removals, pass } = stage(t)
  removals.remove('a')
  assert.deepEqual([...pending.value], [['a', true]])
  pass(undoMs - 1)
  assert.deepEqual(sent, [])
  pass(1)
  assert.deepEqual(sent, [['a', false]])
  // It is too late, and says so, until the room's list has heard of it.
  removals.undo('a')
  assert.deepEqual([...pending.value], [['a', false]])
})

test('what was undone is never asked for', t => {
  const { pending, sent, removals, pass } = stage(t)
  removals.remove('a')
  removals.undo('a')
  pass(undoMs * 2)
  removals.flush()
  assert.deepEqual(sent, [])
  assert.equal(pending.value.size, 0)
})

test('a page that goes away removes at once, each file once', t => {
  const { sent, removals, pass } = stage(t)
  removals.remove('a')
  removals.remove('b')
  removals.flush()
  pass(undoMs)
  assert.deepEqual(sent, [['a', true], ['b', true]])
})

test('who waits for what goes out hears when the server has answered', async t => {
  let answer = () => undefined as void
  const { removals } = stage(t, () => new Promise<void>(resolve => (answer = resolve)))
  removals.remove('a')
  let isOut = false
  const out = removals.flush().then(() => (isOut = true))
  await Promise.resolve()
  assert.equal(isOut, false)
  answer()
  await out
})

test('a file whose removal was refused lies there again', async t => {
  const { pending, errors, removals, pass } = stage(t, () => Promise.reject(new Error('busy')))
  removals.remove('a')
  pass(undoMs)
  await Promise.resolve().then(() => undefined)
  assert.equal(pending.value.size, 0)
  assert.equal(errors.length, 1)
})
