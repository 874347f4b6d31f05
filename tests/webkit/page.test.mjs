// The way of a file through the page in WebKit: Safari's engine, as Debian has it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Server } from '../support/server.mjs'
import { WebKit } from './driver.mjs'

const password = 'four short plain words'
let server, page
before(async () => {
  server = await Server.start()
  page = await WebKit.start()
})
after(async () => {
  await page?.stop()
  await server.stop()
})

const give = (css, path) => page.find(css).then(id => page.call('POST', `${page.session}/element/${id}/value`, { text: path }))

test('a room is opened by its door, a file goes up and comes down whole, another’s arrives by itself, and the room closes', { timeout: 120_000 }, async () => {
  await page.goTo(server.url)
  await page.find('.open button')
  assert.deepEqual(await page.violations(), [])
  await page.type('input[name=room]', 'lab')
  await page.type('input[name=password]', password)
  await page.click('.open button')
  await page.sees('On the table')

  const bytes = Buffer.alloc(3_000_000, 'from WebKit')
  const path = join(server.folder, 'webkit.bin')
  writeFileSync(path, bytes)
  await give('.drop input[type=file]', path)
  const link = await page.find('a[download][href$="/content"]')
  const href = await page.run('return arguments[0].href', { 'element-6066-11e4-a52e-4f735466cecf': link })
  const cookie = await page.call('GET', `${page.session}/cookie`)
  const headers = { Cookie: cookie.map(c => `${c.name}=${c.value}`).join('; ') }
  const first = await fetch(href, { headers, redirect: 'manual' })
  const content = await fetch(new URL(first.headers.get('location'), href), { headers })
  const digest = data => createHash('sha256').update(data).digest('hex')
  assert.equal(digest(Buffer.from(await content.arrayBuffer())), digest(bytes))

  const put = await fetch(`${server.url}/lab/from-curl.txt`, { method: 'PUT', headers: { Authorization: `Basic ${btoa(`tom:${password}`)}` }, body: 'hello' })
  assert.ok(put.ok)
  await page.sees('from-curl')
  assert.deepEqual(await page.violations(), [])
  await fetch(`${server.url}/api/v1/rooms/lab`, { method: 'DELETE', headers: { ...headers, 'Sec-Fetch-Site': 'same-origin' } })
  await page.sees('The light is out.')
  assert.deepEqual(await page.violations(), [])
})

test('a wrong password is told, and the link of an invitation lets in', { timeout: 60_000 }, async () => {
  await server.room({ name: 'attic', password })
  await page.goTo(`${server.url}/attic/`)
  await page.type('input[name=password]', 'wrong password')
  await page.click('button.main')
  await page.sees('open no room')
  assert.deepEqual(await page.violations(), [])
  await page.goTo(`${server.url}/attic/?again#${encodeURIComponent(password)}`)
  await page.sees('On the table')
  assert.ok(!(await page.url()).includes('#'))
})

test('a language from right to left is spoken and written as one', { timeout: 60_000 }, async () => {
  await page.goTo(server.url)
  await page.find('.languages')
  await page.run(`const choice = document.querySelector('.languages'); choice.value = 'ar'; choice.dispatchEvent(new Event('change', { bubbles: true }))`)
  await page.sees('ضع ملفاتك في غرفة.')
  assert.deepEqual(await page.run('return [document.documentElement.dir, getComputedStyle(document.querySelector("h1")).direction]'), ['rtl', 'rtl'])
  assert.deepEqual(await page.violations(), [])
})
