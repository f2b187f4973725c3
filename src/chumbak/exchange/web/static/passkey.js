"use strict";
// A form with data-passkey asks the device for a passkey and sends the answer. Without scripts there are codes.
(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const failed = form.querySelector("[data-failed]");
  const elsewhere = location.origin !== form.dataset.origin;
  if (elsewhere || !window.PublicKeyCredential) {
    form.querySelector("button").disabled = true;
    form.querySelector(elsewhere ? "[data-elsewhere]" : "[data-unknown]").hidden = false;
    return;
  }
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const read = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials])
      for (const one of list || []) one.id = bytes(one.id);
    return options;
  };
  const written = (made) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (made.response[name]) response[name] = text(made.response[name]);
    return JSON.stringify({id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {}});
  };
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    failed.hidden = true;
    try {
      const publicKey = read(JSON.parse(form.dataset.passkey));
      const made = form.dataset.verb === "create"
        ? await navigator.credentials.create({publicKey})
        : await navigator.credentials.get({publicKey});
      form.elements.credential.value = written(made);
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
})();
