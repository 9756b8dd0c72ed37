// A graphql-ws client: node graphql-ws.mjs URL TOKEN
// Reads one request per line ({"query", "variables"}), runs it to its end, and prints one JSON value per message:
// {"connected": n} | {"closed": code} | {"next": payload} | {"error": payload} | {"complete": true}.
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, token] = process.argv.slice(2);
const say = (value) => console.log(JSON.stringify(value));
let connections = 0;

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: token ? { Authorization: `Bearer ${token}` } : undefined,
  retryWait: async () => {},
  on: {
    connected: () => say({ connected: ++connections }),
    closed: (event) => say({ closed: event.code }),
  },
});

for await (const line of createInterface({ input: process.stdin })) {
  client.subscribe(JSON.parse(line), {
    next: (payload) => say({ next: payload }),
    error: (error) => say({ error: error.code ?? error }),
    complete: () => say({ complete: true }),
  });
}
