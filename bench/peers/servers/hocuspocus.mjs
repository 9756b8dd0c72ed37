// Hocuspocus 4 without extensions: everything in memory, nothing durable.
import { Server } from '@hocuspocus/server';
import { port, ready } from './told.mjs';

await new Server({ port, address: '127.0.0.1', quiet: true, stopOnSignals: false }).listen();
ready();
