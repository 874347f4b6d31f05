// Every route of docs/openapi.json: who may use it, what they get, and a request that uses it. matrix.test.mjs asks them all.
import { readFileSync } from 'node:fs'
import { ask } from './ask.mjs'

const description = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
const kMethods = new Set(['get', 'head', 'post', 'put', 'patch', 'delete', 'options'])

/** What the description has: `{ route: 'GET /d/{file}', method, path, isOpen }`, open where it asks for no credential. */
export const described = Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods)
  .filter(([method]) => kMethods.has(method))
  .map(([method, { security }]) => ({ route: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, isOpen: security?.length === 0 })))

const tus = { 'Tus-Resumable': '1.0.0' }
const json = body => ({ body: JSON.stringify(body) })
const api = room => `/api/v1/rooms/${room.name}`

/** Stores a file in the room as `who` (their header fields); its entry. */
async function store(server, room, who, name = `file-${Math.random().toString(16).slice(2)}`) {
  const put = await ask(server, 'PUT', `/${room.name}/${name}`, { headers: who, body: 'some bytes' })
  if (put.status !== 201) throw new Error(`${put.status} ${put.bytes}`)
  const { files } = JSON.parse((await ask(server, 'GET', api(room), { headers: who })).bytes)
  return files.find(file => file.name === name)
}
/** Begins an upload of four bytes as `who`; its address. */
async function begin(server, room, who) {
  const made = await ask(server, 'POST', `${api(room)}/files`, { headers: { ...who, ...tus, 'Upload-Length': '4', 'Upload-Metadata': `filename ${Buffer.from('upload').toString('base64')}` } })
  if (made.status !== 201) throw new Error(`${made.status} ${made.bytes}`)
  return made.headers.location
}
const idOf = path => path.slice(path.lastIndexOf('/') + 1)

/**
 * `may` says who: anybody | members | owner | uploader (nobody else, be it the owner) | remover (uploader or owner) | asker (whom the
 * link was made for) | witness (a member, with a session's token, also once the room has ended). `gets` is the answer for those. `make(server, room, who)` gives a request about something of `room`, made by
 * `who`, its first member. `once`: it changes what it is about, so that who may asks about one of their own; `ends`: it ends those who ask, too.
 * `variant` tells two rows of one route apart; `shows` is 'html' for pages, which tell no code; `invites`: a refusal asks for Basic.
 */
