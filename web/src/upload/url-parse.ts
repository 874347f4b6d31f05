/** What tus-js-client asks of its package url-parse; browsers do it themselves, but for an origin without a host. */
export default class extends URL {
  constructor(link: string, origin: string) {
    super(link, new URL(origin, location.href))
  }
}
