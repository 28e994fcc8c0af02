/**
 * Listens on a free port of the loopback interface and tells it to the parent, one JSON line on standard output.
 *
 * The measured processes are plain JavaScript: Node's own type stripping would add its compiler to their memory.
 *
 * @param {import('node:net').Server} server
 */
export function announcePort(server) {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
  });
}
