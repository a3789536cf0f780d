// A program that is not ours (openid-client, certified for FAPI 2.0) gets tokens and uses them, one order on each line.
import { request } from 'node:https'
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

let config, key, DPoP, asked, tokens

// Node's own fetch shows no certificates.
const showing = (card) => (url, { method, headers, body }) => new Promise((resolve, reject) => {
  const sent = request(url, { method, headers: Object.fromEntries(new Headers(headers)), ...card }, async (answer) => {
    const chunks = await answer.toArray()
    const empty = [204, 304].includes(answer.statusCode)
    resolve(new Response(empty ? null : Buffer.concat(chunks), { status: answer.statusCode, headers: answer.headers }))
  })
  sent.on('error', reject).end(body?.toString())
})

const told = (given) => ({ ...given, claims: given.claims() })

const deeds = {
  // A new key to prove itself with, of which only the public half leaves.
  async key({ alg }) {
    key = await client.randomDPoPKeyPair(alg)
    return { ...await crypto.subtle.exportKey('jwk', key.publicKey), kid: 'of-the-program', alg, use: 'sig' }
  },

  // What the gateway says of itself; the clock of the key that tokens are bound to is wrong by so many seconds.
  async discover({ issuer, client_id, card, dpop, skew = 0 }) {
    const own = key ? client.PrivateKeyJwt({ key: key.privateKey, kid: 'of-the-program' }) : card ? client.TlsClientAuth() : client.None()
    const metadata = { use_mtls_endpoint_aliases: Boolean(card) }
    const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks]
    config = await client.discovery(new URL(issuer), client_id, metadata, own, { execute })
    if (card) {
      const shown = showing(card)
      config[client.customFetch] = (url, options) => url.startsWith('https:') ? shown(url, options) : fetch(url, options)
    }
    const clock = new client.Configuration({ issuer }, client_id, { [client.clockSkew]: skew })
    DPoP = dpop && client.getDPoPHandle(clock, await client.randomDPoPKeyPair(dpop))
    return config.serverMetadata()
  },

  // Where the person is sent.
  async ask({ pushed, ...parameters }) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    asked = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() }
    const wanted = {
      ...parameters,
      state: asked.expectedState,
      nonce: asked.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    }
    if (DPoP && !pushed) wanted.dpop_jkt = await DPoP.calculateThumbprint()
    const url = pushed ? await client.buildAuthorizationUrlWithPAR(config, wanted, { DPoP }) : client.buildAuthorizationUrl(config, wanted)
    return { url: url.href }
  },

  // The person came back to this address.
  async redeem({ url }) {
    tokens = told(await client.authorizationCodeGrant(config, new URL(url), asked, undefined, { DPoP }))
    return tokens
  },

  async refresh({ token = tokens.refresh_token }) {
    tokens = { claims: tokens.claims, ...await client.refreshTokenGrant(config, token, undefined, { DPoP }) }
    return tokens
  },

  async userinfo() {
    return client.fetchUserInfo(config, tokens.access_token, tokens.claims.sub, { DPoP })
  },

  async open({ path }) {
    const { token_endpoint, mtls_endpoint_aliases } = config.serverMetadata()
    const base = config.clientMetadata().use_mtls_endpoint_aliases ? mtls_endpoint_aliases.token_endpoint : token_endpoint
    const answer = await client.fetchProtectedResource(config, tokens.access_token, new URL(path, base), 'GET', undefined, undefined, { DPoP })
    return { status: answer.status }
  },

  async introspect({ token }) {
    return client.tokenIntrospection(config, token)
  },

  async revoke({ token }) {
    return await client.tokenRevocation(config, token) ?? {}
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { deed, ...order } = JSON.parse(line)
  try {
    console.log(JSON.stringify(await deeds[deed](order)))
  } catch (problem) {
    const [challenge] = Array.isArray(problem.cause) ? problem.cause : []
    const error = problem.error ?? challenge?.parameters?.error
    console.log(JSON.stringify({ problem: `${problem.code} ${problem.message}`, status: problem.status, error }))
  }
}
