// Guessing: how many reach the hash, what the time tells, and what a flood of guesses does to everybody else.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { eventually, freePort, Server, sleep } from '../support/server.mjs'
import { ask, codeOf, credentials, kPassword, open } from './ask.mjs'
import { flood, isNightly, memoryOf, percentile, tell, timed, wrk } from './load.mjs'

async function withServer(env, work) {
  const metrics = await freePort()
  const settings = { FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_METRICS_LISTEN: `127.0.0.1:${metrics}`, FLEETING_TRUSTED_PROXIES: '127.0.0.1', ...env }
  await Server.during(Server.start(settings), server => {
    server.hashes = async () => Number(/^fleeting_password_hashes_total (\d+)/m.exec(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text())[1])
    return work(server)
  })
}

// The limits' clock goes faster: an hour is this long, and what the defaults let through once in 60 s comes as much sooner.
const hour = isNightly ? 60_000 : 6_000
const faster = period => Math.round(period * hour / 3_600_000)

// Many at once all pass before the first is charged: those are owed afterwards, and an hour may have so many more than its share.
for (const [width, most, what] of [[4, 75, '75 at most reach the hash'], [64, 10 + 60 + 66, 'sent 64 at once no more reach the hash than wait at once beside the hour\'s share']]) {
  test(`of an hour's guesses from ten thousand addresses at one room ${what}`, { timeout: 120_000 }, () => guessForAnHour(width, most))
}

const guessForAnHour = (width, most) =>
  withServer({ FLEETING_RATE_JOIN_ROOM: `10/${faster(60_000)}ms`, FLEETING_RATE_JOIN_NETWORK: `20/${faster(30_000)}ms` }, async server => {
    await open(server, 'lab')
    const before = await server.hashes()
    const [begun, end] = [Date.now(), Date.now() + hour]
    const address = i => `10.${i % 7}.${(i * 7919) % 250}.${(i * 104_729) % 250}`
    const counts = await flood(width, () => Date.now() >= end, async (i, agent) => {
      const headers = { 'X-Forwarded-For': address(i) }
      // By each way in which a password is told.
      const answer = i % 3 === 0 ? await ask(server, 'GET', '/lab/', { headers: { ...headers, ...credentials.basic({ user: `u${i}`, password: `guess ${i} of many` }) }, agent })
        : i % 3 === 1 ? await ask(server, 'POST', '/api/v1/rooms/LAB/sessions', { headers, body: JSON.stringify({ password: `guess ${i} of many` }), agent })
          : await ask(server, 'POST', '/', { headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }, body: `action=enter&name=lab&password=guess+${i}+of+many`, agent })
      return answer.status
    })
    const [hashed, took] = [await server.hashes() - before, Date.now() - begun]
    tell(`guesses in an hour, ${width} at once`, `${Object.values(counts).reduce((a, b) => a + b)}, of which ${hashed} reached the hash`)
    assert.deepEqual(Object.keys(counts).filter(status => !['401', '429', '503'].includes(status)), [])
    assert.ok(counts[429] > 1_000, JSON.stringify(counts))
    // In the short form a minute is over before a busy machine has hashed once, so that some more pass before they are charged.
    const uncharged = isNightly ? 0 : 2 * width
    assert.ok(hashed <= most * Math.max(1, took / hour) + uncharged, `${hashed} in ${took} ms`)
  })

test('asking whether a name is taken is guessing too, and shares its budget', () =>
  withServer({ FLEETING_RATE_JOIN_ROOM: '10/1h' }, async server => {
    await open(server, 'lab')
    const before = await server.hashes()
    const answers = []
    for (let i = 0; i < 40; i++) {
      const headers = { 'X-Forwarded-For': `10.0.${i}.1` }
      const guess = i % 2 ? ask(server, 'POST', '/api/v1/rooms/lab/sessions', { headers, body: '{"password": "not the password"}' }) : ask(server, 'POST', '/api/v1/rooms', { headers, body: '{"name": "lab"}' })
      answers.push(codeOf(await guess))
    }
    assert.deepEqual(answers.slice(10).filter(code => code !== 'rate_limited'), [])
    assert.equal(await server.hashes() - before, 10)
  }))

/** How far apart two sets of times are (Welch's t); the slowest twentieth, which is the machine's, is left out. */
function welch(a, b) {
  const limit = percentile([...a, ...b], 0.95)
  const [x, y] = [a, b].map(times => times.filter(time => time <= limit))
  const mean = times => times.reduce((sum, time) => sum + time, 0) / times.length
  const spread = times => { const m = mean(times); return times.reduce((sum, time) => sum + (time - m) ** 2, 0) / (times.length - 1) / times.length }
  return (mean(x) - mean(y)) / Math.sqrt(spread(x) + spread(y))
}

