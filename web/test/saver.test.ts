import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileEntry } from '../src/api/types'
import { Saver } from '../src/core/saver'
import { manualClock } from './clock'

test('new files are saved one after the other while it is switched on, and none after', t => {
  const { pass } = manualClock(t)
  const saved: string[] = []
  const saver = new Saver(file => saved.push(file.id))
  const take = (id: string) => saver.take({ id } as FileEntry)
  take('before')
  saver.switch(true)
  for (const id of ['a', 'b', 'c']) take(id)
  pass(0)
  assert.deepEqual(saved, ['a'])
  pass(1000)
  assert.deepEqual(saved, ['a', 'b'])
  saver.switch(false)
  pass(5000)
  saver.switch(true)
  take('d')
  pass(1000)
  assert.deepEqual(saved, ['a', 'b', 'd'])
})
