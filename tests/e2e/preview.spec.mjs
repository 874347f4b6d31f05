// What a browser makes of previews: shown in the page and in frames of their own, and powerless in both.
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { sessionCookie } from './steps.mjs'

let server, room
test.beforeEach(async ({ context }) => {
  server = await Server.start()
  room = await server.room()
  await context.addCookies([sessionCookie(room, server.url)])
})
test.afterEach(async () => { await server.stop() })

async function put(name, body) {
  await fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body })
  const { files } = await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()
  return `/api/v1/rooms/${room.name}/files/${files.find(f => f.name === name).id}/preview`
}
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
/** A second of silence. */
function wav() {
  const [rate, count] = [8000, 8000]
  const bytes = Buffer.alloc(44 + count, 128)
  bytes.write('RIFF', 0); bytes.writeUInt32LE(36 + count, 4); bytes.write('WAVEfmt ', 8); bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20); bytes.writeUInt16LE(1, 22); bytes.writeUInt32LE(rate, 24); bytes.writeUInt32LE(rate, 28)
  bytes.writeUInt16LE(1, 32); bytes.writeUInt16LE(8, 34); bytes.write('data', 36); bytes.writeUInt32LE(count, 40)
  return bytes
}
/** A red page, and a script that runs when it is opened. */
function pdf() {
  const fill = '1 0 0 rg 0 0 300 300 re f'
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\("here"\\); try { parent.document.title = "taken" } catch \\(e\\) {}) >> >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>', '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R >>', `<< /Length ${fill.length} >>\nstream\n${fill}\nendstream`,
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, i) => { const at = text.length; text += `${i + 1} 0 obj\n${object}\nendobj\n`; return `${String(at).padStart(10, '0')} 00000 n \n` })
  return `${text}xref\n0 5\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
}

/** An element of that kind in the room's page, and what became of it. */
const shown = (page, tag, src, over) => page.evaluate(({ tag, src, over }) => new Promise(resolve => {
  const element = document.createElement(tag)
  element.addEventListener(over, () => resolve({ width: element.naturalWidth, duration: element.duration }))
  element.addEventListener('error', () => resolve('failed'))
  element.src = src
  document.body.append(element)
}), { tag, src, over })

test('a picture, a sound and a text are shown in the page, pictures and texts in a frame too', async ({ page }) => {
  const [picture, sound, text, markup] = [await put('p', png), await put('s', wav()), await put('t', 'two\nlines'), await put('m', '<script>parent.document.title = "taken"</script><b>x</b>')]
  await page.goto(`${server.url}/${room.name}/`)
  const title = await page.title()
  expect(await shown(page, 'img', picture, 'load')).toMatchObject({ width: 1 })
  expect(await shown(page, 'audio', sound, 'loadedmetadata')).toMatchObject({ duration: 1 })
  expect(await page.evaluate(async src => (await fetch(src)).text(), text)).toBe('two\nlines')
  for (const src of [picture, text, markup]) await shown(page, 'iframe', src, 'load')
  const frames = page.frames().filter(f => f.url().endsWith('/preview'))
  expect(frames).toHaveLength(3)
  const of = address => frames.find(f => f.url().endsWith(address))
  await expect(of(picture).locator('img')).toHaveJSProperty('naturalWidth', 1)
  await expect(of(text).locator('body')).toHaveText('two\nlines')
  await expect(of(markup).locator('body')).toHaveText('<script>parent.document.title = "taken"</script><b>x</b>')
  expect(await page.title()).toBe(title)
})

test('a PDF is shown in a frame, and its script reaches nothing of the page', async ({ page }) => {
  const address = await put('red.pdf', pdf())
  await page.goto(`${server.url}/${room.name}/`)
  const title = await page.title()
  const foreign = []
  page.on('request', request => { if (request.url().startsWith('http') && !request.url().startsWith(server.url)) foreign.push(request.url()) })
  // The script is there and ran: a message box is all that it can do.
  const said = new Promise(resolve => page.on('dialog', async dialog => { resolve(dialog.message()); await dialog.dismiss() }))
  await shown(page, 'iframe', address, 'load')
  expect(await said).toBe('here')
  expect(await page.title()).toBe(title)
  expect(foreign).toEqual([])
})
