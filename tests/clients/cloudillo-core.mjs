// Asks as Cloudillo's own client library does, over HTTPS at cl-o.<idTag>, and reads answers as strictly as its decoders.
// Usage: node cloudillo-core.mjs <port> <idTag> <password> <file with the authority's certificate>
import https from 'node:https';
import { readFileSync } from 'node:fs';

const [port, idTag, password, authority] = process.argv.slice(2);
const lookup = (host, options, found) =>
  options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);
const agent = new https.Agent({ ca: readFileSync(authority), lookup, keepAlive: true });
let token;

// Decoders: an optional value may be absent and never null.
const string = (value, at) => check(typeof value === 'string', at, value);
const number = (value, at) => check(typeof value === 'number', at, value);
const boolean = (value, at) => check(typeof value === 'boolean', at, value);
const nothing = (value, at) => check(value === null || value === undefined, at, value);
const oneOf = (...words) => (value, at) => check(words.includes(value), at, value);
const nullable = (inner) => (value, at) => value === null || inner(value, at);
const optional = (inner) => Object.assign((value, at) => value === undefined || inner(value, at), { optional: true });
const list = (inner) => (value, at) => {
  check(Array.isArray(value), at, value);
  value.forEach((one, place) => inner(one, `${at}[${place}]`));
};
const struct = (fields) => (value, at) => {
  check(value !== null && typeof value === 'object' && !Array.isArray(value), at, value);
  for (const [name, inner] of Object.entries(fields)) inner(value[name], `${at}.${name}`);
};
function check(holds, at, value) {
  if (!holds) throw new Error(`${at} cannot be ${JSON.stringify(value)}`);
}

const profile = { idTag: string, name: optional(string), type: optional(oneOf('person', 'community')), profilePic: optional(string) };
const Login = struct({ tnId: number, idTag: string, roles: optional(list(string)), token: string, name: string, profilePic: string });
const LoginInit = struct({
  status: oneOf('authenticated', 'unauthenticated'),
  login: optional(Login),
  qrLogin: optional(struct({ sessionId: string, secret: string })),
  webAuthn: optional(nullable(struct({ token: string }))),
});
const Tenant = struct({ ...profile, name: string, type: string, keys: list(struct({ keyId: string, publicKey: string })) });
const level = oneOf('read', 'comment', 'write', 'admin', 'none');
const File = struct({
  fileId: string, parentId: optional(string), rootId: optional(string), owner: optional(struct(profile)),
  creator: optional(struct(profile)), preset: optional(string), contentType: string, fileName: string,
  fileTp: optional(oneOf('BLOB', 'CRDT', 'RTDB', 'FLDR')), createdAt: string, accessedAt: optional(string),
  modifiedAt: optional(string), status: oneOf('P', 'A'), tags: optional(list(string)),
  visibility: optional(nullable(oneOf('D', 'P', 'V', '2', 'F', 'C'))), hidden: optional(boolean), accessLevel: optional(level),
});
const Share = struct({
  id: number, resourceType: oneOf('F'), resourceId: string, subjectType: oneOf('U', 'L', 'F'), subjectId: string,
  permission: oneOf('R', 'C', 'W', 'A'), expiresAt: optional(string), createdBy: string, createdAt: string,
});
const Ref = struct({ refId: string, type: string, description: optional(string), resourceId: optional(string), accessLevel: optional(level), createdAt: optional(string), count: optional(number) });
const Setting = struct({ key: string, scope: oneOf('System', 'Global', 'Tenant'), permission: oneOf('System', 'Admin', 'User'), description: string });

async function ask(method, path, { query, body, raw, type, auth = token, decode, fails } = {}) {
  const joined = Object.entries(query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(Array.isArray(value) ? value.join(',') : value)}`);
  const url = `https://cl-o.${idTag}:${port}/api${path}${joined.length ? `?${joined.join('&')}` : ''}`;
  const headers = { 'Content-Type': type ?? 'application/json', 'X-Request-ID': 'a-client', Origin: `https://${idTag}` };
  if (auth) headers.Authorization = `Bearer ${auth}`;
  const { status, text, got } = await send(method, url, headers, raw ?? (body === undefined ? undefined : JSON.stringify(body)));
  const at = `${method} ${path}`;
  check(got['access-control-allow-origin'] === `https://${idTag}`, `${at} allow-origin`, got['access-control-allow-origin']);
  const parsed = text ? JSON.parse(text) : undefined;
  if (fails) {
    check(status === fails[0] && parsed.error.code === fails[1], at, [status, parsed]);
    return parsed.error;
  }
  check(status >= 200 && status < 300, at, [status, parsed]);
  const data = parsed?.data !== undefined ? parsed.data : parsed;
  if (parsed?.reqId !== undefined) check(parsed.reqId === 'a-client', `${at} reqId`, parsed.reqId);
  if (parsed?.cursorPagination) struct({ nextCursor: nullable(string), hasMore: boolean })(parsed.cursorPagination, `${at} cursor`);
  decode?.(data, at);
  return data;
}

