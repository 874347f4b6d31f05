// What the program is made of, as tools/sbom.py tells it beside a package.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { binary } from '../support/server.mjs'

const root = new URL('../../', import.meta.url).pathname
const list = () => execFileSync(`${root}tools/sbom.py`, [dirname(binary)], { encoding: 'utf8', env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' } })
const told = JSON.parse(list())
const named = name => told.components.find(component => component.name === name)

test('every library that the program is linked to is listed with the version that is installed', () => {
  for (const name of ['libsqlite3-0', 'libssl3', 'libsodium23', 'libpq5', 'libc6'])
    assert.equal(named(name)?.version, execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' }), name)
  const linked = execFileSync('ldd', [binary], { encoding: 'utf8' }).match(/=> \//g).length
  const listed = told.components.filter(component => component.properties[0].value === 'linked').length
  assert.ok(listed > 20 && listed <= linked, `${listed} packages of ${linked} libraries`)
  assert.ok(named('libcli11-dev'), 'headers are compiled in')
})

test('every npm package of the page is listed with the digest it is locked to, and no tool', () => {
  const locked = JSON.parse(readFileSync(`${root}web/package-lock.json`)).packages
  for (const [path, { dev, version, integrity }] of Object.entries(locked)) {
    if (!path)
      continue
    const found = told.components.find(({ purl }) => purl === `pkg:npm/${path.split('node_modules/').at(-1).replace('@', '%40')}@${version}`)
    assert.equal(Boolean(found), !dev, path)
    if (found)
      assert.equal(Buffer.from(found.hashes[0].content, 'hex').toString('base64'), integrity.split('-')[1], path)
  }
})

test('it is CycloneDX, and the same each time', () => {
  assert.deepEqual([told.bomFormat, told.specVersion, told.metadata.timestamp], ['CycloneDX', '1.5', '2023-11-14T22:13:20Z'])
  assert.equal(new Set(told.components.map(component => component['bom-ref'])).size, told.components.length)
  assert.equal(list(), list())
})
