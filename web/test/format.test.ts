import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extensionOf, formatDuration, formatLeft, formatSize } from '../src/core/format'

test('sizes are told as file managers tell them', () => {
  const cases: [number, string][] = [[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [1234567, '1.2 MB'], [734003200, '734 MB'], [5368709120, '5.4 GB']]
  for (const [bytes, text] of cases) assert.equal(formatSize(bytes), text)
})

test('time left goes from hours to seconds', () => {
  const cases: [number, string][] = [[6_720_000, '1 h 52 min'], [3_600_000, '1 h'], [240_000, '4 min'], [48_000, '0:48'], [900, '0:01'], [-5, '0:00']]
  for (const [ms, text] of cases) assert.equal(formatLeft(ms), text)
})

test('a time reads as people say it', () => {
  assert.deepEqual([20, 600, 3600, 5400, 14_400].map(formatDuration), ['20 s', '10 min', '1 hour', '1 h 30 min', '4 hours'])
})

test('a mark has the file’s ending, never its folder’s', () => {
  assert.equal(extensionOf('a/b.c/notes.pdf'), 'PDF')
  assert.equal(extensionOf('a.b/notes'), 'FILE')
  assert.equal(extensionOf('.profile'), 'FILE')
})
