import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dangerOf, partsOf, plainName, shownName } from '../src/core/names'

test('what turns a name round or has no width is spelt out', () => {
  assert.equal(plainName('invoice\u202efdp.exe'), 'invoice[U+202E]fdp.exe')
  assert.equal(plainName('a\u200bb\ufeff.txt'), 'a[U+200B]b[U+FEFF].txt')
  assert.deepEqual(partsOf('a\u2066b'), [{ text: 'a', hidden: false }, { text: 'U+2066', hidden: true }, { text: 'b', hidden: false }])
})

test('joiners stay where a script or an emoji needs them, and are told where nothing does', () => {
  for (const name of ['क्\u200dष.txt', 'می\u200cخواهم.pdf', '👩\u200d💻.png']) assert.equal(plainName(name), name)
  assert.equal(plainName('pay\u200dpal.txt'), 'pay[U+200D]pal.txt')
})

test('ordinary names in every script are left as they are', () => {
  for (const name of ['Übergröße.pdf', '会議　メモ.md', 'غرفة.txt', 'ห้องเรียน.png', "it's 100% (ok) & #1+.txt"]) assert.equal(plainName(name), name)
})

test('folder, name and ending stand apart', () => {
  assert.deepEqual(shownName('week 1/inner/notes.tar.gz'), { folder: 'week 1/inner/', stem: 'notes.tar', ending: '.gz' })
  assert.deepEqual(shownName('.profile'), { folder: '', stem: '.profile', ending: '' })
  assert.deepEqual(shownName('a.b/no ending'), { folder: 'a.b/', stem: 'no ending', ending: '' })
  assert.deepEqual(shownName('odd.'), { folder: '', stem: 'odd.', ending: '' })
})

test('programs are told, and those that look like documents as such', () => {
  assert.equal(dangerOf('setup.EXE'), 'program')
  assert.equal(dangerOf('photo.jpg.exe'), 'disguised')
  assert.equal(dangerOf('photo.jpg                .scr'), 'disguised')
  assert.equal(dangerOf('ann\u202egpj.exe'), 'disguised')
  for (const name of ['notes.pdf', 'exe', 'my.exe.txt', 'a.tar.gz', 'report.v2.docx']) assert.equal(dangerOf(name), '', name)
})
