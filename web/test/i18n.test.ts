import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatClock, formatDuration, formatLeft, formatSize } from '../src/core/format'
import { choose, currentLanguage, inRegion, languages, speakAlways, t, type LanguageCode } from '../src/i18n'
import ar from '../src/i18n/ar'
import de from '../src/i18n/de'
import { en, type Language, type Messages } from '../src/i18n/en'
import hi from '../src/i18n/hi'
import { ownerMessages } from '../src/i18n/owner'
import { receipts } from '../src/i18n/receipts'
import { sayIn } from '../src/i18n/say'

const all: Record<string, Language> = { en, de, hi, ar }
const madeIn = (code: string) => ({ ...all[code]!(sayIn(code)), owner: ownerMessages[code as LanguageCode], receipts: receipts[code as LanguageCode] }) as unknown as Tree
type Tree = { [key: string]: string | ((...values: never[]) => string) | Tree }

/** Every message with its path. */
function* leaves(tree: Tree, path = ''): Generator<[string, string | ((...values: never[]) => string)]> {
  for (const [key, value] of Object.entries(tree))
    if (typeof value === 'object') yield* leaves(value, `${path}${key}.`)
    else yield [`${path}${key}`, value]
}
const shape = (tree: Tree) => [...leaves(tree)].map(([path, m]) => `${path}${typeof m === 'function' ? `(${m.length})` : ''}`).sort()

test('every language has every message, with the same values to fill in, and says something', () => {
  assert.deepEqual(Object.keys(all), Object.keys(languages))
  for (const code of Object.keys(all)) {
    assert.deepEqual(shape(madeIn(code)), shape(madeIn('en')), code)
    for (const [path, message] of leaves(madeIn(code))) if (typeof message === 'string') assert.ok(message.trim(), `${code}: ${path}`)
  }
})

test('no language leaves out a value that it was given', () => {
  const english = new Map(leaves(madeIn('en')))
  // Told apart by what they become: a text stays, a number is written in the region's digits.
  const values = ['α1', 'β2', 'γ3', 'δ4'] as never[]
  for (const code of Object.keys(all))
    for (const [path, message] of leaves(madeIn(code))) {
      const model = english.get(path)
      if (typeof message !== 'function' || typeof model !== 'function' || /NaN|ليس/.test(model(...values))) continue
      const inModel = values.filter(v => model(...values).includes(v))
      for (const value of inModel) assert.ok(message(...values).includes(value), `${code}: ${path} lost a value`)
    }
})

test('only English is English', () => {
  const english = new Map(leaves(madeIn('en')))
  const same = new Set(['product'])
  for (const code of ['de', 'hi', 'ar'])
    for (const [path, message] of leaves(madeIn(code)))
      if (typeof message === 'string' && message.length > 5 && !same.has(path)) assert.notEqual(message, english.get(path), `${code}: ${path}`)
})

test('counts have the forms that the language has', () => {
  const people = (code: string, ...counts: number[]) => counts.map((madeIn(code) as unknown as Messages).people)
  assert.deepEqual(people('en', 1, 2, 1200), ['1 person here', '2 people here', '1,200 people here'])
  assert.deepEqual(people('de', 1, 2), ['1 Person hier', '2 Personen hier'])
  assert.doesNotMatch((madeIn('hi') as unknown as Messages).triesLeft(1), /कोशिशें|हैं/)
  // One, two, a few, many and the rest are five words in Arabic.
  assert.equal(new Set(people('ar', 1, 2, 3, 11, 100).map(text => text.replace(/\p{Nd}+/gu, ''))).size, 5)
})

test('the first language that there is wins, with the region of its reader', () => {
  assert.deepEqual(choose(['sv', 'de-AT', 'en']), { code: 'de', locale: 'de-AT' })
  assert.deepEqual(choose(['AR-eg']), { code: 'ar', locale: 'AR-eg' })
  assert.deepEqual(choose(['en-US@posix', 'de']), { code: 'en', locale: 'en' })
  assert.deepEqual(choose(['tlh', 'toString']), { code: 'en', locale: 'en' })
  assert.deepEqual(choose(inRegion('de', ['en-GB', 'de-CH'])), { code: 'de', locale: 'de-CH' })
  assert.deepEqual(choose(inRegion('hi', ['en-GB'])), { code: 'hi', locale: 'hi' })
})

test('a change of language changes every message, number and size, and the page’s direction', async () => {
  const documentElement = { lang: '', dir: '' }
  Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-US', 'de-DE'] }, configurable: true })
  Object.assign(globalThis, { document: { documentElement } })
  await speakAlways('de')
  assert.deepEqual([t.enter, formatSize(1_234_567), formatClock(65), formatLeft(6_720_000), formatDuration(3600)],
    ['Eintreten', '1,2 MB', '1:05', '1 Std. 52 Min.', '1 Stunde'])
  assert.deepEqual([currentLanguage(), documentElement], ['de', { lang: 'de', dir: 'ltr' }])
  await speakAlways('ar')
  assert.equal(documentElement.dir, 'rtl')
  await speakAlways('en')
  assert.deepEqual([t.enter, documentElement], ['Enter', { lang: 'en', dir: 'ltr' }])
})
