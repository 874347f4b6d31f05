// The language that the page speaks: English comes with it, each other one is a chunk that is loaded when it is asked for.
import { signal } from '@preact/signals'
import { tried } from '../core/tried'
import { en, type Language, type Messages } from './en'
import { sayIn, type Say } from './say'

/** In its own words and in the order of the list: what a reader looks for is the name they know. */
export const languages = { en: 'English', de: 'Deutsch', hi: 'हिन्दी', ar: 'العربية' } as const
export type LanguageCode = keyof typeof languages

const load: Record<Exclude<LanguageCode, 'en'>, () => Promise<{ default: Language }>> = {
  de: () => import('./de'), hi: () => import('./hi'), ar: () => import('./ar'),
}
const rightToLeft = new Set<LanguageCode>(['ar'])
const key = 'fleeting-language'

interface Voice { code: LanguageCode; say: Say; messages: Messages }
const voiceOf = (code: LanguageCode, locale: string, made: Language): Voice => {
  const say = sayIn(locale)
  return { code, say, messages: made(say) }
}
const voice = signal(voiceOf('en', 'en', en))

/** Each message in the language of now. A component that reads one is drawn anew when the language changes. */
export const t = new Proxy({} as Messages, { get: (_, name) => voice.value.messages[name as keyof Messages] })
export const say = () => voice.value.say
export const currentLanguage = () => voice.value.code

/** The first of `wanted` that there is, with the region its reader asked for; English where none is. */
export function choose(wanted: readonly string[]): { code: LanguageCode; locale: string } {
  for (const locale of wanted) {
    const code = locale.toLowerCase().split('-')[0]!
    // Some browsers give a system's own name, `en-US@posix`, by which no number can be written.
    if (Object.hasOwn(languages, code)) return { code: code as LanguageCode, locale: tried(() => Intl.getCanonicalLocales(locale) && locale, code) }
  }
  return { code: 'en', locale: 'en' }
}

/** Speaks `code` from now on; where its chunk can't be had, what was spoken stays. */
async function speak({ code, locale }: { code: LanguageCode; locale: string }) {
  const made = code === 'en' ? en : await load[code]().then(module => module.default, () => null)
  if (!made) return
  voice.value = voiceOf(code, locale, made)
  document.documentElement.lang = code
  document.documentElement.dir = rightToLeft.has(code) ? 'rtl' : 'ltr'
}

/** What this device chose before, else what its browser asks for. */
export const speakFirst = () => speak(choose(inRegion(tried(() => localStorage.getItem(key), null), navigator.languages)))

/** The reader's choice, kept on this device. */
export async function speakAlways(code: LanguageCode) {
  // Where nothing can be kept it holds until the page is loaded again.
  tried(() => localStorage.setItem(key, code), undefined)
  await speak(choose(inRegion(code, navigator.languages)))
}

/** A chosen language is written as the browser's region of it has it: `de` and `de-AT` are `de-AT`. */
export const inRegion = (code: string | null, wanted: readonly string[]) =>
  code ? [wanted.find(tag => tag.toLowerCase().split('-')[0] === code) ?? code, ...wanted] : wanted
