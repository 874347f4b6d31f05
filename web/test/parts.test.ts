import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { crc32 } from '../src/core/crc32'
import { Parts } from '../src/core/parts'
import { Slots } from '../src/core/slots'
import { digestOf, FileChanged } from '../src/upload/digest'

const never = new AbortController().signal

test('parts cover the file, the last one is as long as what is left', () => {
  const parts = new Parts(25, 10)
  assert.deepEqual([1, 2, 3].map(number => parts.rangeOf(number)), [[0, 10], [10, 20], [20, 25]])
  assert.deepEqual(new Parts(20, 10).rangeOf(2), [10, 20])
  assert.equal(new Parts(20, 10).next(new Set([1, 2])), 0)
})

test('the next part is the first that is neither recorded nor on its way; each counts once', () => {
  const parts = new Parts(25, 10)
  parts.record(3)
  parts.record(3)
  assert.equal(parts.recordedBytes, 5)
  assert.equal(parts.next(new Set([1])), 2)
  parts.record(1)
  assert.equal(parts.next(new Set()), 2)
  parts.record(2)
  assert.equal(parts.next(new Set()), 0)
  assert.equal(parts.recordedBytes, 25)
})

test('CRC-32 is that of ZIP, in one piece or in many', () => {
  const bytes = new TextEncoder().encode('123456789')
  assert.equal(crc32(bytes), 0xcbf43926)
  for (let cut = 0; cut <= 9; cut++) assert.equal(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), 0xcbf43926)
  assert.equal(crc32(new Uint8Array()), 0)
})

test('a part’s sums are those of its bytes, whatever its length', async () => {
  for (const size of [0, 1, 262_144, 600_001]) {
    const bytes = randomBytes(size)
    assert.deepEqual(await digestOf(new Blob([bytes]), never), { md5: createHash('md5').update(bytes).digest('base64'), crc32: crc32(bytes) })
  }
})

test('a file that can’t be read any more, or is shorter than it was, has changed', async () => {
  const blob = (read: () => Promise<ArrayBuffer>) => ({ size: 10, slice: () => ({ size: 10, arrayBuffer: read }) }) as unknown as Blob
  await assert.rejects(digestOf(blob(() => Promise.reject(new Error('NotReadableError'))), never), FileChanged)
  await assert.rejects(digestOf(blob(async () => new ArrayBuffer(9)), never), FileChanged)
})

test('no more have a slot than there are, and who waits comes in order, also after a failure', async () => {
  const slots = new Slots(2)
  const started: number[] = []
  const ends: (() => void)[] = []
  const work = (n: number, fails = false) => slots.within(() => {
    started.push(n)
    return new Promise<void>((resolve, reject) => ends.push(fails ? () => reject(new Error('refused')) : resolve))
  })
  const settled = () => new Promise(resolve => setImmediate(resolve))
  const first = assert.rejects(work(1, true))
  const rest = [2, 3, 4].map(n => work(n))
  await settled()
  assert.deepEqual(started, [1, 2])
  ends[0]!()
  await first
  await settled()
  assert.deepEqual(started, [1, 2, 3])
  while (started.length < 4) { ends.splice(0).forEach(end => end()); await settled() }
  ends.forEach(end => end())
  await Promise.all(rest)
})
