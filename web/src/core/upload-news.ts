import { t } from '../i18n'
import type { UploadView } from '../upload/queue'
import type { Announcer } from './announcer'
import { plainName } from './names'
import { sentenceOf } from './sentences'

/** Says how the uploads go: their start and end, each quarter, and what stops them, once. */
export class UploadNews {
  private quarters = new Map<number, number>()

  constructor(private readonly news: Announcer) {}

  tellPhase(view: UploadView) {
    const name = plainName(view.name)
    const say = (kind: string, one: string, many?: (n: number) => string) => this.news.polite.say({ kind: `upload ${kind}`, one, ...(many && { many }) })
    switch (view.phase) {
      case 'uploading': return view.sent === 0 ? say('started', t.startedOne(name), t.startedMany) : undefined
      case 'paused': return say('paused', t.pausedNews(name))
      case 'retrying': return say('broke', t.brokeNews)
      case 'done': return say('done', t.done(name), t.doneMany)
      case 'failed': {
        const why = sentenceOf(view.code, view.field)
        return this.news.assertive.say({ kind: `failed ${why}`, one: t.failedUpload(name, why), many: n => t.failedUploads(n, why) })
      }
    }
  }

  /** Each quarter of a long upload. */
  tellProgress(views: UploadView[]) {
    for (const view of views) {
      const quarter = view.size > 0 ? Math.floor((view.sent / view.size) * 4) : 0
      const before = this.quarters.get(view.id) ?? 0
      if (view.phase !== 'uploading' || quarter <= before || quarter >= 4) continue
      this.quarters.set(view.id, quarter)
      this.news.polite.say({ kind: `share ${view.id}`, one: t.shareNews(plainName(view.name), quarter * 25) })
    }
  }
}
