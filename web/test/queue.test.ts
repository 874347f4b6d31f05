import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UploadQueue } from '../src/upload/queue'
import type { Cargo, TransferEvents } from '../src/upload/transfer'
import { TusTransfer } from '../src/upload/tus'
import { manualClock } from './clock'

/** A server that refuses every upload until `isUp`, and a clock that the test moves. */
function stage() {
  const world = { isUp: true, running: 0, most: 0, done: [] as string[], timers: [] as (() => void)[], finish: [] as (() => void)[] }
  class Upload {
    url: string | null = null
    constructor(_file: unknown, private readonly options: { onSuccess: () => void; onError: (error: unknown) => void }) {}
    start() {
      world.most = Math.max(world.most, ++world.running)
      const end = () => {
        world.running--
        world.isUp ? this.options.onSuccess() : this.options.onError({ originalResponse: null })
      }
      world.finish.push(end)
    }
    async abort() {}
  }
  Object.assign(globalThis, {
    localStorage: { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }, addEventListener: () => undefined,
  })
  const queue = new UploadQueue({ name: 'lab', id: 'r1' }, {
    onPhase: view => { if (view.phase === 'done') world.done.push(view.name) },
    refuses: size => (size > 1000 ? 'room_full' : ''),
  }, async () => ({ makeTransfer: (cargo, on) => new TusTransfer({ Upload } as never, cargo, on, () => ({ wait: () => undefined, stop: () => undefined })) }))
  return { world, queue }
}
/** A file that can be read, as far as anybody asks. */
const fileOf = (size: number) => ({ size, type: '', lastModified: 7, slice: () => new Blob() }) as unknown as File
const settled = () => new Promise(resolve => setImmediate(resolve))

test('after a restart of the server no more than three uploads run at once', async t => {
  const { world, queue } = stage()
  const real = globalThis.setTimeout
  globalThis.setTimeout = ((run: () => void) => world.timers.push(run)) as never
  t.after(() => { globalThis.setTimeout = real })
  queue.add(Array.from({ length: 9 }, (_, i) => ({ file: fileOf(10), name: `${i}` })))
  await settled()
  assert.equal(world.running, 3)

  world.isUp = false
  while (world.finish.length > 0) {
    world.finish.splice(0).forEach(end => end())
    await settled()
  }
  assert.deepEqual(new Set(queue.views.value.map(v => v.phase)), new Set(['retrying']))

  world.isUp = true
  world.timers.splice(0).forEach(run => run())
  await settled()
  assert.equal(world.running, 3)
  while (world.finish.length > 0) {
    world.finish.shift()!()
    await settled()
  }
  assert.equal(world.done.length, 9)
  assert.equal(world.most, 3)
})

test('a server that goes before the upload client has come is told as broken, and tried again', async t => {
  const timers: (() => void)[] = []
  const real = globalThis.setTimeout
  globalThis.setTimeout = ((run: () => void) => timers.push(run)) as never
  t.after(() => { globalThis.setTimeout = real })
  let [isUp, starts] = [false, 0]
  const client = { makeTransfer: () => ({ start: () => void starts++, abort: async () => undefined }) }
  const queue = new UploadQueue({ name: 'lab', id: 'r1' }, { onPhase: () => undefined }, async () => isUp ? client : Promise.reject(new TypeError('no chunk')))
  queue.add([{ file: fileOf(10), name: 'a' }])
  await settled()
  assert.deepEqual([queue.views.value[0]!.phase, starts], ['retrying', 0])
  isUp = true
  timers.splice(0).forEach(run => run())
  await settled()
  assert.deepEqual([queue.views.value[0]!.phase, starts], ['uploading', 1])
})

test('what can’t fit isn’t sent, and the files beside it go on', async () => {
  const { world, queue } = stage()
  const picked = (size: number, name: string) => ({ file: fileOf(size), name })
  queue.add([picked(2000, 'a'), picked(2000, 'b'), picked(2000, 'c'), picked(2000, 'd'), picked(10, 'small')])
  await settled()
  assert.equal(world.running, 1)
  assert.deepEqual(queue.views.value.filter(v => v.phase === 'failed').map(v => v.code), Array(4).fill('room_full'))
})

test('files chosen together go up by name, as people count', async () => {
  const { queue } = stage()
  queue.add(['page 10', 'page 9', 'cover'].map(name => ({ file: fileOf(10), name })))
  assert.deepEqual(queue.views.value.map(v => v.name), ['cover', 'page 9', 'page 10'])
  await settled()
})

test('what failed and is chosen again has one row, which goes up', async () => {
  const { world, queue } = stage()
  const add = async (size: number) => { queue.add([{ file: fileOf(size), name: 'a' }]); await settled() }
  await add(2000)
  await add(2000)
  await add(10)
  assert.deepEqual(queue.views.value.map(v => [v.size, v.phase]), [[2000, 'failed'], [10, 'uploading']])
  world.isUp = false
  world.finish.shift()!()
  await settled()
})

