// One gateway process for each core behind one port. A transfer lives in one process and needs nothing of the others.
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';

if (cluster.isPrimary) {
  let isStopping = false;

  function stop(): void {
    isStopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
  }

  cluster.on('exit', (worker, code) => {
    if (!isStopping) {
      console.error(`worker ${worker.process.pid} ended with ${code}: starting another`);
      cluster.fork();
    } else if (Object.keys(cluster.workers ?? {}).length === 0) {
      process.exit(0);
    }
  });
  process.once('SIGTERM', stop);
  const count = Number(process.env['WORKERS'] ?? availableParallelism());
  for (let index = 0; index < count; index += 1) cluster.fork();
} else {
  // Each worker finishes its own downloads when it is told to stop.
  await import('./deploy/gateway.mts');
}
