import { signal } from '@preact/signals'
import { ApiError, type Entered, type Limits, type Snapshot, type Room } from './types'

/** The path the server stands under, from the page it served. */
export const base = typeof document === 'undefined' ? '' : (document.querySelector<HTMLMetaElement>('meta[name=base-path]')?.content ?? '')

export const roomPath = (name: string) => `${base}/${encodeURIComponent(name)}/`
export const apiPath = (name: string, rest = '') => `${base}/api/v1/rooms/${encodeURIComponent(name)}${rest}`

/** The server was busy and will be asked again by itself. */
export const crowded = signal(false)

/**
 * Where a thousand come at one instant the server looks at some, and tells the others when to come back: they do, `tries` times.
 * keepalive    the page may be gone before the answer comes
 */
export async function call<T>(method: string, path: string, body?: unknown, keepalive = false, tries = 30): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) as string, keepalive })
  } catch {
    throw new ApiError('offline', 0)
  }
  // 204 has no body, and nobody asks what came of it.
  const json = await response.json().catch(() => ({}))
  if (json.code === 'busy' && method === 'POST' && tries) {
    crowded.value = true
    return new Promise<T>(done => setTimeout(() => done(call(method, path, body, keepalive, tries - 1)), (json.retry_after_seconds || 1) * 1000))
      .finally(() => (crowded.value = false))
  }
  if (!response.ok) throw new ApiError(json.code ?? 'unavailable', response.status, json.field, json.retry_after_seconds, json.ended_at, json.tries_left)
  return json as T
}

export interface CreateWish { name?: string; password?: string; ttl_seconds?: number; nickname?: string }

export const createRoom = (wish: CreateWish) => call<Entered>('POST', `${base}/api/v1/rooms`, wish)
export const joinRoom = (name: string, password: string, nickname?: string) =>
  call<Entered>('POST', apiPath(name, '/sessions'), { password, nickname })
export const getRoom = (name: string) => call<Snapshot>('GET', apiPath(name))
export const changeRoom = (name: string, change: { ttl_seconds?: number; locked?: boolean; door_locked?: boolean; password?: string }) =>
  call<{ room: Room }>('PATCH', apiPath(name), change)
export const closeRoom = (name: string) => call<void>('DELETE', apiPath(name))
export const leaveRoom = (name: string) => call<void>('DELETE', apiPath(name, '/sessions/me'))
export const removeFile = (name: string, id: string, keepalive = false) => call<void>('DELETE', apiPath(name, `/files/${id}`), undefined, keepalive)
export const removeMember = (name: string, id: string) => call<void>('DELETE', apiPath(name, `/members/${id}`))
export const getLimits = () => call<Limits>('GET', `${base}/api/v1/limits`)

export const previewPath = (room: string, id: string) => apiPath(room, `/files/${id}/preview`)

/** A text file, to be read on the page. */
export async function getText(room: string, id: string): Promise<string> {
  const response = await fetch(previewPath(room, id)).catch(() => null)
  if (!response) throw new ApiError('offline', 0)
  if (response.ok && response.headers.get('Content-Type')?.startsWith('text/plain')) return response.text()
  const problem = (await response.json().catch(() => ({}))) as { code?: string }
  throw new ApiError(problem.code ?? 'not_previewable', response.status)
}
