import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { base, crowded } from '../api/client'
import { isOutdated } from '../core/later'
import { currentLanguage, languages, speakAlways, t, type LanguageCode } from '../i18n'

/** The lamp over every page, and its pool of light: as wide as the share of the room's time that is left. */
export function Frame({ share, people = 0, children }: { share: number; people?: number; children: ComponentChildren }) {
  const pool = useRef<HTMLDivElement>(null)
  // Set on the object model: the page's policy allows no style attributes.
  useLayoutEffect(() => pool.current?.style.setProperty('--share', share.toFixed(3)), [share])
  useEffect(keepPage, [])
  return (
    <div ref={pool} class={share <= 0 ? 'frame dusk' : 'frame'}>
      <div class="pool" aria-hidden="true" />
      <Lamp />
      <header class="top">
        <a class="mark" href={`${base}/`} aria-label={t.product}>
          <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><path d="M16 3v6" class="cord" /><path d="M4 23a12 13 0 0 1 24 0z" class="shade" /><rect x="3" y="23" width="26" height="3" rx="1.5" class="glow" /></svg>
          <span>{t.product}</span>
        </a>
        <div class="aside">
          {people > 0 && <span class="people">{t.people(people)}</span>}
          <LanguageChoice />
        </div>
      </header>
      {children}
      {isOutdated.value && <p class="notice crowd" role="alert">{t.outdated}<button class="quiet" onClick={() => location.reload()}>{t.reload}</button></p>}
      {crowded.value && <p class="notice crowd" role="alert">{t.crowded}</p>}
    </div>
  )
}

/** Each language by its own name; a change is seen at once, and nothing that runs is disturbed. */
function LanguageChoice() {
  return (
    <select class="languages" aria-label={t.language} value={currentLanguage()} onChange={e => void speakAlways(e.currentTarget.value as LanguageCode)}>
      {Object.entries(languages).map(([code, name]) => <option key={code} value={code} lang={code}>{name}</option>)}
    </select>
  )
}

/** A file dropped where nothing takes it would make the browser leave the page for the file, and the uploads with it. */
function keepPage() {
  const keep = (e: DragEvent) => {
    // A drop zone, which listens on the document, has been here first.
    if (e.defaultPrevented || !e.dataTransfer || ![...e.dataTransfer.types].includes('Files')) return
    e.preventDefault()
    e.dataTransfer.dropEffect = 'none'
  }
  addEventListener('dragover', keep)
  addEventListener('drop', keep)
  return () => {
    removeEventListener('dragover', keep)
    removeEventListener('drop', keep)
  }
}

const Lamp = () => (
  <svg class="lamp" viewBox="0 0 160 110" width="160" height="110" aria-hidden="true">
    <path d="M80 0v24" class="cord" />
    <path d="M18 74c2-34 26-50 62-50s60 16 62 50z" class="shade" />
    <rect x="16" y="74" width="128" height="5" rx="2.5" class="glow" />
    <path d="M108 79v18" class="cord thin" /><circle cx="108" cy="100" r="4" class="pull" />
  </svg>
)
