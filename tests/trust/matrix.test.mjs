// Who may do what: every route and method of docs/openapi.json, asked by everybody who might, with each kind of credential.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { handsOut, Server } from '../support/server.mjs'
import { ask, codeOf, credentials, join, kPassword, open, verdict } from './ask.mjs'
import { described, nameOf, rows } from './routes.mjs'

let server
before(async () => { server = await Server.start({ ...handsOut, FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_SECURITY_CONTACT: 'mailto:security@files.example' }) })
after(async () => { await server.stop() })

/** What those get who may not: by a session, or by a password. */
const refusals = {
  members: { nobody: '401 no_session', other: '401 no_session', ended: '410 room_ended', earlier: '401 no_session' },
  asker: { nobody: '403 link_invalid', other: '403 link_invalid', ended: '403 link_invalid', earlier: '403 link_invalid', owner: '403 link_invalid', another: '403 link_invalid' },
}
refusals.owner = { ...refusals.members, member: '403 forbidden', another: '403 forbidden' }
refusals.uploader = { ...refusals.members, owner: '403 forbidden', another: '403 forbidden' }
refusals.remover = { ...refusals.members, another: '403 forbidden' }
// Who isn't one learns nothing of a room, be it that it was. What somebody was in before is told of that, whoever has its name now.
refusals.witness = { nobody: '404 not_found', other: '404 not_found', ended: '200', earlier: '200' }
refusals.anybody = {}

/** Whoever comes by the password is a member and no more; and a room that isn't there is one whose password is wrong. */
const byPassword = {
  members: { nobody: '401 no_session', other: '401 not_admitted', ended: '401 not_admitted', earlier: '401 not_admitted' },
  asker: refusals.asker, anybody: {},
}
byPassword.owner = { ...byPassword.members, member: '403 forbidden', another: '403 forbidden', owner: '403 forbidden' }
byPassword.witness = Object.fromEntries(['nobody', 'other', 'ended', 'earlier', 'member', 'another', 'owner'].map(who => [who, '404 not_found']))
byPassword.uploader = { ...byPassword.members, owner: '403 forbidden', another: '403 forbidden' }
byPassword.remover = byPassword.uploader

function expected(row, who, kind) {
  const verdict = (kind === 'basic' ? byPassword : refusals)[row.may][who] ?? row.gets
  return row.shows === 'html' || row.method === 'HEAD' ? verdict.split(' ')[0] : verdict
}

let count = 0
/** A room with its people, one beside it, one that has ended, and one whose name was another room's before. */
async function world() {
  const name = `home-${++count}`
  const owner = await open(server, name)
  const [member, another] = [await join(server, name, 'tom'), await join(server, name, 'eve')]
  await open(server, `side-${count}`, 'uma', 'the password beside it')
  const other = await join(server, `side-${count}`, 'kim', 'the password beside it')
  const first = await open(server, `again-${count}`, 'bob', 'the password before')
  const earlier = await join(server, `again-${count}`, 'jan', 'the password before')
  const gone = await open(server, `gone-${count}`, 'lea', kPassword)
  const ended = await join(server, `gone-${count}`, 'max')
  return { owner, member, another, other, first, earlier, gone, ended, nobody: undefined }
}
const close = who => ask(server, 'DELETE', `/api/v1/rooms/${who.name}`, { headers: credentials.bearer(who) })

/** People for some rows, each with a request about an ended room's own things, and one about those of the room that now has its name. */
async function peopleFor(some, kind) {
  const people = await world()
  const as = who => (people[who] ? credentials[kind](people[who]) : {})
  const late = new Map()
  for (const row of some) late.set(row, { ended: await row.make(server, people.ended, as('ended')) })
  for (const owner of [people.gone, people.first]) assert.equal((await close(owner)).status, 204)
  const second = await open(server, people.earlier.name, 'ann', 'the password after')
  for (const row of some) late.get(row).earlier = await row.make(server, second, credentials[kind](second))
  return { as, late, member: people.member }
}

/** The requests of one row, each with who asks it. Who may comes last, so that what then works shows that nothing has changed. */
async function* requests(row, { as, late, member }) {
  const make = () => row.make(server, member, as('member'))
  const theirs = await make()
  for (const who of ['nobody', 'other', 'another']) yield [who, theirs]
  for (const [who, request] of Object.entries(late.get(row))) yield [who, request]
  for (const who of row.may === 'owner' ? ['member', 'owner'] : ['owner', 'member']) yield [who, row.once ? await make() : theirs]
}

test('every route of the description has its row here, and every row its route', () => {
  const told = new Map(described.map(each => [each.route, each.isOpen]))
  assert.deepEqual([...new Set(rows.map(row => row.route))].sort(), [...told.keys()].sort())
  // What the description calls open, and no more, is anybody's in each of its forms but for the room's address, which is a page too.
  for (const row of rows) if (row.variant !== 'the page') assert.equal(row.may === 'anybody', told.get(row.route), nameOf(row))
})

