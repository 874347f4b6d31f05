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

/** What deceives, and how it is shown: spelt out, or told to be a program, or a program in disguise. */
const deceiving: [string, string, 'disguised' | 'program' | ''][] = [
  ['invoice\u202efdp.exe', 'invoice[U+202E]fdp.exe', 'disguised'], ['invoice\u202dfdp.exe', 'invoice[U+202D]fdp.exe', 'disguised'], ['photo\u2066gpj\u2069.scr', 'photo[U+2066]gpj[U+2069].scr', 'disguised'],
  ['a\u2067b.txt', 'a[U+2067]b.txt', ''], ['a\u2068b.txt', 'a[U+2068]b.txt', ''], ['a\u202ab.txt', 'a[U+202A]b.txt', ''], ['a\u202bb.txt', 'a[U+202B]b.txt', ''], ['a\u202cb.txt', 'a[U+202C]b.txt', ''],
  ['a\u200eb.txt', 'a[U+200E]b.txt', ''], ['a\u200fb.txt', 'a[U+200F]b.txt', ''], ['a\u061cb.txt', 'a[U+061C]b.txt', ''], ['pay\u200bpal.txt', 'pay[U+200B]pal.txt', ''], ['pay\u200cpal.txt', 'pay[U+200C]pal.txt', ''],
  ['pay\u200dpal.txt', 'pay[U+200D]pal.txt', ''], ['pay\u2060pal.txt', 'pay[U+2060]pal.txt', ''], ['\ufeffnotes.txt', '[U+FEFF]notes.txt', ''], ['re\u00adport.pdf', 're[U+00AD]port.pdf', ''], ['a\u034fb.txt', 'a[U+034F]b.txt', ''],
  ['a\u115fb.txt', 'a[U+115F]b.txt', ''], ['a\u1160b.txt', 'a[U+1160]b.txt', ''], ['a\u3164.exe', 'a[U+3164].exe', 'disguised'], ['a\uffa0.exe', 'a[U+FFA0].exe', 'disguised'], ['a\u180eb.txt', 'a[U+180E]b.txt', ''],
  ['a\u{e0061}.txt', 'a[U+E0061].txt', ''], ['a\u2028b.txt', 'a[U+2028]b.txt', ''], ['a\u0007b.txt', 'a[U+0007]b.txt', ''], ['invoice.pdf.exe', 'invoice.pdf.exe', 'disguised'], ['invoice.pdf          .exe', 'invoice.pdf          .exe', 'disguised'],
  ['Invoice.PDF.SCR', 'Invoice.PDF.SCR', 'disguised'], ['song.mp3.js', 'song.mp3.js', 'disguised'], ['page.html.hta', 'page.html.hta', 'disguised'], ['photo.jpeg.lnk', 'photo.jpeg.lnk', 'disguised'], ['table.xlsx.vbs', 'table.xlsx.vbs', 'disguised'],
  ['letter          .com', 'letter          .com', 'disguised'], ['setup.msi', 'setup.msi', 'program'], ['run.sh', 'run.sh', 'program'], ['macro.docm', 'macro.docm', 'program'], ['app.dmg', 'app.dmg', 'program'],
  ['site.url', 'site.url', 'program'], ['setup.exe ', 'setup.exe ', 'program'], ['folder/photo.png.bat', 'folder/photo.png.bat', 'disguised'], ['keys.reg', 'keys.reg', 'program'],
]
test(`${deceiving.length} names that deceive are spelt out, or told to be programs`, () => {
  for (const [name, shown, danger] of deceiving) assert.deepEqual([plainName(name), dangerOf(name)], [shown, danger], name)
  assert.ok(deceiving.every(([name, shown, danger]) => shown !== name || danger !== ''))
})
