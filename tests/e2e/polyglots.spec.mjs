// Files that would run if a browser let them, in real browsers; tests/webkit has the third engine.
import { expect, test } from '@playwright/test'
import { attack, control } from '../trust/attack.mjs'
import { besideAStranger } from './elsewhere.mjs'
import { sessionCookie } from './steps.mjs'

let server, recorder, stranger
besideAStranger(parts => { ({ server, recorder, stranger } = parts) })
// Firefox was seen to stand still for good at 400 workers at once: most likely at the 512 that it lets a site have.
const driven = (page, browserName) => ({
  goTo: url => page.goto(url), run: (what, argument) => page.evaluate(what, argument), atOnce: browserName === 'firefox' ? 50 : undefined,
})

test('polyglots opened in every way that a page has execute nothing, where from a plain server they do', { tag: '@alone' }, async ({ browser, browserName }) => {
  test.setTimeout(process.env.POLYGLOTS ? 3_600_000 : 400_000)
  const room = await server.room({ name: 'lab' })
  const context = await browser.newContext({ acceptDownloads: false })
  await context.addCookies([sessionCookie(room, recorder.url)])
  const guarded = driven(await context.newPage(), browserName)
  const attacked = await attack(guarded, { server: recorder, room, stranger, all: process.env.POLYGLOTS })
  expect(attacked.executed).toEqual([])
  expect(attacked.files).toBeGreaterThan(100)
  const answered = recorder.answers.filter(({ status }) => status === 200).length
  expect(answered).toBeGreaterThan(500)

  const plain = await control(driven(await (await browser.newContext({ acceptDownloads: false })).newPage(), browserName), stranger)
  console.log(`${attacked.files} files, ${attacked.ways} ways, ${recorder.answers.length} answers, ${answered} of them 200: 0 executions; from a plain server ${plain.files.size} files in ${plain.ways.size} ways`)
  expect([...plain.files]).toEqual(expect.arrayContaining(['page.html', 'script.svg', 'xhtml.xhtml', 'gif.html', 'plain.js', 'text.txt', 'module.mjs', 'style.css', 'worker.js']))
  expect(plain.files.size).toBeGreaterThanOrEqual(55)
  expect(plain.ways.size).toBeGreaterThan(12)
})
