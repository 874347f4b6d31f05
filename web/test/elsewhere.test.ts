import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FileEntry, Room } from '../src/api/types'
import { RoomState } from '../src/core/room'
import { keepInStep } from '../src/upload/elsewhere'
import { UploadQueue } from '../src/upload/queue'
import type { TransferEvents } from '../src/upload/transfer'
import { manualClock } from './clock'

const url = '/api/v1/rooms/lab/files/7/f1'
const key = 'fleeting-upload-r1-500-a'
const settled = () => new Promise(resolve => setImmediate(resolve))
const picked = (lastModified = 7) => ({ file: { size: 500, type: '', lastModified } as File, name: 'a' })
const entry = (state: FileEntry['state']) => ({ id: 'f1', name: 'a', state, size_bytes: 500, offset_bytes: 500 }) as FileEntry

/** A browser: what its tabs of one room share. `load` is a tab more, `leave` the last one's end. */
function browser(t: TestContext, kept: Record<string, string> = {}) {
  const channels = new Set<Channel>()
  class Channel {
    onmessage: ((event: { data: unknown }) => void) | null = null
    constructor() { channels.add(this) }
    postMessage(data: unknown) { [...channels].filter(c => c !== this).forEach(c => c.onmessage?.({ data })) }
    close() { channels.delete(this) }
  }
  const records = { ...kept }
  const functions = { getItem: (k: string) => records[k] ?? null, setItem: (k: string, v: string) => void (records[k] = v), removeItem: (k: string) => void delete records[k] }
  for (const [name, value] of Object.entries(functions)) Object.defineProperty(records, name, { value })
  const leaving: (() => void)[] = []
  const listen = (name: string, act: () => void) => { if (name === 'pagehide') leaving.push(act) }
  const before = { BroadcastChannel: globalThis.BroadcastChannel }
  Object.assign(globalThis, { BroadcastChannel: Channel, localStorage: records, addEventListener: listen, removeEventListener: () => undefined })
  t.after(() => void Object.assign(globalThis, before))

  const load = () => {
    const state = new RoomState()
    state.room.value = { id: 'r1', name: 'lab' } as Room
    const told = { aborts: [] as boolean[], on: [] as TransferEvents[] }
    const queue = new UploadQueue({ name: 'lab', id: 'r1' }, { onPhase: () => undefined }, async () => ({
      makeTransfer: (_, on) => {
        told.on.push(on)
        return { start: () => on.onUrl(url), abort: async (remove = false) => void told.aborts.push(remove) }
      },
    }))
    keepInStep(queue, state)
    return { state, told, queue, phases: () => queue.views.value.map(v => v.phase) }
  }
  return { load, records, leave: () => leaving.pop()!(), crash: () => channels.delete([...channels].at(-1)!) }
}

test('what goes up from one tab isn’t offered by another, which has come before or after', async t => {
  const { load } = browser(t)
  const [before, sender] = [load(), load()]
  sender.queue.add([picked()])
  await settled()
  const after = load()
  assert.deepEqual([before, sender, after].map(tab => tab.phases()), [[], ['uploading'], []])
})

test('where two tabs offer an upload, the one in which it goes on has it alone', async t => {
  const { load } = browser(t, { [key]: url })
  const [idle, sender] = [load(), load()]
  assert.deepEqual([idle, sender].map(tab => tab.phases()), [['interrupted'], ['interrupted']])
  sender.queue.add([picked()])
  await settled()
  assert.deepEqual([idle, sender].map(tab => tab.phases()), [[], ['uploading']])
})

test('the file that another tab sends isn’t sent from here, and is left to that tab when it is taken away here', async t => {
  const { load, records } = browser(t)
  const [other, sender] = [load(), load()]
  sender.queue.add([picked()])
  await settled()
  other.queue.add([picked()])
  await settled()
  assert.deepEqual(other.queue.views.value.map(v => [v.phase, v.code]), [['failed', 'upload_busy']])
  assert.deepEqual(other.told.on, [])
  other.queue.cancel(other.queue.views.value[0]!.id)
  assert.deepEqual([records[key], sender.phases()], [url, ['uploading']])
})

