import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Election, type Word } from '../src/core/election'

/** Tabs of one browser on one channel and one clock. A hung tab neither hears nor ticks. */
class Browser {
  time = 0
  tabs = new Map<string, { election: Election; due: number; hung: boolean; awake: boolean; streams: number }>()
  said: Word[] = []
  private onItsWay: Word[] = []

  add(id: string) {
    const tab = { election: null as never as Election, due: 0, hung: false, awake: true, streams: 0 }
    this.tabs.set(id, tab)
    tab.election = new Election(id, {
      say: word => { this.said.push(word); this.onItsWay.push(word) }, now: () => this.time, random: () => 0.5, isAwake: () => tab.awake,
      lead: () => tab.streams++, follow: () => tab.streams--,
    })
    tab.due = this.time + tab.election.dueIn
    return tab
  }
  private deliver(word: Word) {
    for (const [id, tab] of this.tabs) {
      if (id === word.from || tab.hung) continue
      tab.election.hear(word)
      tab.due = this.time + tab.election.dueIn
    }
  }
  pass(ms: number) {
    for (const end = this.time + ms; this.time < end; this.time += 10) {
      this.onItsWay.splice(0).forEach(word => this.deliver(word))
      for (const tab of this.tabs.values())
        if (!tab.hung && this.time >= tab.due) {
          tab.election.tick()
          tab.due = this.time + tab.election.dueIn
        }
    }
  }
  close(id: string) {
    this.tabs.get(id)!.election.resign()
    this.tabs.delete(id)
  }
  leaders = () => [...this.tabs].filter(([, tab]) => tab.streams > 0).map(([id]) => id)
}
const browserOf = (...ids: string[]) => {
  const browser = new Browser()
  ids.forEach(id => browser.add(id))
  browser.pass(2000)
  return browser
}

test('of eight tabs one speaks with the server, also when all come in the same moment', () => {
  assert.deepEqual(browserOf('c', 'a', 'b', 'd', 'e', 'f', 'g', 'h').leaders(), ['a'])
})

test('a tab that comes later listens, and never opens a stream of its own', () => {
  const browser = browserOf('m')
  const late = browser.add('a')
  browser.pass(10_000)
  assert.deepEqual([browser.leaders(), late.streams], [['m'], 0])
})

test('when the leader is closed another tab takes over within a second', () => {
  const browser = browserOf('a', 'b', 'c')
  browser.close('a')
  browser.pass(1000)
  assert.equal(browser.leaders().length, 1)
})

test('a leader that hangs is replaced within five seconds, and steps back when it is there again', () => {
  const browser = browserOf('a', 'b', 'c')
  browser.tabs.get('a')!.hung = true
  browser.pass(5000)
  assert.equal(browser.leaders().filter(id => id !== 'a').length, 1)
  browser.tabs.get('a')!.hung = false
  browser.pass(3000)
  assert.equal(browser.leaders().length, 1)
  assert.notDeepEqual(browser.leaders(), ['a'])
})

test('a leader out of sight for long hands over to a tab in sight; where there is none nobody leads until one is', () => {
  const browser = browserOf('a', 'b')
  browser.tabs.get('a')!.awake = false
  browser.pass(2000)
  assert.deepEqual(browser.leaders(), ['b'])
  browser.tabs.get('b')!.awake = false
  const said = browser.said.length
  browser.pass(60_000)
  assert.deepEqual(browser.leaders(), [])
  assert.ok(browser.said.length - said < 5, 'tabs asleep are quiet')
  browser.tabs.get('a')!.awake = true
  browser.tabs.get('a')!.election.tick()
  assert.deepEqual(browser.leaders(), ['a'])
})
