'use strict';
(() => {
  const problem = document.getElementById('problem');
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const prepare = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.allowCredentials, options.excludeCredentials]) {
      for (const item of list || []) item.id = bytes(item.id);
    }
    return options;
  };
  const sendable = (credential) => {
    const given = credential.response;
    const response = { clientDataJSON: text(given.clientDataJSON) };
    for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (given[name]) response[name] = text(given[name]);
    }
    return JSON.stringify({ id: credential.id, type: credential.type, response });
  };
  const explain = (error) => {
    if (error.name === 'InvalidStateError') return 'This device has a passkey for the account already: use it.';
    if (error.name === 'NotAllowedError') return 'The passkey was not used: it was cancelled, timed out, or is not on this device.';
    return 'The passkey could not be used: ' + error.message;
  };
  for (const button of document.querySelectorAll('button[data-ceremony]')) {
    button.addEventListener('click', async () => {
      problem.textContent = '';
      if (!window.PublicKeyCredential || !navigator.credentials) {
        problem.textContent = 'This browser offers no passkeys here. Open the page under the name localhost.';
        return;
      }
      button.disabled = true;
      try {
        const publicKey = prepare(JSON.parse(button.dataset.options));
        const credential = await navigator.credentials[button.dataset.ceremony]({ publicKey });
        button.form.elements.credential.value = sendable(credential);
        button.form.submit();
      } catch (error) {
        problem.textContent = explain(error);
        button.disabled = false;
      }
    });
  }
})();
