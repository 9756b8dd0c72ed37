// Runs the GraphQL-over-HTTP audits against a server: node graphql-http-audits.mjs URL
// Prints one JSON object: {"<id> <name>": "ok" | reason}.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2] });
const told = {};
for (const result of results) {
  told[`${result.id} ${result.name}`] = result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`;
}
console.log(JSON.stringify(told));
