// How a language writes numbers and counts: what message files and formats are made with, all by Intl.

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

export interface Say {
  /** as the region writes it: `1,234.5` */
  number(value: number, fractionDigits?: number): string
  /** `40%` of 40 */
  percent(value: number): string
  /** the form that this language has for so many */
  plural(count: number, forms: Forms): string
  /** `10:32:07` */
  time(at: string): string
  /** `10:32` */
  minute(at: string): string
  /** `05`: the part of a clock that has always two digits */
  twoDigits(value: number): string
}

/** locale    a BCP 47 tag, with its region where that is known */
export function sayIn(locale: string): Say {
  const rules = new Intl.PluralRules(locale)
  const plain = new Intl.NumberFormat(locale)
  const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const percents = new Intl.NumberFormat(locale, { style: 'percent' })
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 })
  const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', second: '2-digit' })
  const minutes = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })
  return {
    number: (value, fractionDigits = 0) => (fractionDigits > 0 ? tenths : plain).format(value),
    percent: value => percents.format(value / 100),
    plural: (count, forms) => forms[rules.select(count)] ?? forms.other,
    time: at => clock.format(new Date(at)),
    minute: at => minutes.format(new Date(at)),
    twoDigits: value => two.format(value),
  }
}
