// Passkeys and security keys. A form with data-webauthn carries what the browser needs (data-options) and sends back the
// key's answer in its field "response". Without script, or where the browser has no keys, its button stays hidden.
const { browserSupportsWebAuthn, startAuthentication, startRegistration } = SimpleWebAuthnBrowser;

for (const form of document.querySelectorAll('form[data-webauthn]')) {
  if (browserSupportsWebAuthn()) prepare(form);
}

function prepare(form) {
  const ask = form.dataset.webauthn === 'create' ? startRegistration : startAuthentication;
  const optionsJSON = JSON.parse(form.dataset.options);
  const problem = form.querySelector('[data-problem]');
  form.querySelector('[data-ready]').hidden = false;
  for (const missing of form.querySelectorAll('[data-missing]')) missing.hidden = true;

  form.addEventListener('submit', async (event) => {
    if (form.elements.response.value !== '') return;
    event.preventDefault();
    problem.hidden = true;
    try {
      send(form, await ask({ optionsJSON }));
    } catch {
      problem.hidden = false;
    }
  });
  if ('autofill' in form.dataset) void offerInField(form, optionsJSON);
}

/** The browser lists passkeys under the field for the username; nothing happens until one is chosen. */
async function offerInField(form, optionsJSON) {
  try {
    send(form, await startAuthentication({ optionsJSON, useBrowserAutofill: true }));
  } catch {
    // Not supported, or given up for the button: nobody was asked, so nobody is told.
  }
}

function send(form, answer) {
  form.elements.response.value = JSON.stringify(answer);
  form.requestSubmit();
}
