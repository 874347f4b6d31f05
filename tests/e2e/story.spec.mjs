// What Fleeting Files is for, from an empty server to an empty server.
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { eventually, Server } from '../support/server.mjs'
import { closeRoom, enterRoom, openRoom, shoot, watch } from './steps.mjs'

const large = 700_000_000

function makeFiles(folder) {
  const names = ['empty.bin', 'one byte.txt', 'Übergröße.pdf', 'москва.txt', '会議メモ.md', '교실.csv', 'कक्षा.doc', 'غرفة.txt', 'חדר.txt', 'ห้องเรียน.png',
    'notes.pdf', "it's 100% (ok) & #1+.txt", 'a.tar.gz', '.profile', 'no ending', 'ελληνικά.html', 'large.iso']
  const paths = names.map(name => join(folder, name))
  paths.forEach((path, i) => writeFileSync(path, i === 0 ? '' : i === 1 ? 'x' : Buffer.alloc(20_000 + i * 7919, `${names[i]}\n`)))
  // Pseudo-random by hand: 700 MB that differ everywhere, without 700 MB in memory.
  const file = openSync(paths.at(-1), 'w')
  const block = Buffer.alloc(1_000_000)
  for (let i = 0; i < large / block.length; i++) {
    for (let at = 0; at < block.length; at += 4096) block.writeUInt32LE(i * 1000 + at, at)
    writeSync(file, block)
  }
  closeSync(file)
  const folderPath = join(folder, 'week 1')
  mkdirSync(join(folderPath, 'inner'), { recursive: true })
  writeFileSync(join(folderPath, 'α.pdf'), 'alpha')
  writeFileSync(join(folderPath, 'inner', 'β.txt'), 'beta')
  writeFileSync(join(folderPath, 'inner', 'notes.pdf'), 'other notes')
  return { paths, folderPath, byName: new Map([...paths.map((p, i) => [names[i], p]), ['week 1/α.pdf', join(folderPath, 'α.pdf')],
    ['week 1/inner/β.txt', join(folderPath, 'inner/β.txt')], ['week 1/inner/notes.pdf', join(folderPath, 'inner/notes.pdf')]]) }
}

function sha256(path) {
  return new Promise(resolve => {
    const hash = createHash('sha256')
    createReadStream(path).on('data', b => hash.update(b)).on('end', () => resolve(hash.digest('hex')))
  })
}

test('twenty files go from one browser to another, and then everything is gone', async ({ browser }) => {
  test.setTimeout(300_000)
  const server = await Server.start()
  const folder = mkdtempSync(join(tmpdir(), 'fleeting-story-'))
  const files = makeFiles(folder)
  const [mara, tom] = [await browser.newPage(), await browser.newPage()]
  const problems = [watch(mara, server.url), watch(tom, server.url)]

  await openRoom(mara, server.url, { name: 'lab-7', password: 'four short plain words', nickname: 'Mara' })
  await enterRoom(tom, server.url, { name: 'LAB-7', password: 'four short plain words', nickname: 'Tom' })
  await expect(mara.getByText('2 people here')).toBeVisible()

  await mara.getByLabel('Drop, paste or choose files').setInputFiles(files.paths)
  await mara.getByLabel('Choose a folder').setInputFiles(files.folderPath)
  await expect(tom.getByRole('progressbar').first()).toBeVisible()
  await shoot(mara, 'room-uploading')
  for (const page of [tom, mara])
    await expect(page.getByRole('link', { name: /^Download (?!all)/ })).toHaveCount(files.byName.size, { timeout: 180_000 })
  await expect(mara.getByRole('heading', { name: 'Going up' })).toBeHidden()

  for (const [name, path] of files.byName) {
    const [download] = await Promise.all([tom.waitForEvent('download', { timeout: 60_000 }), tom.getByRole('link', { name: `Download ${name}`, exact: true }).click()])
    expect(await sha256(await download.path()), name).toBe(await sha256(path))
    // Chromium silently drops a page's downloads beyond ten in a burst; nobody clicks that fast.
    await tom.waitForTimeout(250)
  }
  await shoot(tom, 'room')

  await closeRoom(mara)
  for (const page of [mara, tom]) {
    await expect(page.getByRole('heading', { name: 'The light is out.' })).toBeVisible()
    await expect(page.getByText(/lab-7 closed at .*\d/i)).toBeVisible()
  }
  await shoot(tom, 'ended')
  await eventually(server.isEmpty, 5000, 'no row and no blob is left')
  expect(problems).toEqual([[], []])
  await server.stop()
  rmSync(folder, { recursive: true })
})
