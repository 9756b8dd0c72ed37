// Yjs documents with y-websocket, several in one process: node yjs.mjs
// Reads one command per line: {"do": "open", "name", "url", "room", "token"?}, {"do": "type", "name", "text", "at"?},
// {"do": "set", "name", "key", "value"}, {"do": "state", "name", "value"} (awareness), {"do": "go", "name", "online"}.
// Prints one JSON value per line: {"name", "synced"} | {"name", "text"} | {"name", "map"} | {"name", "here": [state, …]}
// | {"name", "closed": code}.
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';

const say = (value) => console.log(JSON.stringify(value));
const open = new Map();

const commands = {
  open({ name, url, room, token }) {
    const doc = new Y.Doc();
    const params = token ? { token } : {};
    const provider = new WebsocketProvider(url, room, doc, {
      WebSocketPolyfill: WebSocket,
      disableBc: true,
      maxBackoffTime: 200,
      params,
    });
    open.set(name, { doc, provider });
    provider.on('sync', (synced) => say({ name, synced }));
    provider.on('connection-close', (event) => say({ name, closed: event?.code ?? null }));
    provider.awareness.on('change', () => say({ name, here: [...provider.awareness.getStates().values()] }));
    doc.getText('text').observe(() => say({ name, text: doc.getText('text').toString() }));
    doc.getMap('map').observe(() => say({ name, map: doc.getMap('map').toJSON() }));
  },
  type({ name, text, at }) {
    const target = open.get(name).doc.getText('text');
    target.insert(at ?? target.length, text);
  },
  set: ({ name, key, value }) => open.get(name).doc.getMap('map').set(key, value),
  state: ({ name, value }) => open.get(name).provider.awareness.setLocalState(value),
  go({ name, online }) {
    const { provider } = open.get(name);
    if (online) provider.connect();
    else provider.disconnect();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  commands[command.do](command);
}
process.exit(0);
