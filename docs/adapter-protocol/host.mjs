// A whole adapter host, written from README.md alone: one lookup, from a table of people who are all invented.
// node host.mjs settings.json, where settings.json holds what `load` reads below.
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';

const PEOPLE = {
  '08123457': { arabic: 'سالم بن حمد المعمري', latin: 'Salim bin Hamad Al Maamari', born: '1990-02-01' },
  '08765432': { arabic: 'مريم بنت سعيد', latin: 'Maryam bint Said', born: '1985-11-30' },
  '08000001': { arabic: 'بطيء', latin: 'Slow', born: '1970-01-01', seconds: 30 },
};
const ABOUT = {
  protocol: '1.0', name: 'oman_node', version: '1.0.0', country: 'OM',
  services: [{ id: 'identity-verification', kind: 'lookup' }],
};
const TAG = 'bawaba-adapter-1', MOST = 2_097_152, REMEMBERED = 120;
const LINE = ['"@method"', '"@target-uri"'], BODY = ['"content-type"', '"content-digest"'];
const ANSWER = ['"@status"', ...BODY, '"@method";req', '"@target-uri";req', '"signature";req'];
const SIGNED = ['signature', 'signature-input', 'content-type', 'content-digest', 'bawaba-deadline-ms'];

const load = (path) => JSON.parse(readFileSync(path, 'utf8'));
const { address, port, certificate, key, authority, signingKey, kid, gatewayKeys } = load(process.argv[2]);
const own = createPrivateKey(readFileSync(signingKey));
const known = new Map(load(gatewayKeys).keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
const algorithm = (key) => (key.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'ecdsa-p256-sha256');
const how = (key) => (algorithm(key) === 'ed25519' ? [null, key] : ['sha256', { key, dsaEncoding: 'ieee-p1363' }]);
const started = Math.floor(Date.now() / 1000);
const nonces = new Map();

class Refused extends Error {
  constructor(status, code, more = {}) {
    super(code);
    this.problem = { title: status === 424 ? 'Failed Dependency' : 'Refused', status, code, ...more };
  }
}
const late = () => new Refused(424, 'backend_late', { outcome: 'late' });
const digestOf = (body) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
const baseOf = (components, value, params) =>
  [...components.map((name) => `${name}: ${value(name)}`), `"@signature-params": ${params}`].join('\n');

function headersOf(req) {
  const found = {};
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i].toLowerCase();
    if (name in found && SIGNED.includes(name)) throw new Refused(401, 'header_twice');
    found[name] = req.rawHeaders[i + 1].trim();
  }
  return found;
}

function authenticate(req, headers) {
  if (!headers.signature || !headers['signature-input']) throw new Refused(401, 'signature_missing');
  const given = /^bawaba=:([A-Za-z0-9+/]{86}==):$/.exec(headers.signature);
  const said = /^bawaba=(\(([^()]*)\)((?:;[a-z]+=(?:"[ !#-[\]-~]*"|\d{1,15}))+))$/.exec(headers['signature-input']);
  if (!given || !said) throw new Refused(401, 'signature_malformed');
  const components = [...LINE, ...(req.method === 'GET' ? [] : BODY), '"bawaba-deadline-ms"'];
  if (said[2] !== components.join(' ')) throw new Refused(401, 'signature_components');
  const params = {};
  for (const [, name, text, number] of said[3].matchAll(/;([a-z]+)=(?:"([^"]*)"|(\d+))/g)) {
    if (name in params) throw new Refused(401, 'signature_malformed');
    params[name] = text ?? Number(number);
  }
  const names = Object.keys(params).sort().join();
  if (names !== 'alg,created,keyid,nonce,tag') throw new Refused(401, 'signature_parameters');
  const gateway = known.get(params.keyid);
  if (!gateway) throw new Refused(401, 'key_unknown');
  if (params.alg !== algorithm(gateway)) throw new Refused(401, 'signature_algorithm');
  if (params.tag !== TAG) throw new Refused(401, 'signature_tag');
  const now = Date.now() / 1000;
  if (!(params.created <= now + 30)) throw new Refused(401, 'signature_future');
  if (!(params.created >= now - 90)) throw new Refused(401, 'signature_old');
  const values = { '"@method"': req.method, '"@target-uri"': address + req.url };
  const base = baseOf(components, (name) => values[name] ?? headers[name.slice(1, -1)], said[1]);
  if (!verify(how(gateway)[0], Buffer.from(base), how(gateway)[1], Buffer.from(given[1], 'base64')))
    throw new Refused(401, 'signature_wrong');
  for (const [nonce, until] of nonces) if (until < now) nonces.delete(nonce);
  const nonce = `${params.keyid} ${params.nonce}`;
  if (!(params.nonce.length >= 16 && params.nonce.length <= 128)) throw new Refused(401, 'signature_nonce');
  if (nonces.has(nonce)) throw new Refused(401, 'nonce_replayed');
  nonces.set(nonce, now + REMEMBERED);
  if (params.created < started) throw new Refused(503, 'host_starting');
}

