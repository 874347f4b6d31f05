import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileEntry } from '../src/api/types'
import { arrange, takenBy } from '../src/core/arrange'

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

test('looking for a file asks for each word, in the name or of whom, without accents and case', () => {
  assert.deepEqual(names(arrange(files, 'name', 'resume')), ['Résumé.pdf'])
  assert.deepEqual(names(arrange(files, 'name', 'PAGE tom')), ['page 10.txt'])
  assert.deepEqual(names(arrange(files, 'name', 'nothing')), [])
})

test('who brought a file isn’t asked whether they have it', () => {
  const taken = file('a', 1, 'Tom', 1, { taken_by: ['ada', 'gone'] })
  assert.deepEqual(takenBy(taken, new Set(['tom', 'ada', 'eve'])), { have: 1, of: 2 })
  assert.deepEqual(takenBy(file('a', 1, 'Tom', 1), new Set(['tom'])), { have: 0, of: 0 })
})
