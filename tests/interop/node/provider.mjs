// An OpenID provider that is not ours (oidc-provider), at the paths where a client of Entra ID looks for its token service.
// Prints where it is, and ends with its standard input. GET /journal tells what it was asked and what it understood.
// The argument is a file for the cookies of a user who types the code of a device as soon as it is shown.
import { createServer } from 'node:http';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import Provider from 'oidc-provider';
import { fromEntra } from './entra.mjs';

const tenant = '4f7c1e0a-93d2-4b6e-8a51-7c2d9e0b3f64';
const user = { oid: '8d1b7a3c-5e2f-4096-b7d8-1a4c6e9f2035', preferred_username: 'robin@woodgrove.example', name: 'Robin Kline' };
const clients = ['14d82eec-204b-4c2f-b7e8-296a70dab67e', '1950a258-227b-4e31-a9cf-717495945fc2'];
// Nobody listens there: tokens are issued for it, and no API is called.
const graph = 'https://localhost:9';

const journal = [];
const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://localhost:${server.address().port}`;
const base = `/${tenant}/oauth2/v2.0`;

const provider = new Provider(`${origin}/${tenant}/v2.0`, {
  clients: clients.map((client_id) => ({
    client_id,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['http://localhost/'],
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code'],
  })),
  jwks: { keys: [{ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
  cookies: { keys: [randomUUID()] },
  routes: {
    authorization: `${base}/authorize`,
    token: `${base}/token`,
    device_authorization: `${base}/devicecode`,
    code_verification: `${base}/deviceauth`,
    jwks: `/${tenant}/discovery/v2.0/keys`,
  },
  pkce: { required: () => true },
  acrValues: ['c1', 'c2'],
  scopes: ['openid', 'offline_access', 'profile'],
  claims: { openid: ['sub', 'oid', 'tid'], profile: ['name', 'preferred_username'], xms_cc: null, acr: null, amr: null, auth_time: null, sid: null, iss: null },
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    deviceFlow: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => graph,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, audience) => ({ audience, scope: scopesOf(ctx), accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: (use, scope, claims) => ({ sub: id, tid: tenant, ...user, xms_cc: claims?.xms_cc?.values }),
  }),
  // What the APIs behind Entra read in an access token.
  extraTokenClaims: (ctx, token) => {
    const source = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.RefreshToken ?? ctx.oidc.entities.DeviceCode;
    return { oid: user.oid, tid: tenant, upn: user.preferred_username, scp: token.scope, acrs: source?.acr ? [source.acr] : undefined, amr: source?.amr };
  },
  ttl: { AccessToken: 3600, RefreshToken: 86400, IdToken: 3600, Session: 86400, Grant: 86400, Interaction: 600, DeviceCode: 600 },
});

function scopesOf(ctx) {
  const { AuthorizationCode, RefreshToken, DeviceCode } = ctx.oidc.entities;
  const text = ctx.oidc.params?.scope ?? AuthorizationCode?.scope ?? RefreshToken?.scope ?? DeviceCode?.params.scope ?? '';
  return text.split(' ').filter((scope) => scope.startsWith(`${graph}/`)).join(' ');
}

provider.use(fromEntra(base, (query) => journal.push({ what: 'asked', claims: query.claims, prompt: query.prompt, scope: query.scope })));

// The page where a user would sign in and agree: this one always does, and with a passkey where that is asked for.
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const asked = prompt.details.acr;
    const acr = asked?.value ?? asked?.values?.[0];
    const login = { accountId: user.oid, remember: true, ...(acr ? { acr, amr: ['fido', 'mfa'] } : { amr: ['pwd'] }) };
    return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  }
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid profile offline_access');
  grant.addOIDCClaims(['xms_cc', 'acr']);
  grant.addResourceScope(graph, params.scope.split(' ').filter((scope) => scope.startsWith(graph)).join(' '));
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

provider.on('authorization.success', (ctx) => journal.push({
  what: 'authorized', method: ctx.oidc.params.code_challenge_method, understood: ctx.oidc.claims, acr: ctx.oidc.acr ?? null,
}));
provider.on('grant.success', (ctx) => journal.push({
  what: 'granted', grant: ctx.oidc.params.grant_type, claims: ctx.oidc.body.claims,
  scope: ctx.body.scope, refreshToken: Boolean(ctx.body.refresh_token),
}));
provider.on('device_authorization.success', (ctx) => {
  spawn(process.execPath, [fileURLToPath(new URL('browser.mjs', import.meta.url)), process.argv[2], ctx.body.verification_uri_complete], { stdio: 'ignore' });
});
for (const event of ['authorization.error', 'grant.error', 'device_authorization.error', 'server_error']) {
  provider.on(event, (ctx, error) => journal.push({ what: event, error: error.message, description: error.error_description, detail: error.error_detail }));
}

const callback = provider.callback();
server.on('request', (request, response) => {
  if (request.url === '/journal') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(journal));
  } else if (request.url.startsWith('/interaction/')) {
    interact(request, response).catch((error) => {
      journal.push({ what: 'interaction.error', error: error.message });
      response.statusCode = 500;
      response.end();
    });
  } else {
    callback(request, response);
  }
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
console.log(JSON.stringify({ login: origin, graph, tenantId: tenant, username: user.preferred_username }));
