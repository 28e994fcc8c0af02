import * as http from 'node:http';
import * as https from 'node:https';
import { keepOwnHeaders } from '../http/message-headers';
import type { Agents } from '../provider';
import { agentFor } from './agents/agents';
import { requestOptions } from './agents/connection-options';
import { RequestSending } from './agents/unasked-bytes';

/** What axios makes its requests with instead of Node's own functions. */
export interface AxiosTransport {
  request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest;
}

/**
 * Makes requests to `url` for axios: through the given agents and no others, with complete options, and sent only over a
 * connection that is silent.
 *
 * @param onRequest is called with each request when it is made, before it has a connection
 */
export function axiosTransport(
  url: URL,
  agents: Agents,
  onRequest: (request: http.ClientRequest, sending: RequestSending) => void,
): AxiosTransport {
  return {
    request(options, onResponse) {
      const { request: makeRequest } = url.protocol === 'https:' ? https : http;
      const request = makeRequest(requestOptions({ ...options, agent: agentFor(url, agents) }));
      const sending = new RequestSending(request);
      request.once('socket', (socket) => sending.assigned(socket));
      request.once('response', (response: http.IncomingMessage) => {
        keepOwnHeaders(response);
        if (sending.isSent) onResponse(response);
        else sending.refuse();
      });
      sendWhenAssigned(request, sending);
      onRequest(request, sending);
      return request;
    },
  };
}

/** axios ends the request as soon as it is made, and its head would be written together with getting a connection. */
function sendWhenAssigned(request: http.ClientRequest, sending: RequestSending): void {
  const end = request.end.bind(request);
  request.end = () => {
    if (request.socket === null) request.once('socket', () => sending.send(end));
    else sending.send(end);
    return request;
  };
}
