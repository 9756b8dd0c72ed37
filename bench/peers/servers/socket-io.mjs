// socket.io: one event to everybody, over WebSocket only, compression off as it is by default.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { port, ready, told } from './told.mjs';

const server = createServer();
const io = new Server(server, { transports: ['websocket'], serveClient: false });
const text = 'x'.repeat(256);
told(() => io.emit('message', text));
server.listen(port, '127.0.0.1', ready);
