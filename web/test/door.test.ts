import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../src/api/types'
import { DoorState } from '../src/core/door'

const refusing = (error: unknown) => () => Promise.reject(error)

test('who is let in hears nothing, who isn’t hears why, also the second time', async () => {
  const door = new DoorState()
  assert.equal(await door.attempt(async () => undefined), true)
  assert.deepEqual([door.refusal.value, door.slips.value], ['', 0])
  for (const count of [1, 2]) {
    assert.equal(await door.attempt(refusing(new ApiError('not_admitted', 401))), false)
    assert.match(door.refusal.value, /open no room/)
    assert.equal(door.slips.value, count)
  }
  assert.equal(door.busy.value, false)
})

test('after too many tries the door is shut as long as the server says, and then takes the next', async () => {
  let now = 1000
  const door = new DoorState(() => now)
  await door.attempt(refusing(new ApiError('rate_limited', 429, '', 48)))
  assert.deepEqual([door.shutFor.value, door.refusal.value], [48, 'Too many tries. Again in 0:48.'])
  now += 47_100
  door.tick()
  assert.equal(door.shutFor.value, 1)
  now += 1000
  door.tick()
  assert.deepEqual([door.shutFor.value, door.refusal.value], [0, ''])
})

test('a busy moment shuts no door', async () => {
  const door = new DoorState()
  await door.attempt(refusing(new ApiError('busy', 503, '', 5)))
  assert.equal(door.shutFor.value, 0)
})
