// Runs cases: lists of requests with what their answers must be. README.md has the format.
import { readFileSync } from 'node:fs'
import { send } from './client.mjs'

export const loadSuite = name => JSON.parse(readFileSync(new URL(`cases/${name}.json`, import.meta.url), 'utf8'))

const filled = (value, variables) => {
  if (typeof value === 'string') return value.replace(/\{(\w+)\}/g, (all, name) => variables[name] ?? all)
  if (Array.isArray(value)) return value.map(item => filled(item, variables))
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, variables)]))
  return value
}

const statusFits = (status, wanted) => [wanted].flat().some(one => (typeof one === 'number' ? status === one : String(status)[0] === one[0]))

/** What is wrong with one field, or nothing. `wanted`: a string, {matches}, {absent: true}, {at_least, at_most}. */
function fieldFault(name, value, wanted) {
  if (wanted?.absent) return value === undefined ? undefined : `${name} is there: ${value}`
  if (value === undefined) return `${name} is missing`
  if (wanted?.matches) return new RegExp(wanted.matches).test(value) ? undefined : `${name} is ${value}, not /${wanted.matches}/`
  if (wanted?.at_least !== undefined || wanted?.at_most !== undefined)
    return Number(value) >= (wanted.at_least ?? 0) && Number(value) <= (wanted.at_most ?? Infinity) ? undefined : `${name} is ${value}`
  return value === wanted ? undefined : `${name} is ${value}, not ${wanted}`
}

const fieldFaults = (headers, wanted = {}) => Object.entries(wanted).map(([name, value]) => fieldFault(name, headers[name.toLowerCase()], value)).filter(Boolean)

function interimFaults(interim, wanted) {
  const faults = []
  for (const one of wanted.has ?? [])
    if (!interim.some(info => info.status === one.status && fieldFaults(info.headers, one.headers).length === 0))
      faults.push(`no ${one.status} ${JSON.stringify(one.headers ?? {})} among ${JSON.stringify(interim)}`)
  for (const status of wanted.lacks ?? []) if (interim.some(info => info.status === status)) faults.push(`a ${status} came`)
  return faults
}

function jsonFaults(text, wanted) {
  let body
  try { body = JSON.parse(text) } catch { return [`the body is no JSON: ${text.slice(0, 80)}`] }
  return Object.entries(wanted).filter(([name, value]) => body[name] !== value).map(([name, value]) => `${name} is ${JSON.stringify(body[name])}, not ${JSON.stringify(value)}`)
}

function faultsOf(answer, expect) {
  if (expect.cut) return answer.cut ? [] : [`answered ${answer.status}, though the connection should have ended`]
  if (answer.cut) return expect.may_be_cut ? [] : ['the connection ended without an answer']
  const faults = []
  if (expect.status !== undefined && !statusFits(answer.status, expect.status)) faults.push(`status ${answer.status}, not ${[expect.status].flat().join(' or ')}: ${answer.text.slice(0, 200)}`)
  faults.push(...fieldFaults(answer.headers, expect.headers))
  if (expect.interim) faults.push(...interimFaults(answer.interim, expect.interim))
  if (expect.json) faults.push(...jsonFaults(answer.text, expect.json))
  if (expect.text !== undefined && answer.text !== expect.text) faults.push(`the body is ${answer.text.slice(0, 80)}`)
  return faults
}

/** Keeps what later steps name: `save: {upload: "Location"}` of the answer's fields, or of its first 104's with `save_interim`. */
function save(answer, step, variables, url) {
  const keep = (names, headers) => Object.entries(names ?? {}).forEach(([name, field]) => {
    const value = headers?.[field.toLowerCase()]
    if (value !== undefined) variables[name] = field.toLowerCase() === 'location' ? new URL(value, url).href : value
  })
  keep(step.save, answer.headers)
  keep(step.save_interim, answer.interim?.find(info => info.status === 104)?.headers)
}

/** Runs one case; resolves with its faults, none when it holds. */
export async function runCase(test, { endpoint, headers = {}, variables: given = {} }) {
  const variables = { endpoint, ...given }
  const held = []
  try {
    for (const [index, raw] of test.steps.entries()) {
      const step = filled(raw, variables)
      const at = fault => `step ${index + 1} (${step.method ?? 'held'} ${step.note ?? ''}): ${fault}`
      if (step.held !== undefined) {
        const faults = faultsOf(await held[step.held].answer, step.expect)
        if (faults.length > 0) return faults.map(at)
        continue
      }
      const url = new URL(step.target ?? variables.endpoint)
      const started = Date.now()
      const answer = await send(url, { ...step, headers: { ...headers, ...step.headers } })
      if (answer.held) { held.push(answer); await new Promise(resolve => setTimeout(resolve, step.settle_ms ?? 150)); continue }
      save(answer, step, variables, url)
      const faults = faultsOf(answer, step.expect ?? {})
      if (step.expect?.within_ms && Date.now() - started > step.expect.within_ms) faults.push(`took ${Date.now() - started} ms`)
      if (faults.length > 0) return faults.map(at)
    }
    return []
  } catch (error) {
    return [String(error)]
  } finally {
    for (const one of held) one.held.destroy()
  }
}

/** The cases of a suite that apply to `version` and to none of the extensions in `without`. */
export const casesFor = (suite, version, without = []) => suite.cases
  .filter(test => (test.versions === undefined || test.versions.includes(version)) && !without.some(extension => test.needs?.includes(extension)))
  .map(test => ({ ...test, steps: test.steps.map(step => ({ ...step, headers: { ...suite.headers, ...step.headers } })) }))