function send(method, url, headers, content) {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method, headers, agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString(), got: response.headers }));
    });
    request.on('error', reject);
    request.end(content);
  });
}

await ask('POST', '/auth/login-init', { body: {}, decode: LoginInit });
await ask('POST', '/auth/login', { body: { idTag, password: 'wrong' }, fails: [401, 'E-AUTH-UNAUTH'] });
const login = await ask('POST', '/auth/login', { body: { idTag, password }, decode: Login });
token = login.token;
const { exp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
check(exp * 1000 > Date.now(), 'exp', exp);
await ask('GET', '/auth/login-token', { decode: nullable(Login) });
await ask('GET', '/auth/login-token', { auth: null, decode: nullable(Login) });
await ask('GET', '/me', { auth: null, decode: Tenant });
await ask('PATCH', '/me', { body: { name: 'New name', x: { city: 'Dom', gone: null } }, decode: struct({ profile: struct(profile) }) });

const made = await ask('POST', '/files', { body: { fileTp: 'CRDT', fileName: 'A text', tags: 'one,two' }, decode: struct({ fileId: string }) });
const { fileId } = made;
await ask('POST', '/files/default/note.txt', { raw: 'hello', type: 'text/plain', decode: struct({ fileId: string }) });
await ask('GET', `/files/${fileId}/metadata`, { decode: File });
await ask('GET', '/files', { query: { fileTp: ['CRDT', 'BLOB'], _limit: 5, limit: 1, withParent: true }, decode: list(File) });
await ask('PUT', `/files/${fileId}/tag/blue`, { decode: struct({ tags: list(string) }) });
await ask('GET', '/tags', { query: { withCounts: true }, decode: struct({ tags: list(struct({ tag: string, count: optional(number) })) }) });
const ref = await ask('POST', '/refs', { body: { type: 'share.file', resourceId: fileId, accessLevel: 'comment' }, decode: Ref });
await ask('GET', '/refs', { query: { filter: 'all' }, decode: list(Ref) });
const guest = await ask('GET', '/auth/access-token', {
  auth: null, query: { refId: ref.refId }, decode: struct({ token: string, resourceId: string, accessLevel: oneOf('read', 'comment', 'write') }),
});
await ask('GET', `/files/${fileId}/metadata`, { auth: guest.token, decode: File });
await ask('GET', '/settings', { auth: guest.token, fails: [403, 'E-AUTH-NOPERM'] });
await ask('DELETE', `/refs/${ref.refId}`);
const share = await ask('POST', `/files/${fileId}/shares`, { body: { subjectType: 'U', subjectId: 'friend.example.org', permission: 'R' }, decode: Share });
await ask('GET', `/files/${fileId}/shares`, { decode: list(Share) });
await ask('DELETE', `/files/${fileId}/shares/${share.id}`, { decode: nothing });
await ask('PUT', '/settings/ui.theme', { body: { value: { dark: true } }, decode: Setting });
await ask('GET', '/settings', { query: { prefix: ['ui', 'profile'] }, decode: list(Setting) });
await ask('POST', `/files/${fileId}/duplicate`, { decode: struct({ fileId: string }) });
await ask('DELETE', `/files/${fileId}`, { decode: struct({ fileId: string, permanent: oneOf(false) }) });
await ask('POST', `/files/${fileId}/restore`, { decode: struct({ fileId: string, parentId: optional(string) }) });
await ask('DELETE', `/files/${fileId}`);
await ask('DELETE', '/trash', { decode: struct({ deleted_count: number }) });
await ask('POST', '/auth/logout', { body: {}, decode: nothing });
console.log('done');
agent.destroy();
