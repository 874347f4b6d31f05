// Polyglots in a member's browser, opened in every way from pages of our own, of a neighbour and of another site; and, so that one sees that
// they could have run, the same files from a plain server.
import { sleep } from '../support/server.mjs'
import { openAll } from './opening.mjs'

/** As many at once as a browser takes without losing time. */
const kAtOnce = 400
/** In which what is no page runs, if it does. */
const kTelling = ['a script', 'a module', 'a stylesheet']

/** Waits until nothing was asked of any of `servers` for `calm` ms. */
async function quiet(servers, calm) {
  const end = Date.now() + 5_000
  while (Date.now() < end && servers.some(server => server.pending > 0 || Date.now() - server.last < calm)) await sleep(20)
}

/** Opens every pair of a way and an address in the page at `url`; what scripts that ran told that page. */
async function openFrom(browser, url, pairs, servers) {
  await browser.goTo(url)
  const { atOnce = kAtOnce } = browser
  for (let at = 0; at < pairs.length; at += atOnce) {
    await browser.run(openAll, { pairs: pairs.slice(at, at + atOnce), most: 600 })
    await quiet(servers, 100)
  }
  await quiet(servers, 700)
  return browser.run(() => self.told)
}

/** Puts the polyglots in the room; the three addresses of each. */
async function stored(server, room, stranger) {
  for (const { name, body } of stranger.polyglots('room')) {
    const put = await fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body })
    if (put.status !== 201) throw new Error(`${name}: ${put.status}`)
  }
  const address = `${server.url}/api/v1/rooms/${room.name}`
  const { files } = await (await fetch(address, { headers: room.bearer })).json()
  return files.map(({ id, name }) => [`${server.url}/${room.name}/${name}`, `${address}/files/${id}/content`, `${address}/files/${id}/preview`])
}

/** Goes to each address as the address bar does; what became the title of a page. */
async function visit(browser, addresses) {
  const titles = new Set()
  for (const address of addresses) {
    await (browser.visit ?? browser.goTo)(address).catch(() => undefined)
    titles.add(await browser.run(() => document.title).catch(() => ''))
  }
  return [...titles]
}

/** What a script of the server's own origin would have left there. */
const marks = () => [document.cookie, localStorage.getItem('executed'), document.title].filter(mark => mark?.includes('executed'))

/**
 * The attack: `browser` has `goTo(url)`, `run(function, argument)`, perhaps `visit(url)` and `atOnce`, and is in `room`; `server` is a
 * Recorder. Every day each file is opened in each way, by one of its three addresses and from one page: half from one of the server's origin
 * without a policy, where its answers alone stand in the way, the others from the room's own page, a neighbour's and another site's, in
 * turn; with `all` by all from all.
 */
export async function attack(browser, { server, room, stranger, all }) {
  const own = `${server.url}/${room.name}/`
  const addresses = await stored(server, room, stranger)
  await browser.goTo(own)
  const ways = await browser.run(openAll, {})
  const inTurn = (three, i) => three.filter((_, n) => all || n === i % 3)
  const told = []
  for (const [page, url] of [server.bare, own, `${stranger.neighbour}/page`, `${stranger.url}/page`].entries()) {
    const turn = (i, k) => ((i + k) % 2 ? ((i + k) % 6 + 1) / 2 : 0)
    const pairs = ways.flatMap((way, i) => addresses.flatMap((three, k) => {
      // Windows take a browser longest.
      if (way === 'a window') return page === 0 && (all || k % 4 === 0) ? [[way, three[k % 3]]] : []
      return all || turn(i, k) === page ? inTurn(three, Math.floor(k / 6) + i).map(address => [way, address]) : []
    }))
    told.push(...await openFrom(browser, url, pairs, [server, stranger]))
  }
  const titles = await visit(browser, addresses.filter((_, k) => all || k % 2 === 0).flatMap(inTurn))
  await browser.goTo(own)
  const left = await browser.run(marks)
  const calls = [...stranger.executed, ...told].filter(call => /\broom\b/.test(call))
  return { ways: ways.length, files: addresses.length, executed: [...calls, ...titles.filter(title => title === 'executed'), ...left] }
}

/**
 * The control: what of the same files executes where a plain server gives them, `{ files, ways }`. Scripts and styles are opened as such,
 * what is shown is gone to, and all of them in each of the other ways in turn.
 */
export async function control(browser, stranger) {
  const files = [...stranger.files.values()]
  const address = (name, way) => `${stranger.url}/files/${name}?${String(way).padStart(2, '0')}`
  await browser.goTo(`${stranger.url}/page`)
  const ways = [...await browser.run(openAll, {}), 'an address']
  await visit(browser, files.filter(({ type = 'text/html' }) => /html|xml/.test(type)).map(({ name }) => address(name, ways.length)))
  const pairs = ways.slice(0, -1).flatMap((way, i) => files.filter((_, k) => kTelling.includes(way) || (i + k) % 4 === 0).map(({ name }) => [way, address(name, i + 1)]))
  await openFrom(browser, `${stranger.url}/page`, pairs, [stranger])
  const calls = [...stranger.executed].filter(call => call.startsWith('plain ')).map(call => call.split(' '))
  return { files: new Set(calls.map(([, , name]) => name)), ways: new Set(calls.map(([, way]) => ways[Number(way) - 1])) }
}
