'use strict';
(() => {
  const problem = document.getElementById('problem');
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const join = (...parts) => Uint8Array.from(parts.flatMap((part) => [...new Uint8Array(part)]));
  const encode = (string) => new TextEncoder().encode(string);
  const hash = (data) => crypto.subtle.digest('SHA-256', data);
  const optionsOf = (button) => JSON.parse(button.dataset.options);
  const send = (form, id, response) => {
    form.elements.credential.value = JSON.stringify({ id, type: 'public-key', response });
    form.submit();
  };

  // The browser's own passkeys.
  const prepare = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.allowCredentials, options.excludeCredentials]) {
      for (const item of list || []) item.id = bytes(item.id);
    }
    return options;
  };
  const ask = async (button) => {
    if (!window.PublicKeyCredential || !navigator.credentials) {
      throw new Error('this browser offers none here. Open the page under the name localhost');
    }
    const credential = await navigator.credentials[button.dataset.ceremony]({ publicKey: prepare(optionsOf(button)) });
    const response = { clientDataJSON: text(credential.response.clientDataJSON) };
    for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    send(button.form, credential.id, response);
  };

  // A passkey in software, for computers that have none: the page plays the authenticator, and is verified like one.
  const kept = 'pim-emulator-passkeys';
  const load = () => JSON.parse(localStorage.getItem(kept) || '[]');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const clientData = (type, options) =>
    encode(JSON.stringify({ type, challenge: options.challenge, origin: location.origin, crossOrigin: false }));
  const create = async (button) => {
    const options = optionsOf(button);
    const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const key = await crypto.subtle.exportKey('jwk', pair.privateKey);
    const id = crypto.getRandomValues(new Uint8Array(32));
    const cose = join([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], bytes(key.x), [0x22, 0x58, 32], bytes(key.y));
    const data = join(await hash(encode(options.rp.id)), [0x45, 0, 0, 0, 0], new Uint8Array(16), [0, 32], id, cose);
    const named = (name) => join([0x60 + name.length], encode(name));
    const object = join([0xa3], named('fmt'), named('none'), named('attStmt'), [0xa0], named('authData'), [0x58, data.length], data);
    localStorage.setItem(kept, JSON.stringify([...load(), { id: text(id), user: options.user.id, key }]));
    send(button.form, text(id), { clientDataJSON: text(clientData('webauthn.create', options)), attestationObject: text(object) });
  };
  const integer = (bytes) => {
    const first = bytes.findIndex((byte) => byte !== 0);
    const short = bytes.slice(first < 0 ? bytes.length - 1 : first);
    const positive = short[0] > 0x7f ? join([0], short) : short;
    return join([2, positive.length], positive);
  };
  const get = async (button, passkey) => {
    const options = optionsOf(button);
    const data = join(await hash(encode(options.rpId)), [0x05, 0, 0, 0, 0]);
    const client = clientData('webauthn.get', options);
    const key = await crypto.subtle.importKey('jwk', passkey.key, algorithm, false, ['sign']);
    const raw = new Uint8Array(await crypto.subtle.sign(algorithm, key, join(data, await hash(client))));
    const numbers = join(integer(raw.slice(0, 32)), integer(raw.slice(32)));
    send(button.form, passkey.id, {
      clientDataJSON: text(client),
      authenticatorData: text(data),
      signature: text(join([0x30, numbers.length], numbers)),
      userHandle: passkey.user,
    });
  };
  const inSoftware = async () => {
    const use = document.getElementById('use-passkey');
    const allowed = use ? optionsOf(use).allowCredentials.map((item) => item.id) : [];
    const passkey = load().find((have) => allowed.includes(have.id));
    await (passkey ? get(use, passkey) : create(document.getElementById('register-passkey')));
  };

  const explain = (error) => {
    if (error.name === 'InvalidStateError') return 'This device has a passkey for the account already: use it.';
    if (error.name === 'NotAllowedError') return 'The passkey was not used: it was cancelled, timed out, or is not on this device.';
    return 'The passkey could not be used: ' + error.message + '.';
  };
  const onClick = (button, act) =>
    button.addEventListener('click', async () => {
      problem.textContent = '';
      button.disabled = true;
      try {
        await act(button);
      } catch (error) {
        problem.textContent = explain(error);
        button.disabled = false;
      }
    });
  document.querySelectorAll('button[data-ceremony]').forEach((button) => onClick(button, ask));
  onClick(document.getElementById('software-passkey'), inSoftware);
})();
