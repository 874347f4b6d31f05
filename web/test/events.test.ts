import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FileEntry, Snapshot } from '../src/api/types'
import { follow } from '../src/core/events'
import { RoomState } from '../src/core/room'
import { manualClock } from './clock'

const file = (id: string): FileEntry => ({ id, name: id, size_bytes: 1, offset_bytes: 1, state: 'complete', media_type: '', sha256: null, uploader: 'Tom', uploader_id: 'tom', created_at: '2026-01-01T00:00:00Z' })
const snapshot = (version: number, files: FileEntry[]): Snapshot => ({
  room: { id: 'r', name: 'lab', created_at: '2026-01-01T00:00:00Z', expires_at: '2126-01-01T00:00:00Z', version, locked: false, used_bytes: 0, size_limit_bytes: 100, file_size_limit_bytes: 50, file_count_limit: 9 },
  files, members: [], server_time: new Date().toISOString(), me: { id: 'mara', nickname: 'Mara', role: 'member' },
})
const settled = () => new Promise(resolve => setImmediate(resolve))

/** A tab whose browser has another one that leads: what that says, and how the server answers when it is asked. */
function follower(t: TestContext) {
  manualClock(t)
  const questions: ((answer: Snapshot) => void)[] = []
  let hear = (_: unknown) => undefined as void
  class Channel {
    set onmessage(act: (message: { data: unknown }) => void) { hear = data => act({ data }) }
    postMessage() {}
    close() {}
  }
  const names = ['BroadcastChannel', 'document', 'addEventListener', 'removeEventListener', 'fetch'] as const
  const before = Object.fromEntries(names.map(name => [name, (globalThis as any)[name]]))
  const nothing = () => undefined
  Object.assign(globalThis, {
    BroadcastChannel: Channel, document: { hidden: false, addEventListener: nothing, removeEventListener: nothing }, addEventListener: nothing, removeEventListener: nothing,
    fetch: () => new Promise(resolve => questions.push(answer => resolve({ ok: true, status: 200, json: async () => answer }))),
  })
  const state = new RoomState()
  state.takeSnapshot(snapshot(5, []), Date.now())
  const stop = follow(state, 'lab', () => false)
  t.after(() => { stop(); Object.assign(globalThis, before) })
  return {
    state, questions, names: () => state.files.value.map(f => f.name).sort(),
    stream: (lastId: string) => hear({ kind: 'stream', open: true, lastId }),
    event: (id: string, name: string, data: object) => hear({ kind: 'event', event: { id, name, data: JSON.stringify(data) } }),
  }
}

test('what is told while the room is asked for is there, though the answer is older', async t => {
  const { state, questions, names, stream, event } = follower(t)
  stream('8')
  event('9', 'file-added', { file: file('nine') })
  event('', 'file-progress', { file: file('nine') })
  questions[0]!(snapshot(8, [file('eight')]))
  await settled()
  assert.deepEqual([names(), state.isGone('nine')], [['eight', 'nine'], false])
  event('10', 'file-removed', { id: 'nine', by: 'Tom' })
  assert.deepEqual(names(), ['eight'])
})

test('what the answer has already isn’t undone by what was told before it', async t => {
  const { questions, names, stream, event } = follower(t)
  stream('8')
  event('7', 'file-removed', { id: 'eight', by: 'Tom' })
  questions[0]!(snapshot(8, [file('eight')]))
  await settled()
  assert.deepEqual(names(), ['eight'])
})

test('what was told before this tab heard it is asked for, whatever it hears first', async t => {
  const { questions, names, stream, event } = follower(t)
  event('8', 'file-added', { file: file('eight') })
  stream('8')
  assert.equal(questions.length, 1)
  questions[0]!(snapshot(8, ['six', 'seven', 'eight'].map(file)))
  await settled()
  assert.deepEqual(names(), ['eight', 'seven', 'six'])
  event('9', 'file-removed', { id: 'six', by: 'Tom' })
  stream('9')
  assert.equal(questions.length, 1, 'it is in step')
})
