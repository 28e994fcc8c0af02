import * as http from 'node:http';
import * as https from 'node:https';
import { tapOptions } from '../../lib/upstream/agents/socket-tap';

type Connect = http.Agent['createConnection'];

/** Taps its connections, as a request of this package has them tapped. */
export class TappedHttpAgent extends http.Agent {
  override createConnection(...[options, callback]: Parameters<Connect>): ReturnType<Connect> {
    return super.createConnection({ ...options, ...tapOptions(true) }, callback);
  }
}

/** The same over TLS. */
export class TappedHttpsAgent extends https.Agent {
  override createConnection(...[options, callback]: Parameters<Connect>): ReturnType<Connect> {
    return super.createConnection({ ...options, ...tapOptions(true) }, callback);
  }
}
