import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileEntry } from '../src/api/types'
import { arrange, find, takenBy } from '../src/core/arrange'

const file = (name: string, size_bytes: number, uploader: string, minute: number, change: Partial<FileEntry> = {}): FileEntry => ({
  id: name, name, size_bytes, offset_bytes: 0, state: 'complete', media_type: '', sha256: null, uploader, uploader_id: uploader.toLowerCase(),
  created_at: `2026-01-01T00:0${minute}:00.000Z`, ...change,
})
const files = [file('page 10.txt', 5, 'Tom', 1), file('page 9.txt', 7, 'Ada', 3), file('Résumé.pdf', 7, 'Tom', 2)]
const names = (all: FileEntry[]) => all.map(f => f.name)

test('each order is what its word says', () => {
  assert.deepEqual(names(arrange(files, 'newest')), ['page 9.txt', 'Résumé.pdf', 'page 10.txt'])
  assert.deepEqual(names(arrange(files, 'name')), ['page 9.txt', 'page 10.txt', 'Résumé.pdf'])
  assert.deepEqual(names(arrange(files, 'size')), ['page 9.txt', 'Résumé.pdf', 'page 10.txt'])
  assert.deepEqual(names(arrange(files, 'who')), ['page 9.txt', 'Résumé.pdf', 'page 10.txt'])
})

/** Begun so many seconds after the first. */
const begun = (name: string, seconds: number, uploader = 'Tom') => file(name, 1, uploader, 0, { created_at: new Date(1_767_225_600_000 + seconds * 1000).toISOString() })

test('what was chosen together stands by name under “newest”, in whatever order it went up', () => {
  const together = [begun('c.txt', 0.3), begun('b 10.txt', 0), begun('a.txt', 0), begun('b 9.txt', 2)]
  assert.deepEqual(names(arrange(together, 'newest')), ['a.txt', 'b 9.txt', 'b 10.txt', 'c.txt'])
  assert.deepEqual(names(arrange([...together].reverse(), 'newest')), ['a.txt', 'b 9.txt', 'b 10.txt', 'c.txt'])
})

test('what one person brings later is newer, whatever its name', () => {
  const later = [begun('a.txt', 0), begun('b.txt', 0.5), begun('c.txt', 10), begun('b 2.txt', 20)]
  assert.deepEqual(names(arrange(later, 'newest')), ['b 2.txt', 'c.txt', 'a.txt', 'b.txt'])
})

test('a folder or a series stays whole where each of its files takes its time', () => {
  const folder = [begun('trip/c.mov', 2), begun('trip/a.mov', 0), begun('trip/b.mov', 1), begun('trip/d.mov', 50)]
  const series = [begun('IMG_3.jpg', 901), begun('IMG_1.jpg', 900), begun('IMG_2.jpg', 900), begun('IMG_5.jpg', 940), begun('IMG_4.jpg', 941)]
  assert.deepEqual(names(arrange([...folder, ...series], 'newest')), [...[1, 2, 3, 4, 5].map(n => `IMG_${n}.jpg`), ...['a', 'b', 'c', 'd'].map(n => `trip/${n}.mov`)])
  const another = begun('trip/b2.mov', 120)
  assert.equal(names(arrange([...folder, another], 'newest'))[0], 'trip/b2.mov')
})

test('two who bring folders at once don’t mix, and whose last file is newer stands first', () => {
  const both = [1, 2, 3].flatMap(n => [begun(`x/${n}`, n * 10, 'Tom'), begun(`y/${n}`, n * 10 + 5, 'Ada')])
  assert.deepEqual(names(arrange(both, 'newest')), ['y/1', 'y/2', 'y/3', 'x/1', 'x/2', 'x/3'])
  assert.deepEqual(names(arrange(both, 'who')), ['y/1', 'y/2', 'y/3', 'x/1', 'x/2', 'x/3'])
  const same = [1, 2].flatMap(n => [begun(`x/${n}`, 0, 'Tom'), begun(`y/${n}`, 0, 'Ada')])
  assert.match(names(arrange(same, 'newest')).map(name => name[0]).join(''), /^(xxyy|yyxx)$/)
})

test('looking for a file asks for each word, in the name or of whom, without accents and case', () => {
  assert.deepEqual(names(find(files, 'resume')), ['Résumé.pdf'])
  assert.deepEqual(names(find(files, 'PAGE tom')), ['page 10.txt'])
  assert.deepEqual(names(find(files, 'nothing')), [])
  assert.deepEqual(find(files, ' '), files)
})

test('who brought a file isn’t asked whether they have it', () => {
  const taken = file('a', 1, 'Tom', 1, { taken_by: ['ada', 'gone'] })
  assert.deepEqual(takenBy(taken, new Set(['tom', 'ada', 'eve'])), { have: 1, of: 2 })
  assert.deepEqual(takenBy(file('a', 1, 'Tom', 1), new Set(['tom'])), { have: 0, of: 0 })
})
