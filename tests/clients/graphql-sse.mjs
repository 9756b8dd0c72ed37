// A graphql-sse client in distinct-connections mode: node graphql-sse.mjs URL TOKEN
// Reads one request per line ({"query", "variables"}), runs it to its end, and prints one JSON value per message:
// {"connected": true} | {"next": payload} | {"error": status} | {"complete": true}.
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-sse';

const [url, token] = process.argv.slice(2);
const say = (value) => console.log(JSON.stringify(value));

const client = createClient({
  url,
  headers: token ? { Authorization: `Bearer ${token}` } : {},
  retryAttempts: 0,
  on: { connected: () => say({ connected: true }) },
});

for await (const line of createInterface({ input: process.stdin })) {
  client.subscribe(JSON.parse(line), {
    next: (payload) => say({ next: payload }),
    error: (error) => say({ error: error.response?.status ?? String(error) }),
    complete: () => say({ complete: true }),
  });
}
