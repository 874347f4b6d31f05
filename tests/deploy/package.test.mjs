// The life of the Debian package on a bare Debian 12 with systemd: installed, used, upgraded, removed, purged.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { Debian } from '../support/debian.mjs'
import { binary, eventually, makeFolder } from '../support/server.mjs'

const next = '99.0.0'
let debian, first, second
const folder = makeFolder('packages')

function pack(...options) {
  const to = join(folder, String(readdirSync(folder).length))
  mkdirSync(to)
  execFileSync('cpack', ['--config', join(dirname(binary), 'CPackConfig.cmake'), '-B', to, ...options], { stdio: ['ignore', 'ignore', 'pipe'] })
  return join(to, readdirSync(to).find(name => name.endsWith('.deb')))
}

before(async () => {
  const packages = [pack(), pack('-D', `CPACK_PACKAGE_VERSION=${next}`)]
  ;[first, second] = packages.map(name => `/root/${basename(name)}`)
  debian = await Debian.start({ files: { [first]: packages[0], [second]: packages[1] }, download: [first] })
}, { timeout: 600_000 })
after(() => debian?.stop())

const apt = what => debian.run(`apt-get -y -q ${what}`)
const state = async () => [await debian.ask('systemctl is-enabled fleeting || true'), await debian.ask('systemctl is-active fleeting || true')]
const pid = () => debian.ask('systemctl show -P MainPID fleeting')
const curl = what => debian.ask(`curl -sS --fail-with-body --max-time 10 ${what}`)
const url = 'http://127.0.0.1:8000'
const isReady = () => eventually(() => curl(`${url}/readyz`).then(() => true, () => false), 20_000, 'the service is ready').catch(async error => {
  throw new Error(`${error.message}: ${await debian.ask('journalctl -u fleeting --no-pager | tail -20')}`)
})

test('apt installs it with what it needs, and it serves', async () => {
  await apt(`install ${first}`)
  await isReady()
  assert.deepEqual(await state(), ['enabled', 'active'])
  assert.equal(await debian.ask('stat -c "%a %U" /etc/fleeting.env'), '600 root')
  assert.match(await debian.ask('dpkg-query -W -f "\\${Conffiles}" fleeting'), /^\s*\/etc\/fleeting\.env \w+$/)
  // Nothing of a version's in it, or each new setting would have dpkg ask at an upgrade what to do with the operator's.
  assert.equal(await debian.ask("grep -v '^#' /etc/fleeting.env"), 'FLEETING_DATA_DIR=/var/lib/fleeting')
  assert.match(await debian.ask('cat /usr/share/doc/fleeting/examples/fleeting.env'), /^#FLEETING_ROOM_TTL=30min$/m)
  assert.match(await debian.ask('fleeting doctor --config /etc/fleeting.env http://127.0.0.1:8000'), /^well {2}uploads: /m)
  assert.notEqual(await debian.ask(`awk '/^Uid/ { print $2 }' /proc/${await pid()}/status`), '0')
  assert.equal(await debian.ask('dpkg -V fleeting'), '')
  assert.match(await debian.ask('journalctl -u fleeting -o cat --no-pager'), /listening 127\.0\.0\.1:8000/)
  assert.match(await debian.ask('journalctl -u fleeting -o cat --no-pager'), /sandbox files by Landlock \d+, system calls by seccomp/)
  assert.doesNotMatch(await debian.ask('journalctl -u fleeting -o cat --no-pager'), /warning|error/)
})

test('an upgrade keeps settings, rooms and files, and the new binary runs', async () => {
  await curl(`${url}/api/v1/rooms --json '{"name": "moving-day", "password": "blue otter lamp"}'`)
  await debian.run('head -c 3000000 /dev/urandom >/root/box')
  await curl(`-u ':blue otter lamp' -T /root/box ${url}/moving-day/`)
  await debian.run('echo FLEETING_ROOM_TTL=20min >>/etc/fleeting.env')
  const before = await pid()
  await apt(`install ${second}`)
  await isReady()
  assert.notEqual(await pid(), before)
  assert.deepEqual(await state(), ['enabled', 'active'])
  assert.equal(await debian.ask('dpkg-query -W -f "\\${Version}" fleeting'), `${next}-1`)
  assert.match(await curl(`${url}/api/v1/limits`), /"default":1200/)
  await curl(`-u ':blue otter lamp' -o /root/back ${url}/moving-day/box`)
  await debian.run('cmp /root/box /root/back')
})

test('with its socket held, an upgrade refuses nobody', async () => {
  await debian.run('systemctl stop fleeting && systemctl enable --now fleeting.socket && systemctl start fleeting')
  await isReady()
  const before = await pid()
  const ask = `while [ -e /root/asking ]; do curl -sS --fail --max-time 20 -o /dev/null ${url}/healthz || echo refused; echo asked; done`
  await debian.run('touch /root/asking')
  const asked = debian.ask(ask)
  await apt(`install --reinstall ${second}`)
  await isReady()
  await debian.run('rm /root/asking')
  assert.notEqual(await pid(), before)
  const answers = (await asked).split('\n')
  assert.ok(answers.length > 20, `${answers.length} answers`)
  assert.deepEqual(answers.filter(line => line !== 'asked'), [])
  await debian.run('systemctl disable --now fleeting.socket && systemctl restart fleeting')
  await isReady()
})

test('what an administrator disabled stays so through an upgrade', async () => {
  await debian.run('systemctl disable --now fleeting')
  await apt(`install --allow-downgrades ${first}`)
  assert.deepEqual(await state(), ['disabled', 'inactive'])
  await debian.run('systemctl enable --now fleeting')
  await isReady()
})

test('removed, it is stopped, and settings and rooms wait', async () => {
  await apt('remove fleeting')
  assert.equal((await state())[1], 'inactive')
  await assert.rejects(debian.run('command -v fleeting'))
  assert.match(await debian.ask('grep -c 20min /etc/fleeting.env'), /^1$/)
  assert.match(await debian.ask('ls /var/lib/private/fleeting'), /fleeting\.db/)
  await apt(`install ${first}`)
  await isReady()
  assert.deepEqual(await state(), ['enabled', 'active'])
})

test('purged, it leaves nothing', async () => {
  await apt('purge fleeting')
  await assert.rejects(debian.run('pgrep -x fleeting'))
  const left = await debian.ask("find / -xdev -iname '*fleeting*' -not -path '/proc/*' -not -path '/sys/*' -not -path '/root/*'; find /var/lib/private -mindepth 1")
  assert.equal(left, '')
  const known = await debian.ask("systemctl list-unit-files --no-legend && dpkg-query -W -f '${Package}\\n'")
  assert.match(known, /^dpkg$/m, 'those that stay are told')
  assert.doesNotMatch(known, /fleeting/)
})
