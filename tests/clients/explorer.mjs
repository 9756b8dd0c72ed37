// Uses the GraphiQL page as a person would: node explorer.mjs URL CHROMIUM TOKEN INSTANCE_ID
// Prints {"notice", "version", "state", "foreign", "faults"}; nothing but the server itself can be reached.
import { chromium } from 'playwright-core';

const [url, executablePath, token, instanceId] = process.argv.slice(2);
const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
const browser = await chromium.launch({ executablePath, args });
const foreign = [];
const faults = [];
try {
  const page = await browser.newPage();
  const own = new URL(url).host;
  await page.route(
    (address) => address.host !== own && address.protocol !== 'data:' && address.protocol !== 'blob:',
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(url);
  const run = page.locator('.graphiql-execute-button');
  await run.waitFor();
  const shown = page.locator('.result-window');

  await run.click();
  await page.waitForFunction(() => document.querySelector('.result-window')?.textContent.includes('version'));
  const version = /"version": "([^"]+)"/.exec(await shown.textContent())[1];

  const write = (editor, text) => editor.last().evaluate((node, what) => node.CodeMirror.setValue(what), text);
  const subscription = `subscription { instanceChanged(id: "${instanceId}") { state } }`;
  await write(page.locator('.graphiql-query-editor .CodeMirror'), subscription);
  const headers = JSON.stringify({ Authorization: `Bearer ${token}` });
  await write(page.locator('.graphiql-editor-tool .CodeMirror'), headers);
  await run.click();
  await page.waitForFunction(() => document.querySelector('.result-window')?.textContent.includes('"state"'));
  const state = /"state": "([^"]+)"/.exec(await shown.textContent())[1];
  const notice = await page.locator('#notice').count();
  console.log(JSON.stringify({ notice, version, state, foreign, faults }));
} finally {
  await browser.close();
}
