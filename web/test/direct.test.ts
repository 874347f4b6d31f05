import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ApiError } from '../src/api/types'
import { Slots } from '../src/core/slots'
import { DirectTransfer, Reach } from '../src/upload/direct'
import { FileChanged } from '../src/upload/digest'
import { StoreRefusal } from '../src/upload/put-part'
import type { Cargo, Refusal, Transfer } from '../src/upload/transfer'

const settled = async () => { for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve)) }

/** One PUT that the store has not answered yet. */
interface Put { number: number; bytes: number; signal: AbortSignal; sent: (bytes: number) => void; patienceMs: number; answer: () => void; refuse: (status: number, stoodStill?: boolean) => void }

/** A node with one file of 45 bytes in parts of 10, a store that answers when the test says so, and what the transfer told. */
function stage({ size = 45, url = null as string | null, slots = new Slots(4), reach = new Reach() } = {}) {
  const world = {
    calls: [] as string[], recorded: new Map<number, number>(), state: 'uploading', puts: [] as Put[], progress: [] as number[], urls: [] as string[],
    refusals: [] as Refusal[], done: 0, fail: null as ((call: string) => ApiError | null) | null, hold: null as Promise<void> | null, changed: false, tus: [] as string[],
  }
  const upload = () => ({
    file: { id: 'f1', state: world.state }, part_size_bytes: 10, parts: [...world.recorded].map(([number, bytes]) => ({ number, size_bytes: bytes })),
  })
  const answers: [RegExp, (match: RegExpExecArray, body: never) => unknown][] = [
    [/^POST \/direct-uploads$/, () => upload()],
    [/^GET \/direct-uploads\/f1$/, () => upload()],
    [/^POST \/direct-uploads\/f1\/links$/, (_, { parts: [{ number, md5 }] }: { parts: { number: number; md5: string }[] }) =>
      ({ parts: [{ number, url: `https://store/${number}`, headers: { 'Content-MD5': md5 } }] })],
    [/^PUT \/direct-uploads\/f1\/parts\/(\d+)$/, ([, number]) => { world.recorded.set(Number(number), 10); return {} }],
    [/^POST \/direct-uploads\/f1\/complete$/, () => { world.state = 'complete'; return upload().file }],
    [/^DELETE \/files\/f1$/, () => undefined],
  ]
  const room: Cargo['room'] = {
    path: rest => `/api/v1/rooms/lab${rest}`,
    call: async (method, rest, body) => {
      const call = `${method} ${rest}`
      world.calls.push(call)
      await world.hold
      const failure = world.fail?.(call)
      if (failure) throw failure
      for (const [pattern, answer] of answers) {
        const match = pattern.exec(call)
        if (match) return answer(match, body as never) as never
      }
      throw new Error(`the node has no ${call}`)
    },
  }
  const file = Object.assign(new Blob([new Uint8Array(size)]), { name: 'a.bin', lastModified: 7 }) as unknown as File
  const transfer: Transfer = new DirectTransfer({ file, name: 'a.bin', room, url }, {
    onUrl: told => world.urls.push(told), onGone: () => void world.calls.push('told that it goes'), onProgress: sent => world.progress.push(sent), onSuccess: () => world.done++, onRefusal: refusal => world.refusals.push(refusal),
  }, {
    slots, reach,
    digest: async part => {
      if (world.changed) throw new FileChanged()
      return { md5: `md5 of ${part.size}`, crc32: part.size }
    },
    put: (link, part, sent, signal, patienceMs) => new Promise((resolve, reject) => {
      const refuse = (status: number, stoodStill = false) => reject(new StoreRefusal(status, stoodStill))
      signal.addEventListener('abort', () => refuse(0))
      assert.equal(link.headers['Content-MD5'], `md5 of ${part.size}`)
      world.puts.push({ number: link.number, bytes: part.size, signal, sent, patienceMs, answer: () => resolve(`"${link.number}"`), refuse })
    }),
    byTus: async () => ({ makeTransfer: cargo => ({ start: () => void world.tus.push(cargo.name), abort: async () => void world.tus.push('stopped') }) }),
  })
  const inFlight = () => world.puts.map(put => put.number).sort()
  const answer = async (...numbers: number[]) => {
    for (const number of numbers) world.puts.splice(world.puts.findIndex(put => put.number === number), 1)[0]!.answer()
    await settled()
  }
  const begin = async () => { transfer.start(); await settled() }
  const called = (what: RegExp) => world.calls.filter(call => what.test(call))
  return { world, transfer, begin, answer, inFlight, called }
}

