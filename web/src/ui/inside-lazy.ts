import type { RoomState } from '../core/room'
import { lazy } from './lazy'

/** The room's inside comes while the server is asked for the room: the landing page and a door do without it. */
export const Inside = lazy<{ state: RoomState }>(() => import('./inside').then(module => module.Inside))