test('what another tab has taken over goes on there alone, and stays when it is taken away here', async t => {
  const { load, records } = browser(t)
  const { queue, told } = load()
  queue.add([picked()])
  await settled()
  const [{ id }] = queue.views.value as [{ id: number }]
  queue.pause(id)
  queue.elsewhere.add('f1')
  queue.resume(id)
  assert.deepEqual(queue.views.value.map(v => [v.phase, v.code]), [['failed', 'upload_busy']])
  queue.cancel(id)
  assert.deepEqual([records[key], told.aborts], [url, [false]])
})

test('what a tab had that is gone is offered by the others', async t => {
  const { load, leave } = browser(t)
  const [other, sender] = [load(), load()]
  sender.queue.add([picked()])
  await settled()
  load()
  const { pass } = manualClock(t)
  const goes = async () => {
    leave()
    pass(1000)
    await settled()
    return other.phases()
  }
  assert.deepEqual(await goes(), [])
  assert.deepEqual(await goes(), ['interrupted'])
  other.queue.add([picked()])
  await settled()
  assert.deepEqual(other.phases(), ['uploading'])
})

test('what a tab had that went without a word is taken over when it is tried again, and has one row', async t => {
  const { load, crash } = browser(t)
  const [other, sender] = [load(), load()]
  sender.queue.add([picked()])
  await settled()
  other.queue.add([picked()])
  const { id } = other.queue.views.value[0]!
  const { pass } = manualClock(t)
  const tryAgain = async () => {
    other.queue.tryNow(id)
    pass(1000)
    await settled()
    return other.phases()
  }
  assert.deepEqual(await tryAgain(), ['failed'])
  crash()
  assert.deepEqual(await tryAgain(), ['uploading'])
  assert.deepEqual(other.told.on.length, 1)
})

test('what a tab had that went without a word is offered before long, and what one has that is there isn’t', async t => {
  const { load, crash } = browser(t)
  const [other, sender] = [load(), load()]
  sender.queue.add([picked()])
  await settled()
  const { pass } = manualClock(t)
  const later = async () => {
    other.state.now.value += 11_000
    pass(1000)
    await settled()
    return other.phases()
  }
  assert.deepEqual(await later(), [])
  crash()
  assert.deepEqual(await later(), ['interrupted'])
})

test('a file that was removed while the page was away isn’t offered, nor sent anew', async t => {
  const { load, records } = browser(t, { [key]: url })
  const list = ({ state }: { state: RoomState }, files: FileEntry[]) =>
    state.takeSnapshot({ room: state.room.value!, files, members: [], server_time: new Date().toISOString(), me: { id: 'mara', nickname: 'Mara', role: 'member' } }, Date.now())
  const tab = load()
  list(tab, [entry('uploading')])
  assert.deepEqual(tab.phases(), ['interrupted'])
  tab.queue.add([picked()])
  await settled()
  assert.deepEqual(tab.phases(), ['uploading'])
  list(tab, [])
  assert.deepEqual([tab.phases(), records[key]], [[], undefined])
  records[key] = url
  const { pass } = manualClock(t)
  const reloaded = load()
  // A tab that has just begun it may not have answered yet, and this one's list not know of it.
  list(reloaded, [])
  assert.deepEqual([reloaded.phases(), records[key]], [['interrupted'], url])
  pass(1000)
  await settled()
  assert.deepEqual([reloaded.phases(), records[key]], [[], undefined])
})

test('an interrupted upload that turns out complete is no longer offered', async t => {
  const { load, records } = browser(t, { [key]: url })
  const { pass } = manualClock(t)
  const { state, phases } = load()
  pass(1000)
  await settled()
  state.takeFile(entry('uploading'))
  assert.deepEqual(phases(), ['interrupted'])
  state.takeFile(entry('complete'))
  assert.deepEqual([phases(), records[key]], [[], undefined])
})

test('a file that somebody removes goes up no further, paused or not', async t => {
  for (const isPaused of [false, true]) {
    const { load, records } = browser(t)
    const { state, queue, told, phases } = load()
    queue.add([picked()])
    await settled()
    if (isPaused) queue.pause(queue.views.value[0]!.id)
    state.takeFile(entry('uploading'))
    state.dropFile('f1', 'Tom')
    assert.deepEqual([phases(), told.aborts.at(-1), records[key]], [[], false, undefined])
  }
})
