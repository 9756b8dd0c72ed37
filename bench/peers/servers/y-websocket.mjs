// y-websocket's own server: everything in memory, nothing durable.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { WebSocketServer } from 'ws';
import { port, ready } from './told.mjs';

const { setupWSConnection } = createRequire(import.meta.url)('y-websocket/bin/utils');
const server = createServer();
new WebSocketServer({ server }).on('connection', setupWSConnection);
server.listen(port, '127.0.0.1', ready);
