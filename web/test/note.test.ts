import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pastedName } from '../src/upload/drop'
import { noteOf, noteType } from '../src/upload/note'

test('a note is named as it begins, without what no file name may have', async () => {
  const { file, name } = noteOf('  Wi-Fi: guest/1234\nsecond line', 'Note')
  assert.equal(name, 'Wi-Fi guest 1234.txt')
  assert.equal(file.type, noteType)
  assert.equal(await file.text(), '  Wi-Fi: guest/1234\nsecond line')
})

test('a long beginning is cut between characters, and one of signs alone has a name all the same', () => {
  assert.equal(noteOf('😀'.repeat(60), 'Note').name, `${'😀'.repeat(40)}….txt`)
  assert.equal(noteOf('...', 'Note').name, 'Note.txt')
})

test('a picture from the clipboard is named by its moment, a file that has a name keeps it', () => {
  const now = new Date(2026, 10, 5, 9, 7, 3)
  assert.equal(pastedName('image.png', 'Picture', now), 'Picture 2026-11-05 09.07.03.png')
  assert.equal(pastedName('plan.png', 'Picture', now), 'plan.png')
})
