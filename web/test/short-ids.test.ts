import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortIds } from '../src/core/short-ids'

const ids = (...all: string[]) => all.map(id => ({ id: id.padStart(32, '0') }))

test('of an id its last eight digits do where they tell all files apart', () => {
  const files = ids('1aaaaaaaa', '1bbbbbbbb')
  assert.deepEqual(shortIds([files[1]!], files), ['bbbbbbbb'])
})

test('where two files end alike, all ids are as long as tells them apart', () => {
  const files = ids('1aaaaaaaaa', '2aaaaaaaaa', '1bbbbbbbb')
  assert.deepEqual(shortIds(files.slice(1), files), ['2aaaaaaaaa', '01bbbbbbbb'])
})