test('three parts go at once, each is recorded, and then the file is complete', async () => {
  const { world, begin, answer, inFlight, called } = stage()
  await begin()
  assert.deepEqual(inFlight(), [1, 2, 3])
  await answer(2)
  assert.deepEqual(inFlight(), [1, 3, 4])
  await answer(1, 3, 4)
  assert.deepEqual(world.puts.map(put => [put.number, put.bytes]), [[5, 5]])
  assert.equal(world.done, 0)
  await answer(5)
  assert.equal(world.done, 1)
  assert.equal(called(/complete$/).length, 1)
  assert.deepEqual([...world.recorded.keys()].sort(), [1, 2, 3, 4, 5])
  assert.deepEqual(world.urls, ['/api/v1/rooms/lab/direct-uploads/7/f1'])
  assert.equal(world.progress.at(-1), 45)
})

test('the bar moves within a part, and counts what is recorded', async () => {
  const { world, begin, answer } = stage()
  await begin()
  assert.deepEqual(world.progress, [0])
  world.puts[0]!.sent(4)
  world.puts[1]!.sent(3)
  assert.deepEqual(world.progress, [0, 4, 7])
  await answer(1)
  assert.equal(world.progress.at(-1), 13)
})

test('after a reload only what isn’t recorded is sent', async () => {
  const { world, begin, answer, called } = stage({ url: '/api/v1/rooms/lab/direct-uploads/7/f1' })
  for (const number of [1, 3, 4]) world.recorded.set(number, 10)
  await begin()
  assert.deepEqual(world.progress, [30])
  await answer(2, 5)
  assert.equal(world.done, 1)
  assert.deepEqual(called(/PUT|POST .direct-uploads$/).sort(), ['PUT /direct-uploads/f1/parts/2', 'PUT /direct-uploads/f1/parts/5'])
})

test('a file that was completed before the page knew is done', async () => {
  const { world, begin } = stage({ url: '/api/v1/rooms/lab/direct-uploads/7/f1' })
  world.state = 'complete'
  await begin()
  assert.deepEqual([world.done, world.calls], [1, ['GET /direct-uploads/f1']])
})

test('a pause stops what is in flight, and afterwards that alone is sent again', async () => {
  const { world, transfer, begin, answer, inFlight } = stage()
  await begin()
  await answer(1)
  const stopped = world.puts.splice(0)
  await transfer.abort()
  assert.deepEqual(stopped.map(put => put.signal.aborted), [true, true, true])
  await settled()
  assert.deepEqual([world.refusals, world.puts], [[], []])
  const before = world.progress.length
  await begin()
  assert.equal(world.progress[before], 10)
  assert.deepEqual(inFlight(), [2, 3, 4])
  await answer(2, 3, 4)
  await answer(5)
  assert.equal(world.done, 1)
})

test('paused and resumed while the node makes the entry, it is made once', async () => {
  const { world, transfer, begin, called, inFlight } = stage()
  let go = () => undefined as void
  world.hold = new Promise(resolve => { go = resolve })
  transfer.start()
  await transfer.abort()
  transfer.start()
  world.hold = null
  go()
  await settled()
  assert.equal(called(/POST .direct-uploads$/).length, 1)
  assert.deepEqual(inFlight(), [1, 2, 3])
  await begin()
  assert.equal(called(/POST .direct-uploads$/).length, 1)
})

for (const [what, status] of [['a link that has expired', 403], ['a store that is busy', 503], ['a network that went', 0]] as const)
  test(`${what} is worth another try: linked anew, by the queue’s rules`, async () => {
    const { world, begin, answer, inFlight, called } = stage()
    await begin()
    world.puts.splice(1, 1)[0]!.refuse(status)
    await settled()
    assert.deepEqual(world.refusals.map(r => r.status), [0])
    // Nothing new begins before the next start, but what is on its way arrives.
    await answer(1)
    assert.deepEqual(inFlight(), [3])
    assert.equal(called(/links$/).length, 3)
    await begin()
    assert.deepEqual(inFlight(), [2, 3, 4])
    assert.equal(world.progress.at(-1), 10)
    await answer(2, 3, 4)
    await answer(5)
    assert.equal(world.done, 1)
    assert.equal(world.refusals.length, 1)
  })

test('of parts that fail together one is told', async () => {
  const { world, begin } = stage()
  await begin()
  world.puts.forEach(put => put.refuse(0))
  await settled()
  assert.equal(world.refusals.length, 1)
})

test('what the node says of it is told as it is', async () => {
  const { world, begin } = stage()
  world.fail = call => (call.endsWith('/links') ? new ApiError('uploads_locked', 403) : null)
  await begin()
  assert.deepEqual(world.refusals, [{ status: 403, retryAfter: 0, code: 'uploads_locked', field: '' }])
  const other = stage()
  other.world.fail = () => new ApiError('rate_limited', 429, '', 9)
  await other.begin()
  assert.deepEqual(other.world.refusals, [{ status: 429, retryAfter: 9, code: 'rate_limited', field: '' }])
})

