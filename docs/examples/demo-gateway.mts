// The gateway of gateway.mts in a process of its own, which tells the demo its port and, when asked, its peak memory.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { server } from './gateway.mts';

if (!server.listening) await once(server, 'listening');
const rssAtStart = process.memoryUsage.rss();
process.on('message', () => process.send?.({ rssAtStart, peakRss: process.resourceUsage().maxRSS * 1024 }));
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.address() as AddressInfo).port });
