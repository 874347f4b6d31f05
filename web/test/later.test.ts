import assert from 'node:assert/strict'
import { test } from 'node:test'
import { came, isOutdated, missed, persistently } from '../src/core/later'
import { manualClock } from './clock'

const settled = async () => { for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve)) }

/** A chunk that can't be had until `isThere`, from a server that answers all else where it `isUp`. */
async function stage(t: { after: (act: () => void) => void }, isUp: boolean) {
  const { fetch } = globalThis
  const { pass } = manualClock(t)
  t.after(() => {
    globalThis.fetch = fetch
    isOutdated.value = false
  })
  globalThis.fetch = (async () => isUp ? new Response('{}') : Promise.reject(new TypeError('offline'))) as never
  const world = { tries: 0, isThere: false, got: '' }
  void persistently(async () => {
    world.tries++
    return world.isThere ? 'chunk' : Promise.reject(new TypeError('404'))
  }).then(got => (world.got = got))
  const fail = async () => {
    await settled()
    pass(2000)
    await settled()
  }
  await settled()
  return { world, fail }
}

test('a chunk that can’t be had again and again from a server that answers is told, and asked for all the same', async t => {
  const { world, fail } = await stage(t, true)
  await fail()
  assert.deepEqual([world.tries, isOutdated.value], [2, false])
  await fail()
  assert.deepEqual([world.tries, isOutdated.value], [3, true])
  world.isThere = true
  await fail()
  assert.deepEqual([world.got, isOutdated.value], ['chunk', false])
})

test('while the server is away the page isn’t taken for outdated', async t => {
  const { world, fail } = await stage(t, false)
  for (let i = 0; i < 9; i++) await fail()
  assert.deepEqual([world.tries, isOutdated.value], [10, false])
})

test('an answer that comes after the chunk says nothing any more', async t => {
  const { fetch } = globalThis
  t.after(() => { globalThis.fetch = fetch })
  let answer = () => undefined as void
  globalThis.fetch = (() => new Promise(resolve => { answer = () => resolve(new Response('{}')) })) as never
  const told = missed(3)
  came('chunk')
  answer()
  await told
  assert.equal(isOutdated.value, false)
})
