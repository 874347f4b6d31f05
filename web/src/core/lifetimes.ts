import { signal } from '@preact/signals'
import { getLimits } from '../api/client'
import type { Limits, Room } from '../api/types'

/** What the server allows. null until it has told. */
export const limits = signal<Limits | null>(null)

/** Asks once; where that fails the page offers no lifetime, and the server's own holds. */
export async function loadLimits() {
  limits.value ??= await getLimits().catch(() => null)
}

const minute = 60
const hour = 60 * minute

/** Lifetimes for a new room, in seconds: the usual ones that are allowed, and the server's own. */
export function lifetimesOf({ min, max, default: own }: Limits['ttl_seconds']): number[] {
  const usual = [10 * minute, 30 * minute, hour, 4 * hour, 24 * hour].filter(s => s >= min && s <= max)
  return [...new Set([...usual, own])].sort((a, b) => a - b)
}

/** In how many seconds from `now` the owner may let an open room end. */
export function endingsOf(room: Room, { min, max }: Limits['ttl_seconds'], now: number): number[] {
  const latest = Date.parse(room.created_at) + max * 1000
  return [5 * minute, 30 * minute, hour, 4 * hour].filter(s => s >= min && now + s * 1000 <= latest)
}
