// Starts GraphiQL on this page: queries over HTTP, subscriptions over WebSocket, with the headers given in its editor.
'use strict';

const place = document.getElementById('explorer');
const httpUrl = new URL(place.dataset.url, window.location.href).href;
const socketUrl = httpUrl.replace(/^http/, 'ws');
const defaultQuery = `# Gatehouse. Put your credential into the headers below:
#   { "Authorization": "Bearer <access token or API key>" }
# Without one you may ask this:
{
  serverInfo {
    name
    version
    time
  }
}
`;

function isSubscription(documentAst, operationName) {
  const operations = (documentAst?.definitions ?? []).filter((part) => part.kind === 'OperationDefinition');
  const chosen = operations.find((part) => part.name?.value === operationName) ?? operations[0];
  return chosen?.operation === 'subscription';
}

async function ask(request, headers) {
  const response = await fetch(httpUrl, {
    method: 'POST',
    body: JSON.stringify(request),
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      'x-gatehouse-csrf': 'explorer',
      ...headers,
    },
  });
  return response.json();
}

function watch(request, headers) {
  const client = window.graphqlWs.createClient({ url: socketUrl, connectionParams: { headers } });
  return client.iterate(request);
}

async function fetcher(request, { headers = {}, documentAST } = {}) {
  if (isSubscription(documentAST, request.operationName)) return watch(request, headers);
  const answer = await ask(request, headers);
  // The editor tells what it parsed a moment ago; the server knows what was really sent.
  const isStreamed = answer.errors?.[0]?.extensions?.code === 'NOT_ACCEPTABLE';
  return isStreamed ? watch(request, headers) : answer;
}

if (window.GraphiQL && window.React && window.ReactDOM && window.graphqlWs) {
  const explorer = window.React.createElement(window.GraphiQL, {
    fetcher,
    defaultQuery,
    defaultEditorToolsVisibility: 'headers',
    shouldPersistHeaders: false,
  });
  window.ReactDOM.createRoot(place).render(explorer);
} else {
  place.textContent = 'The explorer could not be loaded.';
}
