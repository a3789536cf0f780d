// A provider that is not ours (npm oauth2-mock-server), bent by the tests through every attack on an ID token.
//
// Reads {"alg", "client"} as one line of JSON from standard input, and writes its issuer as one line. POST
// /control/bend?to=JSON sets what differs from now on: "header" and "claims" of its tokens (null takes one away),
// "answer" and "status" of the token endpoint, "back" for the query that the browser brings back, "metadata".
import { createInterface } from "node:readline";
import { Events, OAuth2Server } from "oauth2-mock-server";

const lines = createInterface({ input: process.stdin });
const order = JSON.parse(await new Promise((resolve) => lines.once("line", resolve)));
lines.once("close", () => process.exit(0));

let bend = {};
const server = new OAuth2Server();
const { service } = server;
await server.issuer.keys.generate(order.alg);

service.on(Events.BeforeTokenSigning, (token) => {
  // What a real provider says of a person; this one only knows its protocol.
  const now = Math.floor(Date.now() / 1000);
  Object.assign(token.payload, { sub: "somebody", aud: order.client, auth_time: now, acr: "high", cpr: "010345570" });
  differ(token.header, bend.header);
  differ(token.payload, bend.claims);
});
service.on(Events.BeforeResponse, (response) => {
  differ(response.body, bend.answer);
  response.statusCode = bend.status ?? response.statusCode;
});
service.on(Events.BeforeAuthorizeRedirect, ({ url }) => {
  for (const [name, value] of Object.entries(bend.back ?? {})) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
});
service.on(Events.BeforeWellKnownOpenIdConfiguration, (response) => differ(response.body, bend.metadata));
service.addRoute("POST", "/control/bend", (request, response) => {
  bend = JSON.parse(new URL(request.url, "http://127.0.0.1").searchParams.get("to"));
  response.writeHead(204).end();
});

await server.start(0, "127.0.0.1");
// It calls itself localhost, and its issuer is what its tokens say.
server.issuer.url = `http://127.0.0.1:${server.address().port}`;
console.log(JSON.stringify({ issuer: server.issuer.url }));

function differ(members, changes) {
  for (const [name, value] of Object.entries(changes ?? {})) {
    if (value === null) delete members[name];
    else members[name] = value;
  }
}