/** A queue whose transfers do what the test says; `ways` are those that were asked for, in order. */
function staged({ records = {} as Record<string, string>, from = 100 as number | null, lists = false, made = [] as { id: string; state: string }[] } = {}) {
  const kept = new Map(Object.entries(records))
  const told = { ways: [] as string[], cargo: [] as Cargo[], on: [] as TransferEvents[], starts: 0, aborts: [] as boolean[] }
  Object.assign(globalThis, {
    localStorage: Object.assign(Object.fromEntries(kept), {
      getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key),
    }),
    addEventListener: () => undefined,
  })
  const queue = new UploadQueue({ name: 'lab', id: 'r1' }, { onPhase: () => undefined, directFrom: () => from ?? undefined, lists: () => lists, madeSince: () => made }, async direct => ({
    makeTransfer: (cargo, on) => {
      told.ways.push(direct ? 'direct' : 'tus')
      told.cargo.push(cargo)
      told.on.push(on)
      return { start: () => void told.starts++, abort: async (remove = false) => void told.aborts.push(remove) }
    },
  }))
  const add = async (size: number, name: string) => { queue.add([{ file: fileOf(size), name }]); await settled() }
  return { told, kept, queue, add }
}

test('large files go straight to the store where the room says from which size, all others by tus', async () => {
  const { told, add } = staged()
  await add(99, 'small')
  await add(100, 'large')
  assert.deepEqual(told.ways, ['tus', 'direct'])
  const none = staged({ from: null })
  await none.add(1e12, 'large')
  assert.deepEqual(none.told.ways, ['tus'])
})

test('what was interrupted goes on the way it came, whatever the room says now', async () => {
  const url = { tus: '/api/v1/rooms/lab/files/f1', direct: '/api/v1/rooms/lab/direct-uploads/7/f2' }
  const { told, queue, add } = staged({ records: { 'fleeting-upload-r1-500-a': url.tus, 'fleeting-upload-r1-50-b': url.direct } })
  assert.deepEqual(queue.views.value.map(v => [v.name, v.phase, v.fileId]), [['a', 'interrupted', 'f1'], ['b', 'interrupted', 'f2']])
  await add(500, 'a')
  await add(50, 'b')
  assert.deepEqual(told.ways, ['tus', 'direct'])
  assert.deepEqual(told.cargo.map(cargo => cargo.url), [url.tus, url.direct])
})

test('a file that is given twice goes up once, and another of its name and size after it', async () => {
  const { told, queue, add } = staged()
  await add(500, 'a')
  await add(500, 'a')
  queue.add([{ file: Object.assign(fileOf(500), { lastModified: 8 }), name: 'a' }])
  await settled()
  told.on[0]!.onUrl('/api/v1/rooms/lab/direct-uploads/7/f1')
  assert.deepEqual(queue.views.value.map(v => v.phase), ['uploading', 'waiting'])
  told.on[0]!.onSuccess()
  await settled()
  assert.deepEqual([told.cargo.map(cargo => [cargo.file.lastModified, cargo.url]), told.aborts.includes(true)], [[[7, null], [8, null]], false])
})

test('what waits behind another of its name and size is taken away without it', async () => {
  const { told, queue, add, kept } = staged()
  await add(500, 'a')
  told.on[0]!.onUrl('/api/v1/rooms/lab/direct-uploads/7/f1')
  queue.add([{ file: Object.assign(fileOf(500), { lastModified: 8 }), name: 'a' }])
  queue.cancel(queue.views.value[1]!.id)
  assert.deepEqual([queue.views.value.map(v => v.phase), kept.size], [['uploading'], 1])
})

test('what is at the server of a file as it was is dropped there before the file as it is takes its name', async t => {
  const real = globalThis.fetch
  t.after(() => { globalThis.fetch = real })
  for (const [way, size] of [['files', 50], ['direct-uploads', 500]] as const) {
    const { told, kept, queue, add } = staged({ records: { [`fleeting-upload-r1-${size}-a`]: `/api/v1/rooms/lab/${way}/6/f1` } })
    const calls: unknown[] = []
    globalThis.fetch = (async (path: string, { method }: RequestInit) => {
      calls.push(`${method} ${path}`, told.cargo.length)
      return new Response(null, { status: 204 })
    }) as never
    await add(size, 'a')
    await settled()
    assert.deepEqual([calls, told.cargo.map(cargo => cargo.url), kept.size], [['DELETE /api/v1/rooms/lab/files/f1', 0], [null], 0])
    assert.equal(queue.views.value[0]!.fileId, '')
  }
})

