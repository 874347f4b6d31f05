// What a room is to those in it: its table, its notes, its people, and what they see of each other's doings.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { bytes, enterRoom, openRoom, shoot, throttle, violations, watch } from './steps.mjs'

const password = 'four short plain words'
const wish = { name: 'lab', password, nickname: 'Mara' }
const zone = 'Drop, paste or choose files'
const give = (page, ...files) => page.getByLabel(zone).setInputFiles(files)
const row = (page, name) => page.getByRole('listitem').filter({ hasText: name })
const download = (page, name) => page.getByRole('link', { name: `Download ${name}`, exact: true })
const openPanel = page => page.getByText('You opened this room').click()

let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

/** Two browsers in one room: who opened it, and Tom. */
async function pair(page, browser) {
  await openRoom(page, server.url, wish)
  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  return tom
}

test('a removal can be undone for eight seconds, and until then nobody else sees it', async ({ page, browser }) => {
  await page.clock.install()
  const tom = await pair(page, browser)
  await give(page, bytes('keep.txt', 10), bytes('drop.txt', 10))
  await expect(download(tom, 'drop.txt')).toBeVisible()
  for (const name of ['keep.txt', 'drop.txt']) await page.getByRole('button', { name: `Remove ${name}` }).click()
  await expect(row(page, 'drop.txt')).toContainText('Removed.')
  await expect(page.getByRole('button', { name: 'Undo drop.txt' })).toBeFocused()
  await page.getByRole('button', { name: 'Undo keep.txt' }).click()
  await expect(download(page, 'keep.txt')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove keep.txt' })).toBeFocused()
  await page.getByRole('button', { name: 'Undo drop.txt' }).focus()
  await page.clock.fastForward(4000)
  await expect(download(tom, 'drop.txt')).toBeVisible()
  await page.clock.fastForward(4000)
  await expect(row(tom, 'drop.txt')).toContainText('removed by Mara')
  await expect(row(tom, 'drop.txt')).toBeHidden()
  await expect(row(page, 'drop.txt')).toBeHidden()
  await expect(download(tom, 'keep.txt')).toBeVisible()
  await expect(row(page, 'keep.txt').locator('a, button').first()).toBeFocused()
})

test('a page that is closed removes what was removed on it', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  await give(page, bytes('drop.txt', 10))
  await expect(download(tom, 'drop.txt')).toBeVisible()
  await page.getByRole('button', { name: 'Remove drop.txt' }).click()
  await page.close({ runBeforeUnload: true })
  await expect(download(tom, 'drop.txt')).toBeHidden({ timeout: 5000 })
})

test('who removes a file and leaves has removed it', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  await give(page, bytes('drop.txt', 10))
  await expect(download(tom, 'drop.txt')).toBeVisible()
  // However long that takes: the server knows Mara no more once she has left.
  await page.route('**/files/*', route => setTimeout(() => void route.continue(), 500))
  await page.getByRole('button', { name: 'Remove drop.txt' }).click()
  await page.getByRole('button', { name: 'Leave' }).click()
  await expect(page.getByRole('heading', { name: 'Put files in a room.' })).toBeVisible()
  await expect(download(tom, 'drop.txt')).toBeHidden()
})

test('a note is written, or pasted first into its field, and is read in place by the others', async ({ page, browser }) => {
  const problems = watch(page, server.url)
  const tom = await pair(page, browser)
  await page.getByRole('button', { name: 'Write a note' }).click()
  await page.getByLabel('Your note').fill('The beamer: HDMI 2\n<b>not bold</b>')
  await page.keyboard.press('Control+Enter')
  await expect(tom.getByText('<b>not bold</b>')).toBeVisible()
  await expect(row(tom, 'The beamer HDMI 2.txt')).toBeVisible()
  await page.evaluate(() => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', 'pasted words')
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })
  await expect(page.getByLabel('Your note')).toHaveValue('pasted words')
  await expect(page.getByLabel('Your note')).toBeFocused()
  await expect(row(tom, 'pasted words')).toHaveCount(0)
  await page.getByRole('button', { name: 'Put it on the table' }).click()
  await expect(tom.getByText('pasted words', { exact: true }).last()).toBeVisible()
  await shoot(tom, 'note')
  expect(problems).toEqual([])
})