export const rows = [
  { route: 'GET /', may: 'anybody', gets: '200', make: () => ({ path: '/' }) },
  { route: 'GET /', variant: 'the form', may: 'anybody', gets: '200', make: () => ({ path: '/?plain' }) },
  // Nobody's credential matters there: it says how to come in. The form's own refusals are in tests/protocol/forms.test.mjs.
  { route: 'POST /', may: 'anybody', gets: '400', shows: 'html', make: () => ({ path: '/', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'action=neither' }) },
  { route: 'GET /{room}', may: 'anybody', gets: '308', make: (_, room) => ({ path: `/${room.name}` }) },
  { route: 'GET /{room}/', may: 'members', gets: '200', invites: true, make: (_, room) => ({ path: `/${room.name}/` }) },
  { route: 'GET /{room}/', variant: 'the form', may: 'members', gets: '200', shows: 'html', make: (_, room) => ({ path: `/${room.name}/?plain` }) },
  { route: 'GET /{room}/', variant: 'the page', may: 'anybody', gets: '200', make: (_, room) => ({ path: `/${room.name}/`, headers: { Accept: 'text/html' } }) },
  { route: 'POST /{room}/', may: 'members', gets: '303', shows: 'html', once: true,
    make: (_, room) => ({ path: `/${room.name}/`, headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, body: '--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\na\r\n--x--\r\n' }) },
  { route: 'POST /{room}/', variant: 'remove', may: 'remover', gets: '303', shows: 'html', once: true,
    make: async (server, room, who) => ({ path: `/${room.name}/`, headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: `action=remove&id=${(await store(server, room, who)).id}` }) },
  { route: 'PUT /{room}/{name}', may: 'members', gets: '201', invites: true, once: true, make: (_, room) => ({ path: `/${room.name}/put`, body: 'x' }) },
  { route: 'PUT /{room}/{name}', variant: 'the draft', may: 'members', gets: '201', invites: true, once: true, make: (_, room) => ({ path: `/${room.name}/put`, headers: { 'Upload-Complete': '?1' }, body: 'x' }) },
  { route: 'GET /{room}/{name}', may: 'members', gets: '200', invites: true, make: async (server, room, who) => ({ path: `/${room.name}/${(await store(server, room, who)).name}` }) },
  { route: 'DELETE /{room}/{name}', may: 'remover', gets: '204', invites: true, once: true, make: async (server, room, who) => ({ path: `/${room.name}/${(await store(server, room, who)).name}` }) },
  { route: 'GET /assets/{name}', may: 'anybody', gets: '200', make: async server => ({ path: /\/assets\/[\w.-]+\.js/.exec((await ask(server, 'GET', '/', { headers: { Accept: 'text/html' } })).bytes)[0] }) },
  ...['/robots.txt', '/.well-known/security.txt', '/healthz', '/readyz', '/api/v1/openapi.json', '/api/v1/limits', '/api/v1/connection', '/api/v1/receipt-key'].map(path => ({ route: `GET ${path}`, may: 'anybody', gets: '200', make: () => ({ path }) })),
  { route: 'POST /api/v1/rooms', may: 'anybody', gets: '201', once: true, make: () => ({ path: '/api/v1/rooms', ...json({}) }) },
  { route: 'GET /api/v1/rooms/{room}', may: 'members', gets: '200', make: (_, room) => ({ path: api(room) }) },
  { route: 'PATCH /api/v1/rooms/{room}', may: 'owner', gets: '200', once: true, make: (_, room) => ({ path: api(room), ...json({ ttl_seconds: 600 }) }) },
  { route: 'DELETE /api/v1/rooms/{room}', may: 'owner', gets: '204', ends: true, make: (_, room) => ({ path: api(room) }) },
  { route: 'GET /api/v1/rooms/{room}/receipt', may: 'witness', gets: '409 not_erased_yet', make: (_, room) => ({ path: `${api(room)}/receipt` }) },
  // It is the password in the body that opens; here it is a wrong one, whoever sends it.
  { route: 'POST /api/v1/rooms/{room}/sessions', may: 'anybody', gets: '401 not_admitted', make: (_, room) => ({ path: `${api(room)}/sessions`, ...json({ password: 'not the password' }) }) },
  { route: 'DELETE /api/v1/rooms/{room}/sessions/me', may: 'members', gets: '204', ends: true, make: (_, room) => ({ path: `${api(room)}/sessions/me` }) },
  { route: 'DELETE /api/v1/rooms/{room}/members/{id}', may: 'owner', gets: '204', ends: true,
    make: async (server, room, who) => ({ path: `${api(room)}/members/${JSON.parse((await ask(server, 'GET', api(room), { headers: who })).bytes).me.id}` }) },
  { route: 'GET /api/v1/rooms/{room}/events', may: 'members', gets: '200', make: (_, room) => ({ path: `${api(room)}/events` }) },
  { route: 'OPTIONS /api/v1/rooms/{room}/files', may: 'anybody', gets: '204', make: (_, room) => ({ path: `${api(room)}/files` }) },
  { route: 'POST /api/v1/rooms/{room}/files', may: 'members', gets: '201', once: true, make: (_, room) => ({ path: `${api(room)}/files`, headers: { ...tus, 'Upload-Length': '4', 'Upload-Metadata': 'filename YQ==' } }) },
  { route: 'POST /api/v1/rooms/{room}/files', variant: 'the draft', may: 'members', gets: '201', once: true, make: (_, room) => ({ path: `${api(room)}/files`, headers: { 'Upload-Complete': '?1' }, body: 'x' }) },
  { route: 'OPTIONS /api/v1/rooms/{room}/files/{id}', may: 'anybody', gets: '204', make: async (server, room, who) => ({ path: await begin(server, room, who) }) },
  { route: 'HEAD /api/v1/rooms/{room}/files/{id}', may: 'uploader', gets: '200', make: async (server, room, who) => ({ path: await begin(server, room, who), headers: tus }) },
  { route: 'HEAD /api/v1/rooms/{room}/files/{id}', variant: 'the draft', may: 'uploader', gets: '204', make: async (server, room, who) => ({ path: await begin(server, room, who) }) },
  { route: 'PATCH /api/v1/rooms/{room}/files/{id}', may: 'uploader', gets: '204', once: true,
    make: async (server, room, who) => ({ path: await begin(server, room, who), headers: { ...tus, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' }, body: 'four' }) },
  { route: 'PATCH /api/v1/rooms/{room}/files/{id}', variant: 'the draft', may: 'uploader', gets: '200', once: true,
    make: async (server, room, who) => ({ path: await begin(server, room, who), headers: { 'Upload-Complete': '?1', 'Upload-Offset': '0', 'Content-Type': 'application/partial-upload' }, body: 'four' }) },
  { route: 'DELETE /api/v1/rooms/{room}/files/{id}', may: 'remover', gets: '204', once: true, make: async (server, room, who) => ({ path: await begin(server, room, who) }) },
  { route: 'GET /api/v1/rooms/{room}/files/{id}/content', may: 'members', gets: '302', make: async (server, room, who) => ({ path: `${api(room)}/files/${(await store(server, room, who)).id}/content` }) },
  { route: 'GET /api/v1/rooms/{room}/files/{id}/preview', may: 'members', gets: '200', make: async (server, room, who) => ({ path: `${api(room)}/files/${(await store(server, room, who)).id}/preview` }) },
  // This server keeps its files in a folder and has no direct uploads, which only members learn; tests/protocol/direct.test.mjs has the store.
  { route: 'POST /api/v1/rooms/{room}/direct-uploads', may: 'members', gets: '404 no_direct_uploads', make: (_, room) => ({ path: `${api(room)}/direct-uploads`, ...json({ name: 'a', size_bytes: 1 << 25 }) }) },
  ...['GET', 'POST links', 'PUT parts/{number}', 'POST complete'].map(line => line.split(' ')).map(([method, tail]) => ({
    route: `${method} /api/v1/rooms/{room}/direct-uploads/{id}${tail ? `/${tail}` : ''}`, may: 'members', gets: '404 not_found',
    make: async (server, room, who) => ({ path: `${api(room)}/direct-uploads/${idOf(await begin(server, room, who))}${tail ? `/${tail.replace('{number}', '1')}` : ''}`, ...(method === 'GET' ? {} : json(tail === 'links' ? { parts: [{ number: 1, md5: Buffer.alloc(16).toString('base64') }] } : tail === 'complete' ? {} : { etag: 'x', crc32: 1 })) }),
  })),
  { route: 'GET /api/v1/rooms/{room}/archive.zip', may: 'members', gets: '200', make: async (server, room, who) => (await store(server, room, who), { path: `${api(room)}/archive.zip` }) },
  { route: 'GET /d/{file}', may: 'asker', gets: '200',
    make: async (server, room, who) => ({ path: (await ask(server, 'GET', `${api(room)}/files/${(await store(server, room, who)).id}/content`, { headers: who })).headers.location }) },
]
export const nameOf = row => row.route + (row.variant ? ` (${row.variant})` : '')
