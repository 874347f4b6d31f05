// What a page can do to make a browser ask something of another server, with whatever the browser adds.

/**
 * Runs in a page, as its text: asks every `{ method, url, headers, body }` in each way that a page has; what it could read of the answers,
 * or load of them, as sentences. `most` ms are waited for what tells no end.
 */
export async function askAll({ asks, most }) {
  const got = []
  // A frame loads whatever it is shown, and what was fetched ahead nobody sees.
  const tellsNothing = ({ rel, src, data }, tag) => rel === 'prefetch' || data || (tag === 'iframe' && src)
  const load = (tag, set) => new Promise(resolve => {
    const element = Object.assign(document.createElement(tag), set)
    for (const over of ['load', 'loadedmetadata']) element.addEventListener(over, () => { if (!tellsNothing(set, tag)) got.push(`${tag} ${Object.values(set)[0]}`); resolve() })
    element.addEventListener('error', resolve)
    document.body.append(element)
  })
  const read = async (what, asked) => { const answer = await asked; if (answer.type !== 'opaque') got.push(`${what} ${answer.status}`) }
  const formOf = body => { const form = new FormData(); form.append('file', new Blob([body]), 'planted'); return form }
  const xhr = ({ method, url, headers, body }) => new Promise(resolve => {
    const asked = Object.assign(new XMLHttpRequest(), { withCredentials: true, onloadend: resolve, onload: () => got.push(`XHR ${method} ${url} ${asked.status}`) })
    asked.open(method, url)
    for (const [name, value] of Object.entries(headers)) asked.setRequestHeader(name, value)
    asked.send(body)
  })
  // A body of JSON is one field's name and value around a sign of equality, where a form is sent as plain text.
  const fields = (body, type) => (type === 'text/plain' ? [[body.slice(0, -2), body.slice(-2)]] : [...new URLSearchParams(body)])
  const submit = ({ url, body }, enctype, target) => {
    const frame = Object.assign(document.createElement('iframe'), { name: target })
    const form = Object.assign(document.createElement('form'), { method: 'post', action: url, enctype, target })
    for (const [name, value] of fields(body, enctype)) form.append(Object.assign(document.createElement('input'), { name, value }))
    if (enctype === 'multipart/form-data') {
      const file = Object.assign(document.createElement('input'), { type: 'file', name: 'file' })
      const chosen = new DataTransfer()
      chosen.items.add(new File(['planted'], 'planted'))
      file.files = chosen.files
      form.append(file)
    }
    document.body.append(frame, form)
    const over = new Promise(resolve => { frame.addEventListener('load', () => frame.addEventListener('load', resolve)) })
    form.submit()
    return over.then(() => { try { got.push(`frame ${url} ${frame.contentDocument.body.textContent}`) } catch { /* another origin's */ } })
  }
  const events = ({ url }) => new Promise(resolve => {
    const source = new EventSource(url, { withCredentials: true })
    source.onopen = () => { got.push(`events ${url}`); source.close(); resolve() }
    source.onerror = () => { source.close(); resolve() }
  })
  const simple = { mode: 'no-cors', method: 'POST', credentials: 'include' }
  const ping = ({ url }) => { const link = Object.assign(document.createElement('a'), { href: '#', ping: url }); document.body.append(link); link.click() }
  const changing = [
    ask => read(`fetch ${ask.method} ${ask.url}`, fetch(ask.url, { ...ask, credentials: 'include' })),
    ask => read(`bare fetch ${ask.method} ${ask.url}`, fetch(ask.url, { method: ask.method, body: ask.body, credentials: 'include', keepalive: true })),
    xhr,
    ...[ask => ask.body, ask => new URLSearchParams(ask.body), ask => formOf(ask.body)].flatMap(bodyOf => [ask => fetch(ask.url, { ...simple, body: bodyOf(ask) }), ask => navigator.sendBeacon(ask.url, bodyOf(ask))]),
    ...['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'].map((type, n) => (ask, i) => submit(ask, type, `form-${n}-${i}`)),
    ping,
  ]
  const reading = [
    ask => read(`fetch ${ask.url}`, fetch(ask.url, { credentials: 'include' })), ask => fetch(ask.url, { mode: 'no-cors', credentials: 'include' }), xhr, events,
    ({ url }) => load('img', { src: url }), ({ url }) => load('script', { src: url }), ({ url }) => load('link', { href: url, rel: 'stylesheet' }), ({ url }) => load('link', { href: url, rel: 'prefetch' }),
    ({ url }) => load('video', { src: url }), ({ url }) => load('iframe', { src: url }), ({ url }) => load('object', { data: url }),
  ]
  const all = asks.flatMap((ask, i) => (ask.method === 'GET' ? reading : changing).map(async way => way(ask, i)))
  await Promise.race([Promise.allSettled(all), new Promise(resolve => setTimeout(resolve, most))])
  return got
}

/** Runs in a page, as its text: sends a form to where its target says. */
export function sendForm({ url, fields, target }) {
  const form = Object.assign(document.createElement('form'), { method: 'post', action: url, target })
  for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement('input'), { name, value }))
  document.body.append(form)
  form.submit()
}

/** Runs in a page of the server's own: asks each, and tells the status. */
export const askOwn = async asks => Promise.all(asks.map(async ({ method, url, headers, body }) => (await fetch(url, { method, headers, body, redirect: 'manual' })).status))