test('a note that is being written outlasts a slip of the hand, and uploads that are locked meanwhile', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  const field = tom.getByLabel('Your note')
  await tom.getByRole('button', { name: 'Write a note' }).click()
  await tom.keyboard.press('Escape')
  await expect(field).toBeHidden()
  await tom.getByRole('button', { name: 'Write a note' }).click()
  await field.fill('Dear all')
  await tom.keyboard.press('Escape')
  await expect(field).toHaveValue('Dear all')
  await openPanel(page)
  await page.getByRole('button', { name: 'Lock uploads' }).click()
  await expect(field).toBeHidden()
  const leave = tom.getByRole('button', { name: 'Leave' })
  await leave.focus()
  await page.getByRole('button', { name: 'Unlock uploads' }).click()
  await expect(field).toHaveValue('Dear all')
  await expect(leave).toBeFocused()
})

test('a long note and a long list of people are scrolled by keyboard too', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await page.getByRole('button', { name: 'Write a note' }).click()
  await page.getByLabel('Your note').fill('A short one')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: 'Write a note' }).click()
  await page.getByLabel('Your note').fill('A long one\n'.repeat(60))
  await page.keyboard.press('Control+Enter')
  const notes = page.locator('.written')
  await expect(notes).toHaveCount(2)
  await expect(notes.filter({ hasText: 'A short one' })).not.toHaveAttribute('tabindex')
  const people = page.getByRole('list', { name: 'Who is here' })
  await expect(people).not.toHaveAttribute('tabindex')
  for (let i = 0; i < 8; i++) {
    const answer = await fetch(`${server.url}/api/v1/rooms/lab/sessions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ password, nickname: `Guest ${i}` }) })
    expect(answer.ok, await answer.text()).toBe(true)
  }
  await expect(people.getByRole('listitem')).toHaveCount(9)
  for (const box of [notes.filter({ hasText: 'A long one' }), people]) {
    await box.focus()
    await expect(box).toBeFocused()
    await page.keyboard.press('End')
    await expect.poll(() => box.evaluate(e => e.scrollTop)).toBeGreaterThan(0)
  }
  expect(await violations(page)).toEqual([])
})

test('a table is sorted, looked through, and a selection of it comes as one ZIP', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await give(page, ...Array.from({ length: 21 }, (_, i) => bytes(`part ${i + 1}.txt`, 1000 - i)))
  await expect(page.getByRole('link', { name: /^Download part/ })).toHaveCount(21, { timeout: 30_000 })
  const titles = () => page.locator('.rows .title').allTextContents()
  await page.getByLabel('Sort by').selectOption('name')
  await expect.poll(async () => (await titles()).slice(0, 3)).toEqual(['part 1.txt', 'part 2.txt', 'part 3.txt'])
  await page.getByLabel('Sort by').selectOption('size')
  await expect.poll(async () => (await titles()).at(-1)).toBe('part 21.txt')
  await page.getByLabel('Find').fill('PART 2')
  await expect(page.getByText('4 of 21')).toBeVisible()
  await page.getByRole('button', { name: 'Select', exact: true }).click()
  await page.getByLabel('Select part 2.txt').check()
  await page.getByLabel('Find').fill('')
  await page.getByLabel('Select part 7.txt').check()
  await shoot(page, 'select')
  const [zip] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download 2 files' }).click()])
  const names = (await (await import('node:fs/promises')).readFile(await zip.path(), 'latin1')).match(/part \d+\.txt/g)
  expect([...new Set(names)].sort()).toEqual(['part 2.txt', 'part 7.txt'])
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('link', { name: 'Download all' })).toBeVisible()
})

test('a file’s SHA-256 is shown on demand and copied', async ({ page }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await openRoom(page, server.url, wish)
  await give(page, { name: 'abc.txt', mimeType: 'text/plain', buffer: Buffer.from('abc') })
  await page.getByRole('button', { name: 'More: abc.txt' }).click()
  const sum = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  await expect(page.getByText(sum)).toBeVisible()
  await page.getByRole('button', { name: 'Copy SHA-256 abc.txt' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(sum)
})

test('names that deceive show what they are, and programs say so', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  await give(tom, bytes('invoice\u202efdp.exe', 10), bytes('photo.jpg.exe', 10), bytes('setup.msi', 10), bytes('plain.txt', 10))
  await expect(row(page, 'photo.jpg.exe')).toContainText('Its name hides that it is a program: it ends in .exe.')
  await expect(row(page, 'U+202E')).toContainText('invoiceU+202Efdp.exe')
  await expect(row(page, 'setup.msi')).toContainText('Open it only if you trust Tom.')
  await expect(row(page, 'plain.txt')).not.toContainText('program')
  await expect(page.getByRole('link', { name: 'Download invoice[U+202E]fdp.exe' })).toBeVisible()
})

test('new files of others are saved by themselves while the switch is on', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  const names = []
  page.on('download', d => names.push(d.suggestedFilename()))
  await give(tom, bytes('before.txt', 10))
  await expect(download(page, 'before.txt')).toBeVisible()
  await page.getByRole('switch', { name: /^Save new files on this device/ }).check()
  await give(tom, bytes('one.txt', 10), bytes('two.txt', 10))
  await expect.poll(() => names.sort()).toEqual(['one.txt', 'two.txt'])
  await page.getByRole('switch').uncheck()
  await give(tom, bytes('after.txt', 10))
  await expect(download(page, 'after.txt')).toBeVisible()
  await page.waitForTimeout(1500)
  expect(names).toHaveLength(2)
})

test('what doesn’t fit is told with how much is needed and free, and the rest goes on', async ({ page }) => {
  await server.kill()
  server.env = { FLEETING_ROOM_SIZE_LIMIT: '1MB', FLEETING_FILE_SIZE_LIMIT: '1MB' }
  await server.run()
  await openRoom(page, server.url, wish)
  await give(page, bytes('first.bin', 600_000))
  await expect(download(page, 'first.bin')).toBeVisible()
  const posts = []
  page.on('request', r => r.method() === 'POST' && posts.push(r.url()))
  await give(page, bytes('holiday.mp4', 734_000), bytes('small.bin', 1000))
  await expect(page.getByText(/^holiday\.mp4 needs 734\skB; (400|399)\skB are free\.$/).first()).toBeVisible()
  await expect(download(page, 'small.bin')).toBeVisible()
  expect(posts).toHaveLength(1)
  await shoot(page, 'full')
  await page.getByRole('button', { name: 'Remove holiday.mp4' }).click()
  await expect(page.getByRole('heading', { name: 'Going up' })).toBeHidden()
})

test('a file is downloaded while it still goes up', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  await throttle(tom, 700_000)
  await give(tom, bytes('long.bin', 3_000_000))
  const [early] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Start download long.bin' }).click()])
  await expect(row(page, 'long.bin')).toContainText('% here, from Tom')
  const { readFile } = await import('node:fs/promises')
  expect((await readFile(await early.path())).length).toBe(3_000_000)
})

test('after a reload one click goes on where the browser kept the file’s handle', async ({ page }) => {
  // A handle of the origin's own file system is as real as one from the picker, which no test can answer.
  const giveHandle = async () => {
    const file = await (await navigator.storage.getDirectory()).getFileHandle('raw.bin', { create: true })
    const writable = await file.createWritable()
    await writable.write(new Uint8Array(6_000_000))
    await writable.close()
    window.showOpenFilePicker = async () => [file]
  }
  await openRoom(page, server.url, wish)
  await page.evaluate(giveHandle)
  await throttle(page, 1_000_000)
  await page.getByLabel(zone).click({ force: true })
  await expect(page.getByText(/[2-9]\.\d MB of 6|[2-9]\.\d.MB of 6/)).toBeVisible({ timeout: 20_000 })
  await page.reload()
  await expect(page.getByText(/Stopped at [1-9]\d?%/)).toBeVisible()
  const offsets = []
  page.on('request', r => r.method() === 'PATCH' && offsets.push(Number(r.headers()['upload-offset'])))
  await page.getByRole('button', { name: 'Go on: raw.bin' }).click()
  await expect(download(page, 'raw.bin')).toBeVisible({ timeout: 30_000 })
  expect(Math.max(...offsets)).toBeGreaterThan(500_000)
})

test('a folder that is really dropped comes with its paths, and after a reload is offered to go on', async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'fleeting-drop-'))
  mkdirSync(join(folder, 'week 1', 'inner'), { recursive: true })
  writeFileSync(join(folder, 'week 1', 'α.txt'), 'alpha')
  writeFileSync(join(folder, 'week 1', 'inner', 'raw.bin'), Buffer.alloc(6_000_000, 'raw'))
  await openRoom(page, server.url, wish)
  const client = await page.context().newCDPSession(page)
  await throttle(page, 1_000_000)
  // As from a file manager: only so does the browser hand out entries and handles.
  for (const type of ['dragEnter', 'dragOver', 'dragOver', 'drop'])
    await client.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data: { items: [], files: [join(folder, 'week 1')], dragOperationsMask: 1 } })
  await expect(download(page, 'week 1/α.txt')).toBeVisible()
  await expect(page.getByText(/[1-9]\.\d\sMB of 6/)).toBeVisible({ timeout: 20_000 })
  await page.reload()
  await expect(page.getByText(/Stopped at [1-9]\d?%/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Go on: week 1/inner/raw.bin' })).toBeVisible()
  rmSync(folder, { recursive: true })
})

test('a locked door lets nobody new in, and who is in is told', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  await openPanel(page)
  await page.getByRole('button', { name: 'Lock the door' }).click()
  await expect(tom.getByText('The door is locked: nobody new gets in.').first()).toBeVisible()
  const ada = await (await browser.newContext()).newPage()
  await ada.goto(`${server.url}/lab/#${encodeURIComponent(password)}`)
  await expect(ada.getByRole('alert')).toContainText('The door is locked')
  await page.getByRole('button', { name: 'Unlock the door' }).click()
  await ada.getByLabel('Password', { exact: true }).fill(password)
  await ada.getByRole('button', { name: 'Enter' }).click()
  await expect(ada.getByRole('heading', { name: 'On the table' })).toBeVisible()
})

