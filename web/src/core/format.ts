import { say, t } from '../i18n'

const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** `1.2 GB`: decimal units, as file managers show them. */
export function formatSize(bytes: number): string {
  let unit = 0
  while (bytes >= 999.5 && unit < units.length - 1) {
    bytes /= 1000
    unit++
  }
  const whole = unit === 0 || bytes >= 99.95
  return `${say().number(whole ? Math.round(bytes) : bytes, whole ? 0 : 1)} ${units[unit]}`
}

/** `1 h 52 min`, `4 min`, `0:48`: what is left of a room or an upload. */
export function formatLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return seconds < 60 ? formatClock(seconds) : inShort(Math.ceil(seconds / 60))
}

/** `0:48`, `12:05`: a wait that is counted down. */
export const formatClock = (seconds: number) => `${say().number(Math.floor(seconds / 60))}:${say().twoDigits(seconds % 60)}`

/** `20 s`, `10 min`, `1 hour`, `1 h 30 min`: a length of time that is chosen. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${say().number(seconds)} ${t.short.second}`
  const minutes = Math.round(seconds / 60)
  return minutes % 60 === 0 ? t.hours(minutes / 60) : inShort(minutes)
}

function inShort(allMinutes: number): string {
  const [hours, minutes] = [Math.floor(allMinutes / 60), allMinutes % 60]
  const parts = [hours > 0 && `${say().number(hours)} ${t.short.hour}`, minutes > 0 && `${say().number(minutes)} ${t.short.minute}`]
  return parts.filter(Boolean).join(' ')
}

/** `10:32:07`, as this place writes it. */
export const formatTime = (at: string) => say().time(at)

/** `10:32`: where nobody counts seconds. */
export const formatMinute = (at: string) => say().minute(at)

/** Letters for a file's mark: its ending, at most four. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  const slash = name.lastIndexOf('/')
  return dot > slash + 1 && name.length - dot <= 5 ? name.slice(dot + 1).toUpperCase() : 'FILE'
}