for (const kind of Object.keys(credentials)) {
  test(`who may do what, by ${kind}`, { timeout: 120_000 }, async t => {
    // What ends the people themselves has its own.
    const lasting = rows.filter(row => !row.ends)
    const groups = new Map(lasting.map(row => [row, lasting]))
    for (const row of rows) {
      await t.test(nameOf(row), async () => {
        const group = groups.get(row) ?? [row]
        const people = group.people ??= await peopleFor(group, kind)
        const { as } = people
        const method = row.route.split(' ')[0]
        for await (const [who, { path, headers = {}, body }] of requests(row, people)) {
          const wanted = expected({ ...row, method }, who, kind)
          const answer = await ask(server, method, path, { headers: { ...headers, ...as(who) }, body })
          assert.equal(verdict(answer), wanted, `${who}: ${method} ${path} ${answer.bytes}`)
          const asksForPassword = row.invites && answer.status === 401
          assert.equal(answer.headers['www-authenticate'], asksForPassword ? 'Basic realm="room", charset="UTF-8"' : undefined, who)
          if (answer.status < 400 || method !== 'GET') continue
          const head = await ask(server, 'HEAD', path, { headers: { ...headers, ...as(who) } })
          // An upload's address answers HEAD by a route of its own.
          assert.equal(head.status, answer.status, `${who}: HEAD ${path}`)
          assert.equal(head.bytes.length, 0)
        }
      })
    }
  })
}

test('a method that an address doesn\'t have is refused to everybody alike', async () => {
  const { owner, member } = await world()
  const paths = [...new Set(described.map(each => each.path))]
  const id = '0'.repeat(32)
  for (const path of paths) {
    const concrete = path.replace('{room}', owner.name).replace(/\{(id|file)\}/, id).replace('{name}', 'x').replace('{number}', '1')
    const has = new Set(described.filter(each => each.path === path).map(each => each.method))
    if (has.has('GET')) has.add('HEAD')
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(each => !has.has(each))) {
      const answers = await Promise.all([{}, credentials.bearer(member), credentials.bearer(owner)].map(headers => ask(server, method, concrete, { headers })))
      for (const answer of answers) {
        assert.ok([404, 405].includes(answer.status), `${method} ${concrete}: ${verdict(answer)}`)
        assert.equal(verdict(answer), verdict(answers[0]), `${method} ${concrete}`)
        if (answer.status === 405) assert.ok(answer.headers.allow, `${method} ${concrete}`)
      }
    }
  }
})

/** An answer's bytes, but for when it was. */
const bare = (answer, name) => JSON.stringify([answer.status, answer.raw.filter((_, i, all) => all[i & ~1].toLowerCase() !== 'date'), answer.bytes.toString('latin1')]).replaceAll(name, 'NAME')

test('a refusal is the same, byte for byte, whether the room is there or not', async t => {
  const { member, other } = await world()
  const absent = member.name.replace('home', 'none')
  const wrong = { ...member, password: 'not the password' }
  const kinds = { 'no credential': {}, 'another room\'s cookie': credentials.cookie(other), 'another room\'s token': credentials.bearer(other), 'a token of nobody': credentials.bearer({ token: 'f'.repeat(64) }),
    'a broken token': credentials.bearer({ token: 'x' }), 'a wrong password': credentials.basic(wrong), 'no password': credentials.basic({ user: 'tom', password: '' }) }
  for (const row of rows) {
    await t.test(nameOf(row), async () => {
      const method = row.route.split(' ')[0]
      const { path, headers = {}, body } = await row.make(server, { name: member.name }, credentials.bearer(member))
      if (!path.includes(member.name)) return
      for (const [kind, credential] of Object.entries(kinds)) {
        const asked = { headers: { ...headers, ...credential }, body }
        const there = await ask(server, method, path, asked)
        const nowhere = await ask(server, method, path.replace(member.name, absent), asked)
        assert.equal(bare(there, member.name), bare(nowhere, absent), kind)
        assert.ok(row.may === 'anybody' || there.status === (row.may === 'witness' ? 404 : 401), `${kind}: ${there.status}`)
      }
    })
  }
})

test('the id of a thing of another room is no id at all', async t => {
  const { member, other } = await world()
  for (const row of rows.filter(each => /\{(id|file|name)\}/.test(each.route) && each.may !== 'anybody')) {
    await t.test(nameOf(row), async () => {
      const method = row.route.split(' ')[0]
      const { path, headers = {}, body } = await row.make(server, { name: other.name }, credentials.bearer(other))
      const asked = { headers: { ...headers, ...credentials.bearer(member) }, body }
      const theirs = await ask(server, method, path.replace(other.name, member.name), asked)
      if (row.route.startsWith('PUT /{room}/{name}')) return
      // One that nobody has: another digit at its end, or another letter.
      const end = path.search(/[0-9a-f](?=$|\/[a-z]+(\/1)?$|\?)/)
      const nobodys = path.slice(0, end) + (path[end] === '1' ? '2' : '1') + path.slice(end + 1)
      const nothing = await ask(server, method, nobodys.replace(other.name, member.name), asked)
      assert.ok([403, 404].includes(theirs.status), verdict(theirs))
      assert.equal(bare(theirs, path), bare(nothing, path))
      if (method !== 'HEAD') assert.ok(['not_found', 'link_invalid', 'forbidden'].includes(codeOf(theirs)), String(theirs.bytes))
    })
  }
})