test('a member whom the owner removes is told by whom, and nothing of theirs goes on', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  const people = page.getByRole('region', { name: 'Who is here' })
  await expect(people).toContainText('Tom')
  await expect(tom.getByRole('button', { name: 'Remove Mara' })).toHaveCount(0)
  await throttle(tom, 300_000)
  await give(tom, bytes('long.bin', 3_000_000))
  await expect(row(page, 'long.bin')).toBeVisible()
  await people.getByRole('button', { name: 'Remove Tom' }).click()
  await people.getByRole('button', { name: 'Yes, remove Tom' }).click()
  await expect(tom.getByRole('heading', { name: 'You are no longer in this room.' })).toBeVisible()
  await expect(tom.getByText('Mara removed you from lab.')).toBeVisible()
  await expect(tom.getByRole('heading', { level: 1 })).toBeFocused()
  await expect(tom).toHaveTitle('You are no longer in this room.')
  const late = []
  tom.on('request', r => late.push(r.url()))
  await tom.waitForTimeout(1500)
  expect(late).toEqual([])
  await shoot(tom, 'sent-out')
  await expect(people).not.toContainText('Tom')
})

test('a room that its owner closes says so to the others', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  await openPanel(page)
  await page.getByRole('button', { name: 'Close the room now' }).click()
  await page.getByRole('button', { name: 'Yes, close it' }).click()
  await expect(tom.getByText('Whoever opened it closed it before its time.')).toBeVisible()
})

