import type { ServerResponse } from 'node:http';
import { notices } from './notices';

/**
 * Says on standard error why a request that looked like one for a file ended as Express's own 404, which has no record:
 * once for each router, because clients decide how often that happens.
 */
export class UnansweredRequests {
  #isSaid = false;

  /** Watches the response to a request that the router passes on. @param findReason returns undefined for others */
  passedOn(res: ServerResponse, findReason: () => string | undefined): void {
    if (this.#isSaid) return;
    const reason = findReason();
    if (reason === undefined) return;
    res.once('finish', () => {
      if (this.#isSaid || !isAnsweredByExpress(res)) return;
      this.#isSaid = true;
      notices.write('unanswered', `no route answered a request that reached the router: ${reason}`);
    });
  }
}

/** Tells the 404 of Express's final handler, which nothing else sends, from one of the application. */
function isAnsweredByExpress(res: ServerResponse): boolean {
  return res.statusCode === 404 && res.getHeader('content-security-policy') === "default-src 'none'";
}
