// What every peer has beside its own work: POST /tell?count=N on a second port makes it publish N events, one per turn
// of its loop, so that the measuring side decides when something happens.
import { createServer } from 'node:http';

const [port, tellPort] = process.argv.slice(2).map(Number);

export { port };

export function told(publish) {
  createServer(async (request, response) => {
    const count = Number(new URL(request.url, 'http://peer').searchParams.get('count') ?? 1);
    for (let i = 0; i < count; i += 1) {
      publish();
      await new Promise(setImmediate);
    }
    response.end();
  }).listen(tellPort, '127.0.0.1');
}

export function ready() {
  console.log('ready');
}
