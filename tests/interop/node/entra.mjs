// Where Entra ID departs from OpenID Connect, and a provider by the book would not understand its clients.
import { text } from 'node:stream/consumers';

/** Rewrites requests below `base` into what OpenID Connect Core says; everything else stays as the client sent it. `see` gets what came. */
export function fromEntra(base, see) {
  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === `${base}/authorize`) {
      see({ ...ctx.query });
      ctx.query = translated(ctx.query);
    } else if (ctx.method === 'POST' && ctx.path === `${base}/devicecode`) {
      const body = Object.fromEntries(new URLSearchParams(await text(ctx.req)));
      see({ ...body });
      ctx.req.body = translated(body);
    }
    await next();
  };
}

function translated({ ...query }) {
  // 5.5: claims are asked for the ID token or the user info endpoint. Entra ID alone has a member for the access token.
  if (query.claims) query.claims = JSON.stringify({ id_token: forIdToken(JSON.parse(query.claims).access_token) });
  // 11: a refresh token needs `prompt=consent`. Entra ID gives one for the scope alone.
  if (query.scope?.split(' ').includes('offline_access') && !query.prompt) query.prompt = 'consent';
  return query;
}

/** An authentication context is what the standard calls a context class: `acrs` is `acr`. */
function forIdToken({ acrs, ...others }) {
  return acrs ? { ...others, acr: { essential: acrs.essential, values: acrs.values ?? [acrs.value] } } : others;
}
