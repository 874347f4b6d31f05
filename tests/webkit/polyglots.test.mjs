// Files that would run if a browser let them, in WebKit; tests/e2e has two engines more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Recorder } from '../support/recorder.mjs'
import { Server } from '../support/server.mjs'
import { attack, control } from '../trust/attack.mjs'
import { Stranger } from '../trust/stranger.mjs'
import { WebKit } from './driver.mjs'

let server, recorder, stranger, page
before(async () => {
  server = await Server.start()
  recorder = await Recorder.before(server)
  stranger = await Stranger.start()
  page = await WebKit.start()
})
after(async () => {
  await page?.stop()
  await stranger.stop()
  await recorder.stop()
  await server.stop()
})

/** What becomes a download may never be told as loaded. */
async function visit(url) {
  await page.call('POST', `${page.session}/timeouts`, { pageLoad: 4_000 })
  await page.goTo(url).finally(() => page.call('POST', `${page.session}/timeouts`, { pageLoad: 60_000 }))
}
const driven = {
  // It draws on the processor, the frames of a page one after the other.
  atOnce: 60,
  goTo: url => page.goTo(url), visit, run: (what, argument) => page.run(`return (${what})(arguments[0])`, argument),
}

test('polyglots opened in every way that a page has execute nothing, where from a plain server they do', { timeout: process.env.POLYGLOTS ? 3_600_000 : 390_000 }, async () => {
  const room = await server.room({ name: 'lab' })
  await page.goTo(recorder.url)
  await page.call('POST', `${page.session}/cookie`, { cookie: { name: `r_${room.room.id.slice(0, 16)}`, value: room.session.token, path: '/', httpOnly: true, sameSite: 'Strict' } })
  const attacked = await attack(driven, { server: recorder, room, stranger, all: process.env.POLYGLOTS })
  assert.deepEqual(attacked.executed, [])
  assert.ok(attacked.files > 100)
  const answered = recorder.answers.filter(({ status }) => status === 200).length
  console.log(`${attacked.files} files, ${attacked.ways} ways, ${recorder.answers.length} answers, ${answered} of them 200: 0 executions`)
  assert.ok(answered > 500, String(answered))
  const plain = await control(driven, stranger)
  console.log(`from a plain server ${plain.files.size} files in ${plain.ways.size} ways`)
  for (const name of ['page.html', 'script.svg', 'xhtml.xhtml', 'gif.html', 'plain.js', 'text.txt', 'module.mjs', 'style.css', 'worker.js']) assert.ok(plain.files.has(name), name)
  assert.ok(plain.files.size >= 50, [...plain.files].join(' '))
  assert.ok(plain.ways.size > 12, [...plain.ways].join(', '))
})
