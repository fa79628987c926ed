// A browser without pages: follows redirects with a cookie jar that lasts, and presses the button of a form.
//
//     node browser.mjs JAR URL
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [jarFile, start] = process.argv.slice(2);
const jar = existsSync(jarFile) ? JSON.parse(readFileSync(jarFile, 'utf8')) : {};

async function visit(url, form) {
  const cookies = Object.entries(jar[url.host] ?? {}).map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url, {
    method: form ? 'POST' : 'GET', body: form, redirect: 'manual', headers: cookies ? { cookie: cookies } : {},
  });
  for (const line of answer.headers.getSetCookie()) {
    const [pair, ...attributes] = line.split(';');
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const expires = attributes.map((text) => text.trim().split('=')).find(([key]) => key.toLowerCase() === 'expires')?.[1];
    jar[url.host] ??= {};
    if (expires && new Date(expires) < new Date()) delete jar[url.host][name];
    else jar[url.host][name] = value;
  }
  return answer;
}

/** The form of a page with its hidden fields, if it has one. */
function formOf(html, url) {
  const form = /<form\b[^>]*\baction="([^"]+)"[^>]*>([\s\S]*?)<\/form>/.exec(html);
  if (!form) return undefined;
  const fields = new URLSearchParams();
  for (const [input] of form[2].matchAll(/<input\b[^>]*>/g)) {
    const attribute = (name) => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1];
    if (attribute('name')) fields.append(attribute('name'), attribute('value') ?? '');
  }
  return { url: new URL(form[1].replaceAll('&amp;', '&'), url), fields };
}

let url = new URL(start);
let form;
for (let step = 0; step < 20; step += 1) {
  const answer = await visit(url, form);
  form = undefined;
  const location = answer.headers.get('location');
  if (location) {
    url = new URL(location, url);
    continue;
  }
  const next = answer.headers.get('content-type')?.startsWith('text/html') ? formOf(await answer.text(), url) : undefined;
  if (!next) break;
  ({ url, fields: form } = next);
}
writeFileSync(jarFile, JSON.stringify(jar));
