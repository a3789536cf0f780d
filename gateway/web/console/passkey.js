// The one script of the console: a passkey is made or shown by the browser, and its answer posted by a plain form.
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const withBytes = (known) => (known || []).map((each) => ({ ...each, id: toBytes(each.id) }));

const make = async (options) => {
  const { id, rawId, type, response } = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    },
  });
  const { attestationObject, clientDataJSON } = response;
  const parts = { attestationObject: toText(attestationObject), clientDataJSON: toText(clientDataJSON) };
  return { id, rawId: toText(rawId), type, response: parts };
};

const show = async (options) => {
  const { id, rawId, type, response } = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    },
  });
  const parts = {
    authenticatorData: toText(response.authenticatorData),
    clientDataJSON: toText(response.clientDataJSON),
    signature: toText(response.signature),
  };
  return { id, rawId: toText(rawId), type, response: parts };
};

for (const form of document.querySelectorAll("form[data-options]")) {
  if (!window.PublicKeyCredential) {
    continue;
  }
  const failed = form.querySelector("[data-failed]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const work = form.dataset.ceremony === "make" ? make : show;
      form.elements.namedItem("answer").value = JSON.stringify(await work(JSON.parse(form.dataset.options)));
      form.submit();
    } catch {
      // The person turned away, or has no passkey here: the page says so and stays.
      failed.hidden = false;
    }
  });
}
