// Looking at files without taking them.
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { enterRoom, openRoom, shoot, violations, watch } from './steps.mjs'

const wish = { name: 'lab', password: 'four short plain words', nickname: 'Mara' }
const zone = 'Drop, paste or choose files'
// One red pixel, and half a second of silence.
const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC', 'base64')
const sound = () => {
  const samples = Buffer.alloc(4000, 128)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0); head.writeUInt32LE(36 + samples.length, 4); head.write('WAVEfmt ', 8); head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(8000, 24); head.writeUInt32LE(8000, 28)
  head.writeUInt16LE(1, 32); head.writeUInt16LE(8, 34); head.write('data', 36); head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}
const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(buffer) })
const look = (page, name) => page.getByRole('button', { name: `${name}: look at it` }).click()

let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

test('pictures, sounds and texts are looked at one after the other by the arrow keys, and nothing in them runs', async ({ page }) => {
  const problems = watch(page, server.url)
  await openRoom(page, server.url, wish)
  for (const each of [file('1.png', picture), file('2.wav', sound()), file('3.html', '<h1>Hi</h1><script>parent.document.title = "taken"</script>'), file('4.txt', 'plain\nwords')]) {
    await page.getByLabel(zone).setInputFiles([each])
    await expect(page.getByRole('link', { name: `Download ${each.name}` })).toBeVisible()
  }
  await page.getByLabel('Sort by').selectOption('name')
  await look(page, '1.png')
  const dialog = page.getByRole('dialog')
  await expect.poll(() => dialog.locator('img').evaluate(img => img.naturalWidth)).toBe(1)
  await expect(dialog.getByRole('button', { name: 'Previous' })).toBeDisabled()
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => dialog.locator('audio').evaluate(audio => audio.duration)).toBeCloseTo(0.5, 2)
  await page.keyboard.press('ArrowRight')
  await expect(dialog.locator('pre')).toHaveText('<h1>Hi</h1><script>parent.document.title = "taken"</script>')
  await shoot(page, 'preview')
  expect(await violations(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Next' }).click()
  await expect(dialog.locator('pre')).toHaveText('plain\nwords')
  await expect(dialog).toContainText('4 of 4')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  expect(await page.title()).toContain('lab')
  expect(problems).toEqual([])
})

test('a PDF is shown by the browser’s own viewer', async ({ page, browser }) => {
  const made = await browser.newPage()
  await made.setContent('<h1>On paper</h1>')
  const pdf = await made.pdf()
  await made.close()
  const problems = watch(page, server.url)
  await openRoom(page, server.url, wish)
  await page.getByLabel(zone).setInputFiles([file('paper.pdf', pdf)])
  const [answer] = await Promise.all([page.waitForResponse(/\/preview$/), look(page, 'paper.pdf')])
  expect(answer.headers()['content-type']).toBe('application/pdf')
  await expect(page.frameLocator('dialog iframe').locator('embed, body').first()).toBeAttached()
  await page.waitForTimeout(1000)
  await shoot(page, 'preview-pdf')
  // The viewer is an extension and loads its own parts.
  expect(problems.filter(p => !/chrome(-extension)?:\/\//.test(p))).toEqual([])
})

test('where a browser shows no PDF in a page, it is opened in a tab of its own', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'pdfViewerEnabled', { get: () => false }))
  await openRoom(page, server.url, wish)
  await page.getByLabel(zone).setInputFiles([file('paper.pdf', '%PDF-1.4\n')])
  await look(page, 'paper.pdf')
  await expect(page.getByRole('link', { name: 'Open in a new tab' })).toHaveAttribute('href', /\/preview$/)
})

test('a file that isn’t what its name says is not shown, and one that is removed meanwhile goes', async ({ page, browser }) => {
  await openRoom(page, server.url, wish)
  const tom = await (await browser.newContext()).newPage()
  await tom.clock.install()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await tom.getByLabel(zone).setInputFiles([file('fake.png', 'this is no picture'), file('bytes.txt', [0, 1, 2, 3])])
  for (const name of ['fake.png', 'bytes.txt']) {
    await look(page, name)
    await expect(page.getByRole('dialog')).toContainText('There is no preview of this kind of file.')
    await page.getByRole('button', { name: 'Close' }).click()
  }
  await look(page, 'fake.png')
  await tom.getByRole('button', { name: 'Remove fake.png' }).click()
  await tom.clock.fastForward(8000)
  await expect(page.getByRole('dialog')).toBeHidden()
})
