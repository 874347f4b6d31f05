import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UploadQueue } from '../src/upload/queue'
import { makeTransfer } from '../src/upload/transfer'

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
  }, async () => ({ Upload, makeTransfer }) as never)
  return { world, queue }
}
const settled = () => new Promise(resolve => setImmediate(resolve))

test('after a restart of the server no more than three uploads run at once', async t => {
  const { world, queue } = stage()
  const real = globalThis.setTimeout
  globalThis.setTimeout = ((run: () => void) => world.timers.push(run)) as never
  t.after(() => { globalThis.setTimeout = real })
  queue.add(Array.from({ length: 9 }, (_, i) => ({ file: { size: 10, type: '' } as File, name: `${i}` })))
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

test('what can’t fit isn’t sent, and the files beside it go on', async () => {
  const { world, queue } = stage()
  const picked = (size: number, name: string) => ({ file: { size, type: '' } as File, name })
  queue.add([picked(2000, 'a'), picked(2000, 'b'), picked(2000, 'c'), picked(2000, 'd'), picked(10, 'small')])
  await settled()
  assert.equal(world.running, 1)
  assert.deepEqual(queue.views.value.filter(v => v.phase === 'failed').map(v => v.code), Array(4).fill('room_full'))
})
