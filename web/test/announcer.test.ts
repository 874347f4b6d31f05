import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Region } from '../src/core/announcer'
import { manualClock } from './clock'

const stage = (t: { after: (act: () => void) => void }) => {
  const { pass, now } = manualClock(t)
  const region = new Region(now)
  const added = (name: string, who: string) => ({ kind: `added ${who}`, one: `${name} added by ${who}`, many: (n: number) => `${n} files added by ${who}` })
  return { region, pass, added }
}

test('the first sentence comes at once, the next after five seconds, and those of a kind are one', t => {
  const { region, pass, added } = stage(t)
  region.say(added('a', 'Mara'))
  pass(0)
  assert.equal(region.text.value, 'a added by Mara')
  for (const name of ['b', 'c', 'd']) region.say(added(name, 'Mara'))
  region.say(added('x', 'Tom'))
  pass(4_900)
  assert.equal(region.text.value, '')
  pass(200)
  assert.equal(region.text.value, '3 files added by Mara x added by Tom')
})

test('a sentence goes when it has been said, so that the same words are a change again', t => {
  const { region, pass } = stage(t)
  const heard: string[] = []
  region.text.subscribe(text => heard.push(text))
  for (let i = 0; i < 2; i++) {
    region.say('Copied')
    pass(10_000)
  }
  assert.deepEqual(heard, ['', 'Copied', '', 'Copied', ''])
})