test('either way is paused, resumed and cancelled alike', async () => {
  const { told, queue, add } = staged()
  await add(500, 'a')
  const [{ id }] = queue.views.value as [{ id: number }]
  queue.pause(id)
  queue.resume(id)
  await settled()
  queue.cancel(id)
  assert.deepEqual([told.ways, told.starts, told.aborts], [['direct'], 2, [false, true]])
})

test('what is cancelled, or paused and resumed, before its client has come starts never, or once', async () => {
  const { told, queue } = staged()
  const add = () => { queue.add([{ file: fileOf(500), name: 'a' }]); return queue.views.value.at(-1)!.id }
  queue.cancel(add())
  await settled()
  assert.deepEqual([told.starts, queue.views.value], [0, []])
  const id = add()
  queue.pause(id)
  queue.resume(id)
  await settled()
  assert.deepEqual([told.starts, told.ways], [1, ['direct']])
})

test('what the server doesn’t know and the room’s list still has is given time to be told as removed', async t => {
  const { told, queue, add, kept } = staged({ lists: true })
  const timers: (() => void)[] = []
  const real = globalThis.setTimeout
  globalThis.setTimeout = ((run: () => void) => timers.push(run)) as never
  t.after(() => { globalThis.setTimeout = real })
  const refuse = () => told.on[0]!.onRefusal({ status: 404, retryAfter: 0, code: 'unavailable', field: '' })
  await add(500, 'a')
  told.on[0]!.onUrl('/api/v1/rooms/lab/direct-uploads/7/f1')
  refuse()
  assert.deepEqual([queue.views.value[0]!.phase, kept.size, told.cargo.length], ['retrying', 1, 1])
  timers.splice(0).forEach(run => run())
  await settled()
  refuse()
  await settled()
  assert.deepEqual([kept.size, told.cargo.length], [0, 2])
})

test('what was made by a request whose answer was lost isn’t made again', async t => {
  const { pass } = manualClock(t)
  for (const [state, cargoes, phases] of [['complete', 1, []], ['uploading', 2, ['uploading']]] as const) {
    const made: { id: string; state: string }[] = []
    const { told, queue, add } = staged({ made })
    await add(50, 'a')
    made.push({ id: 'f1', state })
    told.on[0]!.onRefusal({ status: 0, retryAfter: 0, code: 'unavailable', field: '' })
    pass(60_000)
    await settled()
    assert.deepEqual([told.cargo.length, queue.views.value.map(v => v.phase)], [cargoes, phases])
    if (state === 'uploading') assert.match(told.cargo[1]!.url!, /\/files\/7\/f1$/)
  }
})

test('an upload that the node has forgotten is begun anew', async () => {
  const { told, add, kept } = staged()
  await add(500, 'a')
  told.on[0]!.onUrl('/api/v1/rooms/lab/direct-uploads/7/f1')
  assert.equal(kept.size, 1)
  told.on[0]!.onRefusal({ status: 404, retryAfter: 0, code: 'not_found', field: '' })
  await settled()
  assert.deepEqual(told.cargo.map(cargo => cargo.url), [null, null])
  assert.equal(kept.size, 0)
})

test('an upload that is somebody else’s by now is begun anew, and one that is refused for what it is isn’t', async () => {
  for (const [code, begun] of [['forbidden', 2], ['unavailable', 2], ['content_blocked', 1], ['uploads_locked', 1]] as const) {
    const { told, queue, add } = staged()
    await add(500, 'a')
    told.on[0]!.onUrl('/api/v1/rooms/lab/direct-uploads/7/f1')
    told.on[0]!.onRefusal({ status: 403, retryAfter: 0, code, field: '' })
    await settled()
    assert.deepEqual([told.cargo.length, queue.views.value[0]!.phase], [begun, begun === 2 ? 'uploading' : 'failed'])
  }
})

test('what is sent again only to be refused again is tried ever more rarely', async t => {
  const { told, add } = staged()
  const waits: number[] = []
  const timers: (() => void)[] = []
  const real = globalThis.setTimeout
  globalThis.setTimeout = ((run: () => void, ms: number) => { timers.push(run); waits.push(ms) }) as never
  t.after(() => { globalThis.setTimeout = real })
  await add(500, 'a')
  const fail = async (upTo: number) => {
    for (const sent of [0, upTo / 2, upTo]) told.on[0]!.onProgress(sent)
    told.on[0]!.onRefusal({ status: 0, retryAfter: 0, code: 'unavailable', field: '' })
    timers.splice(0).forEach(run => run())
    await settled()
  }
  for (const upTo of [200, 200, 200, 300]) await fail(upTo)
  assert.deepEqual(waits, [500, 1000, 2000, 500])
})
