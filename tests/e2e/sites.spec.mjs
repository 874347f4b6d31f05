// What another site's page can make a real browser do with the rooms that its user is in.
import { expect, test } from '@playwright/test'
import { eventually } from '../support/server.mjs'
import { credentials } from '../trust/ask.mjs'
import { askAll, askOwn, sendForm } from '../trust/crossing.mjs'
import { nameOf, rows } from '../trust/routes.mjs'
import { besideAStranger } from './elsewhere.mjs'
import { sessionCookie } from './steps.mjs'

const password = 'four short plain words'
const isUnsafe = method => !/^(GET|HEAD|OPTIONS)$/.test(method)
let server, recorder, stranger
besideAStranger(parts => { ({ server, recorder, stranger } = parts) })

/** Opens a room, and lets `context` be in it as its owner at the host `url`. */
async function opened(context, url, name) {
  const made = await server.room({ name, password, nickname: 'ada' })
  await context.addCookies([sessionCookie(made, url)])
  const { session, room, bearer } = made
  return { name, user: 'ada', password, room, token: session.token, bearer }
}
/** A member of the room, who isn't in this browser. */
async function joined(room) {
  const { session } = await (await fetch(`${server.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password, nickname: 'tom' }) })).json()
  return { ...room, token: session.token }
}
/** A request of the row about something of `room`, at the host `url`. */
async function asked(row, room, url) {
  const { path, headers = {}, body } = await row.make(server, room, credentials.bearer(room))
  return { method: row.route.split(' ')[0], url: url + path, headers, body }
}
/** What a room is; with `knowsSites` also who has taken what and who is there, which by plain HTTP a neighbour's page can make of its member. */
async function stateOf({ name, bearer }, knowsSites = true) {
  const { server_time: _, ...state } = await (await fetch(`${server.url}/api/v1/rooms/${name}`, { headers: bearer })).json()
  if (knowsSites) return state
  const setAll = (items, values) => items.map(item => ({ ...item, ...values }))
  return { ...state, room: { ...state.room, version: 0 }, members: setAll(state.members, { present: false }), files: setAll(state.files, { taken_by: [] }) }
}
const unsafeRows = rows.filter(({ route }) => isUnsafe(route.split(' ')[0]))
const privateRows = rows.filter(({ route, may }) => /^GET \/.*\{/.test(route) && may !== 'anybody')

/** The routes' requests, and those that would take somebody into the room of another. */
async function attacks(room, theirs, url) {
  const asks = []
  for (const row of [...unsafeRows, ...privateRows]) asks.push(await asked(row, room, url))
  const enter = { method: 'POST', headers: {}, url: `${url}/` }
  const json = body => ({ method: 'POST', headers: {}, body: JSON.stringify(body) })
  return [...asks, { ...enter, body: `action=enter&name=${theirs.name}&password=${encodeURIComponent(password)}` }, { ...enter, body: `action=open&name=planted&password=${encodeURIComponent(password)}` },
    { ...enter, url: `${url}/${room.name}/`, body: 'action=leave' }, { ...json({ password, nickname: '=x' }), url: `${url}/api/v1/rooms/${theirs.name}/sessions` }]
}

/** Forms that lead the whole page, or a new window, to where they were sent. */
async function sendForms(context, from, { room, theirs, url }) {
  for (const target of ['_top', '_blank']) {
    for (const [path, fields] of [['/', { action: 'enter', name: theirs.name, password }], [`/${room.name}/`, { action: 'leave' }]]) {
      const page = await context.newPage()
      await page.goto(from)
      const before = recorder.answers.length
      await page.evaluate(sendForm, { url: url + path, fields, target })
      await eventually(() => recorder.answers.slice(before).some(({ method }) => method === 'POST'), 10_000, `${target} ${path} is asked`)
      await page.close()
    }
  }
}

/** Where the server is in the browser, and what another site and a neighbour of it are. The second host is none over which a browser tells Sec-Fetch-Site. */
const places = {
  'where browsers tell which site asks': ({ port }) => ({ knowsSites: true, url: `http://127.0.0.1:${port}`, from: [`${stranger.url}/page`, `${stranger.neighbour}/page`] }),
  'where they do not, on a local network without TLS': ({ port }) => ({ knowsSites: false, url: `http://lan.test:${port}`, from: [`${stranger.url}/page`, stranger.neighbour.replace('127.0.0.1', 'lan.test') + '/page'] }),
}
for (const [place, at] of Object.entries(places)) {
  test(`another site’s page changes nothing, takes nobody into another room and reads nothing, ${place}`, async ({ browser }) => {
    test.setTimeout(240_000)
    const { url, from, knowsSites } = at(recorder)
    const context = await browser.newContext({ acceptDownloads: false, httpCredentials: { username: 'ada', password } })
    const room = await opened(context, url, 'lab')
    const theirs = await server.room({ name: 'theirs', password })
    const asks = await attacks(room, theirs, url)
    const before = [await stateOf(room, knowsSites), await stateOf(theirs)]
    const cookies = await context.cookies()
    for (const page of from) {
      const attacker = await context.newPage()
      await attacker.goto(page)
      for (let i = 0; i < asks.length; i += 10) expect(await attacker.evaluate(askAll, { asks: asks.slice(i, i + 10), most: 3_000 }), page).toEqual([])
      await attacker.close()
      await sendForms(context, page, { room, theirs, url })
    }
    await eventually(() => recorder.pending === 0, 10_000, 'all is answered')
    const changing = recorder.answers.filter(({ method }) => isUnsafe(method))
    const carried = changing.filter(({ headers }) => headers.cookie || headers.authorization)
    console.log(`${recorder.answers.length} requests, ${changing.length} to change something, ${carried.length} of them with a credential`)
    expect(changing.filter(({ status }) => status !== 403)).toEqual([])
    expect(changing.length).toBeGreaterThan(300)
    expect(carried.length).toBeGreaterThan(100)
    expect([await stateOf(room, knowsSites), await stateOf(theirs)]).toEqual(before)
    expect(await context.cookies()).toEqual(cookies)
  })
}

test('the same requests from the room’s own page do what they say', async ({ browser }) => {
  test.setTimeout(120_000)
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(recorder.url)
  for (const row of unsafeRows) {
    const room = await opened(context, recorder.url, undefined)
    room.name = room.room.name
    // Whom the owner removes is somebody else.
    const ask = await asked(row, row.ends && row.may === 'owner' ? await joined(room) : room, recorder.url)
    const [status] = await page.evaluate(askOwn, [ask])
    // A redirection that isn't followed is told as 0.
    expect([status || 303, nameOf(row)]).toEqual([Number(row.gets.split(' ')[0]), nameOf(row)])
  }
  const theirs = await server.room({ name: 'theirs', password })
  await page.goto(`${recorder.url}/?plain`)
  await page.evaluate(sendForm, { url: `${recorder.url}/`, fields: { action: 'enter', name: 'theirs', password }, target: '_top' })
  await expect(page.getByRole('heading', { name: 'theirs' })).toBeVisible()
  expect((await stateOf(theirs)).members).toHaveLength(2)
})