async function bodyOf(req, headers) {
  const parts = [];
  let size = 0;
  for await (const part of req) {
    if ((size += part.length) > MOST) throw new Refused(413, 'body_too_large');
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  if (headers['content-type'] !== 'application/json') throw new Refused(415, 'media_type');
  if (digestOf(body) !== headers['content-digest']) throw new Refused(401, 'digest_mismatch');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refused(400, 'malformed_json');
  }
}

async function lookup(question, signal) {
  const { subject, source } = question;
  if (typeof subject?.value !== 'string' || source?.country !== 'OM') throw new Refused(422, 'body_malformed');
  const person = subject.country === 'OM' && Object.hasOwn(PEOPLE, subject.value) && PEOPLE[subject.value];
  if (!person) return { records: [] };
  if (person.seconds) await wait(person.seconds * 1000, null, { signal });
  const names = { arabic: { full: person.arabic }, latin: { full: person.latin } };
  const birth_date = { date: person.born };
  return { records: [{ kind: 'person', source, identifier: subject, names, birth_date, standing: 'citizen' }] };
}

async function answer(req, headers) {
  authenticate(req, headers);
  if (req.method === 'GET' && req.url === '/about') return ABOUT;
  if (!req.url.startsWith('/lookups/')) throw new Refused(404, 'path_unknown');
  if (req.url !== '/lookups/identity-verification') throw new Refused(404, 'service_unknown');
  if (req.method !== 'POST') throw new Refused(405, 'method_not_allowed');
  if (!/^[1-9]\d{0,5}$/.test(headers['bawaba-deadline-ms'])) throw new Refused(400, 'deadline_malformed');
  const signal = AbortSignal.timeout(Number(headers['bawaba-deadline-ms']));
  const over = new Promise((_, reject) => signal.addEventListener('abort', () => reject(late())));
  return Promise.race([bodyOf(req, headers).then((question) => lookup(question, signal)), over]);
}

const tls = { cert: readFileSync(certificate), key: readFileSync(key), ca: readFileSync(authority) };
createServer({ ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' }, async (req, res) => {
  let status = 200, type = 'application/json', said, headers = {};
  try {
    headers = headersOf(req);
    said = req.url === '/health' && req.method === 'GET' ? { status: 'ok' } : await answer(req, headers);
  } catch (problem) {
    const refused = problem instanceof Refused ? problem : new Refused(424, 'backend_garbled', { outcome: 'garbled' });
    [status, type, said] = [refused.problem.status, 'application/problem+json', refused.problem];
  }
  const body = Buffer.from(JSON.stringify(said));
  const made = { 'content-type': type, 'content-digest': digestOf(body), 'content-length': body.length };
  if (headers.signature) {
    const created = Math.floor(Date.now() / 1000);
    const params = `(${ANSWER.join(' ')});created=${created};keyid="${kid}";alg="${algorithm(own)}";tag="${TAG}"`;
    const values = { '"@status"': status, '"@method";req': req.method, '"@target-uri";req': address + req.url };
    values['"signature";req'] = headers.signature;
    const base = baseOf(ANSWER, (name) => values[name] ?? made[name.slice(1, -1)], params);
    made['signature-input'] = `bawaba=${params}`;
    made.signature = `bawaba=:${sign(how(own)[0], Buffer.from(base), how(own)[1]).toString('base64')}:`;
  }
  res.writeHead(status, made).end(body);
}).listen(port, '127.0.0.1', () => console.log('ready'));
