// Alerts and dashboard: Prometheus takes them, they fire when they should, and what they ask for is what nodes say.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { Engines } from '../support/cluster.mjs'
import { generous, makeFolder, Server } from '../support/server.mjs'

const deploy = fileURLToPath(new URL('../../deploy/monitoring/', import.meta.url))
const rules = `${deploy}alerts.yaml`
const alerts = parse(readFileSync(rules, 'utf8')).groups.flatMap(group => group.rules)
const dashboard = JSON.parse(readFileSync(`${deploy}dashboard.json`, 'utf8'))
const graphs = dashboard.panels.filter(panel => panel.type !== 'row')
const folder = makeFolder('monitoring')

function promtool(...args) {
  try {
    return execFileSync('promtool', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    throw new Error(`${error.stdout}${error.stderr}`)
  }
}
function fileOf(name, content) {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  return join(folder, name)
}

/** Names of the metrics that a node with these settings tells, a histogram's by its parts. */
async function metricsOf(env) {
  const server = await Server.alone({ ...generous, ...env, FLEETING_METRICS_LISTEN: '127.0.0.1:0' })
  try {
    const port = /metrics_port=(\d+)/.exec(server.log)[1]
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    return { text, names: new Set(text.match(/^fleeting_\w+/gm)) }
  } finally {
    await server.stop()
  }
}

let engines, told
before(async () => {
  engines = await Engines.start()
  told = await metricsOf({ ...engines.makeSpace('monitoring'), FLEETING_SCAN_SOCKET: '/run/nobody' })
}, { timeout: 120_000 })
after(() => engines?.stop())

const asked = [...alerts.map(alert => [alert.alert, alert.expr]), ...graphs.flatMap(panel => panel.targets.map(target => [panel.title, target.expr]))]

test('every metric that an alert or a graph asks for is one that nodes tell', () => {
  for (const [what, expression] of asked)
    for (const name of expression.match(/fleeting_\w+/g) ?? []) assert.ok(told.names.has(name), `${what}: ${name}`)
})

test('every metric that nodes tell is in a graph', () => {
  const shown = asked.map(([, expression]) => expression).join()
  for (const name of told.text.match(/(?<=^# TYPE )\w+/gm)) assert.ok(shown.includes(name), name)
})

test('the manual names no metric that isn\'t there', () => {
  for (const page of ['operating.md', 'operations.md'])
    for (const name of readFileSync(fileURLToPath(new URL(`../../docs/${page}`, import.meta.url)), 'utf8').match(/fleeting_[a-z0-9_]+_(total|seconds|waiting|open|connected)\b/g))
      assert.ok([...told.names].some(each => each.startsWith(name)), `${page}: ${name}`)
})

test('Prometheus takes the alerts, and each graph\'s questions', () => {
  assert.match(promtool('check', 'rules', rules), new RegExp(`SUCCESS: ${alerts.length} rules found`))
  const questions = graphs.flatMap(panel => panel.targets.map(target => target.expr.replaceAll('$__rate_interval', '5m')))
  const recording = { groups: [{ name: 'graphs', rules: questions.map((expr, i) => ({ record: `graph:${i}`, expr })) }] }
  promtool('check', 'rules', '--lint=none', fileOf('graphs.json', recording))
  recording.groups[0].rules[0].expr += ')'
  assert.throws(() => promtool('check', 'rules', '--lint=none', fileOf('broken.json', recording)), 'a wrong one is told')
})

// For each alert what makes it fire, a value a minute.
const fires = {
  FleetingDown: { 'up{job="fleeting"}': '0x30' },
  FleetingRoomsErasedLate: { fleeting_room_erase_lateness_seconds_count: '0x17 1x12', 'fleeting_room_erase_lateness_seconds_bucket{le="1"}': '0x30' },
  FleetingBlobsNotErased: { fleeting_erase_failures_total: '0+60x30' },
  FleetingClockOff: { fleeting_clock_offset_seconds: '-1.5x30' },
  FleetingPasswordsGuessed: { fleeting_password_hashes_total: '0+300x30' },
  FleetingJoinsWait: { fleeting_password_checks_waiting: '60x30' },
  FleetingDiskSlow: { fleeting_disk_work_waiting: '700x30' },
  FleetingConnectionsNearLimit: { fleeting_connections_open: '15000x30' },
  FleetingScansWait: { fleeting_scan_oldest_wait_seconds: '0+60x30' },
  FleetingDatabaseSlow: { fleeting_database_calls_waiting: '3x30' },
  FleetingRedisAway: { fleeting_redis_connected: '0x30' },
  FleetingStoreFails: { fleeting_s3_failures_total: '0+100x30', fleeting_s3_calls_total: '0+1000x30' },
  FleetingStoreSlow: { fleeting_s3_calls_waiting: '100x30' },
}
const healthy = {
  'up{job="fleeting"}': '1x30', fleeting_room_erase_lateness_seconds_count: '0+20x30', 'fleeting_room_erase_lateness_seconds_bucket{le="1"}': '0+20x30',
  fleeting_erase_failures_total: '0x30', fleeting_clock_offset_seconds: '-0.3x30', fleeting_password_hashes_total: '0+60x30',
  fleeting_password_checks_waiting: '2 40 3 1 2x14 50 0x10', fleeting_disk_work_waiting: '10x18 900 10x12', fleeting_connections_open: '8000x30',
  fleeting_scan_oldest_wait_seconds: '0 20 400 0x27',
  fleeting_database_calls_waiting: '0 5 0 0 9 0x13 5 0x10', fleeting_redis_connected: '1x30', fleeting_s3_failures_total: '0+1x30', fleeting_s3_calls_total: '0+1000x30',
  fleeting_s3_calls_waiting: '30x30',
}

/** As Prometheus 3 writes the bounds of a histogram. */
const bounds3 = series => Object.fromEntries(Object.entries(series).map(([name, values]) => [name.replace('le="1"', 'le="1.0"'), values]))

/** A test for promtool: on these series exactly these alerts fire after 20 minutes. */
const caseOf = (name, series, expected) => ({
  name, interval: '1m', input_series: Object.entries(series).map(([each, values]) => ({ series: each, values })),
  promql_expr_test: [{ expr: 'count by (alertname) (ALERTS{alertstate="firing"})', eval_time: '20m', exp_samples: expected.map(alertname => ({ labels: `{alertname="${alertname}"}`, value: 1 })) }],
})
const check = (name, ...cases) => promtool('test', 'rules', fileOf(name, { rule_files: [rules], evaluation_interval: '1m', tests: cases }))

test('a healthy node raises no alert, nor does one without PostgreSQL, Redis, S3 and ClamAV', () => {
  const alone = Object.fromEntries(Object.entries(healthy).filter(([name]) => !/_(redis|s3|database|scan)_/.test(name)))
  check('healthy.json', caseOf('healthy', healthy, []), caseOf('alone', alone, []))
})

test('each alert is raised by what it is about, and by nothing else', () => {
  assert.deepEqual(Object.keys(fires).sort(), alerts.map(alert => alert.alert).sort())
  const cases = Object.entries(fires).map(([alert, ill]) => [alert, { ...healthy, ...ill }])
  for (const write of [series => series, bounds3])
    check('ill.json', ...cases.map(([alert, series]) => caseOf(alert, write(series), [alert])))
  assert.throws(() => check('wrong.json', caseOf('wrong', healthy, ['FleetingDown'])), 'a wrong expectation is told')
})

test('the dashboard is one that Grafana lays out: ids of their own, no panel on another, a data source that is chosen', () => {
  const { panels } = dashboard
  assert.equal(new Set(panels.map(panel => panel.id)).size, panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`))
  assert.equal(new Set(cells).size, cells.length)
  const variables = dashboard.templating.list.map(variable => variable.name)
  for (const panel of graphs) {
    assert.equal(panel.datasource.uid, '${datasource}')
    for (const { expr } of panel.targets)
      for (const [, used] of expr.matchAll(/\$(?!__)(\w+)/g)) assert.ok(variables.includes(used), `${panel.title}: $${used}`)
  }
})
