// deploy/cloud-init.yaml on a bare Debian 12: from the first boot to a room over HTTPS. Only the two names it asks for are changed; what it
// installs was fetched before, as the machine has no network. Nightly, or with CLOUD_INIT=1.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { Debian } from '../support/debian.mjs'
import { binary, eventually, makeFolder } from '../support/server.mjs'

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url))
const text = readFileSync(join(deploy, 'cloud-init.yaml'), 'utf8')
const skip = !process.env.CLOUD_INIT
const name = 'files.localhost'  // for which Caddy is its own authority
const seed = '/var/lib/cloud/seed/nocloud'
let debian

function userData() {
  const changes = [['files.example', name], [/https:\S+\.deb/, 'file:///root/first.deb']]
  return changes.reduce((text, [from, to]) => {
    assert.ok(text.search(from) >= 0, `${from} is there`)
    return text.replace(from, to)
  }, text)
}

before(async () => {
  if (skip)
    return
  const folder = makeFolder('cloud-init')
  mkdirSync(join(folder, 'package'))
  execFileSync('cpack', ['--config', join(dirname(binary), 'CPackConfig.cmake'), '-B', join(folder, 'package')], { stdio: ['ignore', 'ignore', 'pipe'] })
  writeFileSync(join(folder, 'user-data'), userData())
  writeFileSync(join(folder, 'meta-data'), 'instance-id: first\nlocal-hostname: files\n')
  debian = await Debian.start({
    files: { '/root/first.deb': join(folder, 'package', readdirSync(join(folder, 'package')).find(file => file.endsWith('.deb'))),
      '/root/user-data': join(folder, 'user-data'), '/root/meta-data': join(folder, 'meta-data') },
    download: ['/root/first.deb', 'cloud-init', 'locales', 'caddy', 'curl', 'unattended-upgrades']
  })
  await debian.run(`echo 127.0.0.1 localhost >>/etc/hosts; apt-get install -y -q cloud-init locales && echo en_US.UTF-8 UTF-8 >>/etc/locale.gen && locale-gen && mkdir -p ${seed} && cp /root/*-data ${seed}/`)
}, { timeout: 600_000 })
after(() => debian?.stop())

/** What Caddy makes of a configuration in a folder. */
const adapted = folder => JSON.parse(execFileSync('caddy', ['adapt', '--config', join(folder, 'Caddyfile')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))

test('Caddy does there what its sample says', () => {
  const folder = makeFolder('caddy')
  const { write_files: files, runcmd: [script] } = parse(text)
  for (const { path, content } of files) writeFileSync(join(folder, basename(path)), content)
  const line = /printf .*(?= >\/etc\/caddy\/Caddyfile)/.exec(script)[0]
  writeFileSync(join(folder, 'Caddyfile'), execFileSync('sh', ['-c', line], { env: { name: 'files.example' } }))
  assert.deepEqual(adapted(folder), adapted(deploy))
})

const curl = what => debian.ask(`curl -sS --fail-with-body --max-time 10 --cacert /var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt --resolve ${name}:443:127.0.0.1 ${what}`)

test('cloud-init takes the file, and the machine serves rooms over HTTPS', { skip, timeout: 400_000 }, async () => {
  await debian.run(`cloud-init schema --config-file ${seed}/user-data`)
  for (const stage of ['init --local', 'init', 'modules --mode=config', 'modules --mode=final'])
    await debian.run(`cloud-init ${stage}`).catch(async error => assert.fail(`${error.message}: ${error.stdout.slice(-3000)} ${await debian.ask('grep -a -B2 -A9 -e WARN -e Traceback /var/log/cloud-init.log | tail -20; journalctl -u caddy -o cat --no-pager | tail -20')}`))
  await eventually(() => curl(`https://${name}/readyz`).then(() => true, () => false), 30_000, 'it serves').catch(async error => {
    throw new Error(`${error.message}: ${await debian.ask('tail -40 /var/log/cloud-init-output.log; journalctl -u fleeting -u caddy --no-pager | tail -20')}`)
  })
  await curl(`https://${name}/api/v1/rooms --json '{"name": "moving-day", "password": "blue otter lamp"}'`)
  await debian.run('head -c 3000000 /dev/urandom >/root/box')
  await curl(`-u ':blue otter lamp' -T /root/box https://${name}/moving-day/`)
  await curl(`-L -u ':blue otter lamp' -o /root/back https://${name}/moving-day/box`)
  await debian.run('cmp /root/box /root/back')
})

test('both services start with the machine, and only the proxy listens outside', { skip }, async () => {
  assert.equal(await debian.ask('systemctl is-enabled fleeting caddy | sort -u'), 'enabled')
  assert.match(await debian.ask('awk \'$4 == "0A" { print $2 }\' /proc/net/tcp'), /^0100007F:1F40$/m)
  await assert.rejects(debian.run("awk '$4 == \"0A\" { print $2 }' /proc/net/tcp /proc/net/tcp6 | grep -v 0100007F | grep 1F40"))
})