test('how many of those here have a file is told', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  const ada = await (await browser.newContext()).newPage()
  await enterRoom(ada, server.url, { ...wish, nickname: 'Ada' })
  await give(page, bytes('slides.pdf', 2000))
  for (const [who, words] of [[tom, '1 of 2 have it'], [ada, 'everybody here has it']]) {
    const [got] = await Promise.all([who.waitForEvent('download'), download(who, 'slides.pdf').click()])
    await got.path()
    await expect(row(page, 'slides.pdf')).toContainText(words)
  }
})

test('there is one polite and one assertive live region, and what comes together is said as one', async ({ page, browser }) => {
  const tom = await pair(page, browser)
  await expect(tom.getByRole('status')).toHaveCount(1)
  await expect(tom.getByRole('alert')).toHaveCount(1)
  const said = tom.getByRole('status')
  await give(page, bytes('zero.txt', 10))
  await expect(said).toHaveText('zero.txt added by Mara')
  await give(page, bytes('a.txt', 10), bytes('b.txt', 10), bytes('c.txt', 10))
  await expect(said).toHaveText('3 files added by Mara')
})

test('a plain http:// address on the network has everything but what needs a secure one', async ({ page }) => {
  const url = `http://lan.test:${server.port}`
  const problems = watch(page, url)
  await openRoom(page, url, wish)
  expect(await page.evaluate(() => [isSecureContext, !!crypto.subtle, !!navigator.clipboard])).toEqual([false, false, false])
  await give(page, bytes('a.txt', 10))
  await expect(download(page, 'a.txt')).toBeVisible()
  await page.getByRole('button', { name: 'Copy link' }).click()
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  await page.getByRole('button', { name: 'Write a note' }).click()
  await page.getByLabel('Your note').fill('')
  await page.keyboard.press('Control+V')
  await expect(page.getByLabel('Your note')).toHaveValue(`${url}/lab/#${encodeURIComponent(password)}`)
  // The browser remarks on a header that counts for nothing there.
  expect(problems.filter(p => !p.startsWith('The Cross-Origin-Opener-Policy header'))).toEqual([])
})

