import '../shared'
import { encode } from 'uqr'
import { t } from '../i18n'
import { memo } from './memo'

/** A text to be scanned. */
export const Code = memo<{ text: string }>(({ text }) => {
  const { data, size } = encode(text, { border: 2 })
  const d = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('')
  return <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t.qr} shape-rendering="crispEdges"><path d={d} /></svg>
})
