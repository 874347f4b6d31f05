// Uploads that are refused: what can be done about it is offered, and nothing else.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { bytes, openRoom, throttle } from './steps.mjs'

const wish = { name: 'lab', password: 'four short plain words' }
const zone = 'Drop, paste or choose files'
let server
let folder
test.beforeEach(async () => {
  server = await Server.start({ FLEETING_ROOM_SIZE_LIMIT: '9MB', FLEETING_FILE_SIZE_LIMIT: '8MB' })
  folder = mkdtempSync(join(tmpdir(), 'fleeting-refused-'))
})
test.afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const give = (page, ...files) => page.getByLabel(zone).setInputFiles(files)
const rows = (page, name) => page.locator('section[aria-labelledby=going-up] li').filter({ hasText: name })
const again = (page, name) => page.getByRole('button', { name: `Try again: ${name}` })
const onTable = (page, name) => page.getByRole('link', { name: `Download ${name}` })
const contentOf = async (page, name) => (await page.request.get(server.url + (await onTable(page, name).getAttribute('href')))).body()

/** A file of the disk that was changed `seconds` after the first of its name. */
function write(name, content, seconds = 0) {
  const path = join(folder, name)
  writeFileSync(path, content)
  utimesSync(path, 1_700_000_000 + seconds, 1_700_000_000 + seconds)
  return path
}

test('what is too large is only taken away, what finds no space is tried again once there is', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await give(page, bytes('first.bin', 5_000_000))
  await expect(onTable(page, 'first.bin')).toBeVisible()
  await give(page, bytes('huge.iso', 8_000_001), bytes('later.bin', 5_000_000))
  await expect(rows(page, 'huge.iso')).toContainText('larger than one file may be here')
  await expect(again(page, 'later.bin')).toBeVisible()
  await expect(again(page, 'huge.iso')).toBeHidden()
  await expect(page.getByRole('progressbar', { name: 'later.bin' })).toBeVisible()
  await expect(page.getByRole('progressbar', { name: 'huge.iso' })).toBeHidden()
  await page.getByRole('button', { name: 'Remove huge.iso' }).click()
  await expect(rows(page, 'huge.iso')).toHaveCount(0)
  await page.getByRole('button', { name: 'Remove first.bin' }).click()
  await page.evaluate(() => dispatchEvent(new Event('pagehide')))
  await expect(page.getByText(/^1 file/)).toBeHidden()
  await again(page, 'later.bin').click()
  await expect(onTable(page, 'later.bin')).toBeVisible()
})

test('a file that is changed while it goes up is told as changed; chosen anew it goes up as it is by now', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await throttle(page, 1_000_000)
  await give(page, write('draft.bin', Buffer.alloc(4_000_000, 'old')))
  await expect(rows(page, 'draft.bin')).toContainText(/[1-3]\.\d\sMB of 4/)
  await page.getByRole('button', { name: 'Pause draft.bin' }).click()
  const path = write('draft.bin', Buffer.alloc(4_000_000, 'new'), 60)
  await page.getByRole('button', { name: 'Resume draft.bin' }).click()
  await expect(rows(page, 'draft.bin')).toContainText('It changed while it was going up. Choose it again.')
  await expect(rows(page, 'draft.bin')).not.toContainText('is kept')
  await expect(again(page, 'draft.bin')).toBeHidden()
  await throttle(page, -1)
  await give(page, path)
  await expect(rows(page, 'draft.bin')).toHaveCount(0)
  expect((await contentOf(page, 'draft.bin')).equals(Buffer.alloc(4_000_000, 'new'))).toBe(true)
  await expect(page.getByText(/^1 file, /)).toBeVisible()
})

test('what a reload interrupted goes on with no other file than itself, be it as large', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await throttle(page, 1_000_000)
  await give(page, write('draft.bin', Buffer.alloc(4_000_000, 'old')))
  await expect(rows(page, 'draft.bin')).toContainText(/[1-3]\.\d\sMB of 4/)
  await page.reload()
  await expect(page.getByText(/Stopped at [1-9]\d?%/)).toBeVisible()
  await throttle(page, -1)
  await page.getByLabel('Choose the file: draft.bin').setInputFiles(write('other.bin', Buffer.alloc(3_000_000, 'other')))
  await expect(rows(page, 'draft.bin')).toContainText('That is another file')
  await give(page, write('draft.bin', Buffer.alloc(4_000_000, 'new'), 60))
  await expect(rows(page, 'draft.bin')).toHaveCount(0)
  expect((await contentOf(page, 'draft.bin')).equals(Buffer.alloc(4_000_000, 'new'))).toBe(true)
})
