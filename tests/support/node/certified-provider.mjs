// A certified OpenID Connect provider (npm oidc-provider) on loopback, for the tests of the relying party.
//
// Reads its clients and key sets as one line of JSON from standard input, and writes its issuer as one line. Whoever
// comes is signed in without a page. POST /control/keys?set=N signs with another key set, /control/slow?ms=N answers
// late, and /control/down?on=yes closes every connection unanswered.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const lines = createInterface({ input: process.stdin });
const order = JSON.parse(await new Promise((resolve) => lines.once("line", resolve)));
// Whoever started it has gone: so does it.
lines.once("close", () => process.exit(0));

const state = { slow: 0, down: false, provider: undefined, handle: undefined };
const server = createServer(answer);
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  use(issuer, 0);
  console.log(JSON.stringify({ issuer }));
});

function use(issuer, set) {
  const algorithms = ["RS256", "PS256", "ES256", "EdDSA"];
  state.provider = new Provider(issuer, {
    clients: order.clients,
    jwks: order.jwks[set],
    cookies: { keys: ["only for tests"] },
    acrValues: ["mid", "high"],
    claims: { acr: null, auth_time: null, iss: null, sid: null, openid: ["sub"], number: ["cpr"] },
    conformIdTokenClaims: order.userinfo,
    enabledJWA: { idTokenSigningAlgValues: algorithms, clientAuthSigningAlgValues: algorithms },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    // Its guard against addresses on this machine is right, and this machine is where the tests listen.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, cpr: "010345570" }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 600, IdToken: 300, Interaction: 60, Session: 600 },
  });
  state.handle = state.provider.callback();
}

async function answer(request, response) {
  const url = new URL(request.url, "http://127.0.0.1");
  if (url.pathname.startsWith("/control/")) return control(url, response);
  if (state.down) return request.socket.destroy();
  if (state.slow) await new Promise((resolve) => setTimeout(resolve, state.slow));
  if (url.pathname.startsWith("/interaction/")) return interact(request, response);
  return state.handle(request, response);
}

function control(url, response) {
  const [, , what] = url.pathname.split("/");
  if (what === "keys") use(state.provider.issuer, Number(url.searchParams.get("set")));
  if (what === "slow") state.slow = Number(url.searchParams.get("ms"));
  if (what === "down") state.down = url.searchParams.get("on") === "yes";
  response.writeHead(204).end();
}

async function interact(request, response) {
  const { prompt, params, session } = await state.provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    const login = { accountId: "somebody", acr: "high" };
    return state.provider.interactionFinished(request, response, { login });
  }
  const grant = new state.provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  return state.provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}