test('Welch\'s t tells times apart that are apart, and no others', () => {
  const noise = i => Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1
  const times = (count, base) => Array.from({ length: count }, (_, i) => base + noise(i + base * 1000))
  assert.ok(Math.abs(welch(times(300, 5), times(300, 5.0001))) < 4.5)
  assert.ok(Math.abs(welch(times(300, 5), times(300, 5.5))) > 4.5)
})

test('the time of a refusal doesn\'t tell whether the room is there', { timeout: 300_000 }, () => withServer({}, async server => {
  await open(server, 'known')
  const pairs = isNightly ? 2_000 : 150
  const ways = {
    'by the door': (name, agent) => ask(server, 'POST', `/api/v1/rooms/${name}/sessions`, { body: '{"password": "not the password"}', agent }),
    'by HTTP Basic': (name, agent) => ask(server, 'GET', `/${name}/`, { headers: credentials.basic({ user: 'tom', password: 'not the password' }), agent }),
    'by a token': (name, agent) => ask(server, 'GET', `/api/v1/rooms/${name}`, { headers: credentials.bearer({ token: 'f'.repeat(64) }), agent }),
  }
  for (const [way, guess] of Object.entries(ways)) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const seen = []
    do {
      const times = { known: [], other: [] }
      for (let i = 0; i < pairs; i++) {
        // Which of the two comes first changes: what one leaves behind is no sign of the other.
        for (const name of i % 2 ? ['known', 'other'] : ['other', 'known']) {
          const begun = performance.now()
          const { status } = await guess(name, agent)
          times[name].push(performance.now() - begun)
          assert.equal(status, 401)
        }
      }
      seen.push(welch(times.known, times.other))
    } while (Math.abs(seen.at(-1)) >= 4.5 && seen.length < 3)
    agent.destroy()
    tell(`Welch's t ${way}, ${pairs} pairs`, seen.map(t => t.toFixed(2)).join(', '))
    assert.ok(Math.abs(seen.at(-1)) < 4.5, `${way}: ${seen}`)
  }
}))

test('a flood of guesses keeps nobody from their files, and costs bounded memory', { timeout: 180_000 }, () => withServer({ FLEETING_PASSWORD_MEMORY: '46MiB' }, async server => {
  const owner = await open(server, 'lab')
  const put = await ask(server, 'PUT', '/lab/small.bin', { headers: credentials.bearer(owner), body: Buffer.alloc(65_536) })
  assert.equal(put.status, 201)
  const seconds = isNightly ? 60 : 3
  const quiet = await timed(server, '/lab/small.bin', credentials.bearer(owner), (end => () => Date.now() > end)(Date.now() + 1_000))
  const before = memoryOf(server.process.pid)
  let over = false
  // As many rooms as there are guesses: no limit of a room's or an address's ends the flood.
  const lua = `local i = 0
request = function() i = i + 1
  return wrk.format("POST", "/api/v1/rooms/r" .. i .. "/sessions", { ["X-Forwarded-For"] = "10." .. i % 200 .. "." .. math.floor(i / 200) % 200 .. ".1" }, '{"password": "not the password"}') end
counts = {}
response = function(status) counts[status] = (counts[status] or 0) + 1 end
done = function() end`
  const flooding = wrk(server.folder, server.url, { connections: 128, seconds, lua }).finally(() => { over = true })
  await sleep(200)
  const took = await timed(server, '/lab/small.bin', credentials.bearer(owner), () => over)
  const report = await flooding
  const grown = memoryOf(server.process.pid, 'VmHWM') - before
  tell('hash flood', `${/Requests\/sec:\s+([\d.]+)/.exec(report)[1]} joins/s; download p99 ${percentile(took, 0.99).toFixed(1)} ms (quiet ${percentile(quiet, 0.99).toFixed(1)} ms, wanted 25); +${grown.toFixed(0)} MiB`)
  assert.ok(took.length > 20, 'downloads went on')
  assert.ok(grown <= 150, `${grown} MiB`)
  // What still waited for a worker when the flood ended is done first.
  const join = () => ask(server, 'POST', '/api/v1/rooms/lab/sessions', { body: JSON.stringify({ password: kPassword }) })
  await eventually(async () => (await join()).status === 201, 10_000, 'the door opens again')
}))
