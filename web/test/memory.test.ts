import { computed } from '@preact/signals'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forgetEnded, passwordOf, recentRooms, rememberInvited, rememberPassword, rememberRoom, takePastEnd } from '../src/core/memory'
import { forgetAllBut, Records } from '../src/upload/records'

/** A browser's storage of its own; null: one whose pages have none. */
function stage(t: { after: (act: () => void) => void }, storage: object | null = {}) {
  const real = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')
  const methods = { getItem: (key: string) => (storage as Record<string, string>)[key] ?? null, setItem: (key: string, value: string) => Object.assign(storage!, { [key]: value }), removeItem: (key: string) => delete (storage as Record<string, string>)[key] }
  for (const [name, value] of Object.entries(methods)) if (storage) Object.defineProperty(storage, name, { value })
  Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true, writable: true })
  t.after(() => { if (real) Object.defineProperty(globalThis, 'localStorage', real) })
}
const room = (id: string, name: string, ends: number) => ({ id, name, expires_at: new Date(ends).toISOString() })

test('of rooms that are over nothing stays but of the one that is looked at', t => {
  stage(t)
  const [open, over, seen] = ['r1', 'r2', 'r3'].map(id => new Records(id)) as [Records, Records, Records]
  for (const [id, ends] of [['r1', 2000], ['r2', 900], ['r3', 900]] as const) rememberRoom(room(id, `Lab-${id}`, ends))
  for (const records of [open, over, seen]) records.keep('secret plan.pdf', 9, '/files/7/f1')
  forgetAllBut(forgetEnded(1000, 'lab-r3'))
  assert.deepEqual([open, over, seen].map(records => records.interrupted().length), [1, 0, 1])
  assert.ok(!JSON.stringify(localStorage).includes('r2'))
  assert.ok(takePastEnd('lab-r3', 1000))
})

test('a browser whose pages have no storage keeps nothing, and works', t => {
  stage(t, null)
  rememberRoom(room('r1', 'lab', 2000))
  const records = new Records('r1')
  records.keep('a.txt', 9, '/files/7/f1')
  records.forget('a.txt', 9)
  assert.deepEqual([recentRooms(0), records.url('a.txt', 9), records.interrupted(), forgetEnded(0, '')], [[], null, [], []])
})

test('who shows a password shows the new one, once it is changed', () => {
  rememberPassword('lab', 'old words')
  const shown = computed(() => passwordOf('Lab'))
  assert.equal(shown.value, 'old words')
  rememberPassword('lab', 'new words')
  assert.equal(shown.value, 'new words')
})

test('nobody is shown a password that the room no longer has', () => {
  rememberPassword('lab', 'old words', 'a1')
  assert.deepEqual([passwordOf('lab', 'a1'), passwordOf('lab', 'b2')], ['old words', ''])
})

test('an invitation’s password is taken for the room’s, but not once that has another', t => {
  stage(t)
  rememberInvited('hall', 'some words', 'a1')
  assert.equal(passwordOf('hall', 'a1'), 'some words')
  rememberRoom(room('r1', 'hall', 2000))
  // The owner has changed it, which this browser sees by the mark alone.
  rememberInvited('hall', 'some words', 'b2')
  assert.equal(passwordOf('hall', 'b2'), '')
  rememberPassword('hall', 'new words', 'b2')
  rememberInvited('hall', 'some words', 'b2')
  assert.equal(passwordOf('hall', 'b2'), 'new words')
})