test('where the node misses parts, it is asked which', async () => {
  const { world, begin, answer, inFlight } = stage({ size: 20 })
  await begin()
  world.fail = call => (call.endsWith('/complete') ? new ApiError('parts_missing', 409) : null)
  await answer(1, 2)
  assert.deepEqual(world.refusals.map(r => r.status), [409])
  world.fail = null
  world.recorded.delete(2)
  await begin()
  assert.deepEqual(inFlight(), [2])
  await answer(2)
  assert.equal(world.done, 1)
})

test('what is recorded while the node is asked counts, though its answer is from before', async () => {
  const { world, transfer, begin, answer, inFlight } = stage()
  await begin()
  world.puts.splice(0, 1)[0]!.refuse(503)
  await settled()
  let go = () => undefined as void
  const { recorded } = world
  world.hold = new Promise(resolve => { go = resolve })
  transfer.start()
  await settled()
  world.hold = null
  await answer(2)
  world.recorded = new Map()
  go()
  await settled()
  world.recorded = recorded
  assert.deepEqual(inFlight(), [1, 3, 4])
})

test('a file that changed under the page has the words for that', async () => {
  const { world, begin } = stage()
  world.changed = true
  await begin()
  assert.deepEqual(world.refusals, [{ status: 400, retryAfter: 0, code: 'length_conflict', field: '' }])
})

test('cancelled, it is removed on the node, also while that makes its entry', async () => {
  const { world, transfer, begin, called } = stage()
  await begin()
  await transfer.abort(true)
  await settled()
  assert.equal(called(/DELETE/).length, 1)
  assert.deepEqual(world.puts.map(put => put.signal.aborted), [true, true, true])
  const early = stage()
  let go = () => undefined as void
  early.world.hold = new Promise(resolve => { go = resolve })
  early.transfer.start()
  await early.transfer.abort(true)
  go()
  await settled()
  assert.equal(early.called(/DELETE/).length, 1)
  assert.deepEqual([early.world.urls, early.world.puts], [[], []])
})

test('where the node takes none any more, it goes by tus', async () => {
  const { world, transfer, begin } = stage()
  world.fail = () => new ApiError('no_direct_uploads', 404)
  await begin()
  assert.deepEqual([world.tus, world.refusals], [['a.bin'], []])
  await transfer.abort()
  transfer.start()
  assert.deepEqual(world.tus, ['a.bin', 'stopped', 'a.bin'])
})

/** Every part fails as where nothing answers, `ms` after the last time, and the queue tries again. */
async function lose({ world, begin }: ReturnType<typeof stage>, t: TestContext, ms: number) {
  t.mock.timers.tick(ms)
  world.puts.splice(0).forEach(put => put.refuse(0))
  await settled()
  if (world.tus.length === 0) await begin()
}

test('a file goes by tus where none of its parts gets to the store for ten seconds, and its entry goes first', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1 })
  const it = stage()
  await it.begin()
  await lose(it, t, 0)
  await lose(it, t, 9_000)
  assert.deepEqual([it.world.tus, it.called(/DELETE/)], [[], []])
  await lose(it, t, 1_000)
  assert.deepEqual([it.world.tus, it.called(/DELETE|goes/), it.world.refusals.length], [['a.bin'], ['told that it goes', 'DELETE /files/f1'], 2])
})

test('a store that some part got to is only away, and is waited for', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1 })
  const reach = new Reach()
  const other = stage({ reach })
  await other.begin()
  await other.answer(1)
  const it = stage({ reach })
  await it.begin()
  for (let i = 0; i < 9; i++) await lose(it, t, 10_000)
  assert.deepEqual([it.world.tus, it.world.refusals.length], [[], 9])
})

test('a part of which the store’s answer is no is no store out of reach', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1 })
  const { world, begin } = stage()
  await begin()
  for (let i = 0; i < 9; i++) {
    t.mock.timers.tick(10_000)
    world.puts.splice(0).forEach(put => put.refuse(403))
    await settled()
    await begin()
  }
  assert.deepEqual(world.tus, [])
})

test('on a line where a part stood still the next may stand still for longer', async () => {
  const { world, begin } = stage()
  await begin()
  for (const stoodStill of [false, true]) {
    assert.deepEqual(world.puts.map(put => put.patienceMs), [60_000, 60_000, 60_000])
    world.puts.splice(0).forEach(put => put.refuse(0, stoodStill))
    await settled()
    await begin()
  }
  assert.deepEqual(world.puts.map(put => put.patienceMs), [120_000, 120_000, 120_000])
})

test('no more than four parts of all files are sent at once', async () => {
  const slots = new Slots(4)
  const stages = [stage({ slots }), stage({ slots }), stage({ slots })]
  for (const { begin } of stages) await begin()
  const all = () => stages.flatMap(({ world }) => world.puts)
  assert.equal(all().length, 4)
  for (let round = 0; round < 15; round++) {
    for (const { world, answer } of stages) await answer(...world.puts.map(put => put.number))
    assert.ok(all().length <= 4)
  }
  assert.deepEqual(stages.map(({ world }) => world.done), [1, 1, 1])
})
