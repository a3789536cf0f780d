// A certified client that is not ours (openid-client) asks with proofs of its own making, one order on each line.
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const config = new client.Configuration({ issuer: 'https://bawaba.example' }, 'tests')
client.allowInsecureRequests(config)
const keys = new Map()

// A key by its name, made when it is first asked for; the clock of its holder is wrong by so many seconds.
async function handle({ key, alg = 'ES256', named, skew = 0 }) {
  if (!keys.has(key)) {
    const own = new client.Configuration({ issuer: 'https://bawaba.example' }, 'tests', { [client.clockSkew]: skew })
    // Older programs call by "EdDSA" what the newer name is "Ed25519" of.
    const modify = named && { [client.modifyAssertion]: (header) => { header.alg = named } }
    keys.set(key, client.getDPoPHandle(own, await client.randomDPoPKeyPair(alg), modify))
  }
  return keys.get(key)
}

const deeds = {
  async thumbprint(order) {
    return { jkt: await (await handle(order)).calculateThumbprint() }
  },
  async ask(order) {
    const options = order.key ? { DPoP: await handle(order) } : undefined
    let asked = 0
    config[client.customFetch] = (...request) => { asked += 1; return fetch(...request) }
    try {
      const url = new URL(order.url)
      const answer = await client.fetchProtectedResource(config, order.token, url, order.method, order.body, undefined, options)
      return { asked, status: answer.status }
    } catch (problem) {
      const [challenge] = problem.cause ?? []
      return { asked, status: problem.status, scheme: challenge?.scheme, error: challenge?.parameters?.error }
    }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line)
  console.log(JSON.stringify(await deeds[order.deed](order)))
}
