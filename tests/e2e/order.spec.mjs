// In which order files go up and lie on the table.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { enterRoom, openRoom } from './steps.mjs'

const wish = { name: 'lab', password: 'four short plain words' }
let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

const onTable = page => page.locator('.table .title').allTextContents()

test('a folder lies on everybody’s table as it lay on the disk, below what came after it', async ({ page, browser }, testInfo) => {
  const folder = testInfo.outputPath('scan')
  mkdirSync(folder)
  const pages = Array.from({ length: 14 }, (_, i) => `page ${i + 1}.txt`)
  // Of sizes that finish in another order than they began.
  for (const [i, name] of pages.entries()) writeFileSync(join(folder, name), Buffer.alloc(i % 3 ? 10 : 900_000, name))
  await openRoom(page, server.url, { ...wish, nickname: 'Mara' })
  await page.getByLabel('Choose a folder').setInputFiles(folder)
  const expected = pages.map(name => `scan/${name}`)
  await expect.poll(() => onTable(page)).toEqual(expected)
  await expect(page.getByRole('heading', { name: 'Going up' })).toBeHidden()
  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await expect.poll(() => onTable(tom)).toEqual(expected)
  await tom.getByLabel('Drop, paste or choose files').setInputFiles([{ name: 'zebra.txt', mimeType: 'text/plain', buffer: Buffer.from('z') }])
  for (const seen of [page, tom]) await expect.poll(() => onTable(seen)).toEqual(['zebra.txt', ...expected])
})