test('a long list is drawn as far as one scrolls, or asks for, and the focus goes on where it was', async ({ page }) => {
  const room = await server.room({ name: 'lab', password })
  for (let i = 0; i < 150; i += 10) await Promise.all(Array.from({ length: 10 }, (_, k) => fetch(`${server.url}/lab/file-${i + k}.txt`, { method: 'PUT', body: 'x', headers: room.bearer })))
  await enterRoom(page, server.url, wish)
  const rows = page.locator('.table .rows > li')
  await expect(rows).toHaveCount(60)
  await page.getByRole('button', { name: 'More (60 of 150)' }).evaluate(button => button.click())
  await expect(rows).toHaveCount(120)
  await expect(rows.nth(60).locator('button').first()).toBeFocused()
  await page.locator('.table > button.wide').scrollIntoViewIfNeeded()
  await expect(rows).toHaveCount(150)
  await expect(page.locator('.table > button.wide')).toHaveCount(0)
  // Another wish, which stands above the list, begins at the top again.
  await page.evaluate(() => scrollTo(0, 0))
  await page.getByLabel('Sort by').selectOption('name')
  await expect(rows).toHaveCount(60)
})

test('a thousand files stay smooth while another goes up and one is looked for', { tag: '@alone' }, async ({ page, browser }) => {
  test.setTimeout(180_000)
  await server.kill()
  server.env = { FLEETING_FILE_COUNT_LIMIT: '2000' }
  await server.run()
  const room = await server.room({ name: 'lab', password })
  const put = i => fetch(`${server.url}/lab/file-${i}.txt`, { method: 'PUT', body: `${i}`, headers: room.bearer })
  for (let i = 0; i < 1000; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => put(i + k)))
  await enterRoom(page, server.url, wish)
  await expect(page.getByText(/^1,000 files/)).toBeVisible()
  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })

  await page.evaluate(() => {
    window.redrawn = new Set()
    new MutationObserver(all => all.forEach(m => window.redrawn.add((m.target.nodeType === 1 ? m.target : m.target.parentElement).closest('li')?.textContent.slice(0, 12))))
      .observe(document.querySelector('.table .rows'), { subtree: true, characterData: true, attributes: true })
    window.longest = 0
    new PerformanceObserver(list => list.getEntries().forEach(e => (window.longest = Math.max(window.longest, e.duration)))).observe({ type: 'longtask' })
  })
  await throttle(tom, 300_000)
  await give(tom, bytes('slow.bin', 3_000_000))
  await expect(row(page, 'slow.bin')).toContainText('% here')
  await expect(download(page, 'slow.bin')).toBeVisible({ timeout: 30_000 })
  const { redrawn, longest } = await page.evaluate(() => ({ redrawn: [...window.redrawn].filter(name => !/slow/.test(name)), longest: window.longest }))
  expect(redrawn).toEqual([])
  expect(longest).toBeLessThan(200)

  const start = Date.now()
  await page.getByLabel('Find').fill('999')
  await expect(page.getByText('1 of 1,001')).toBeVisible()
  expect(Date.now() - start).toBeLessThan(1500)
})
