const form = document.getElementById('form');
const send = document.getElementById('send');
const status = document.getElementById('status');
const password = document.getElementById('password');
const show = document.getElementById('show');

// The token stays in this page: neither the history nor a copied address has it.
let token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname + location.search);

function tell(text, kind) {
  status.className = kind;
  status.textContent = text;
  status.focus();
}

function finish(text, kind) {
  form.hidden = true;
  tell(text, kind);
}

const badLink = 'This link is not complete or does not work any more. Ask for a new one.';
if (!token) {
  finish(badLink, 'error');
}

// A link to this page that is opened in its own tab changes the fragment only.
addEventListener('hashchange', () => location.reload());

if (show) {
  show.addEventListener('change', () => { password.type = show.checked ? 'text' : 'password'; });
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  send.disabled = true;
  tell('One moment…', '');
  try {
    const response = await fetch(location.pathname, {
      method: 'POST',
      credentials: 'omit',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(password ? { token, password: password.value } : { token }),
    });
    if (response.ok) {
      token = null;
      finish(password ? 'Your password is set. You have been signed out everywhere; sign in with the new one.' : 'Your e-mail address is verified.', 'done');
      return;
    }

    const problem = await response.json().catch(() => ({}));
    if (response.status === 429) {
      tell(`Too many attempts. Try again in ${response.headers.get('Retry-After') ?? 60} seconds.`, 'error');
    } else if (problem.errors?.password) {
      password.setAttribute('aria-invalid', 'true');
      tell(problem.errors.password[0], 'error');
    } else if (problem.errors?.token) {
      finish(badLink, 'error');
    } else if (response.status === 409) {
      finish('This address belongs to another account by now.', 'error');
    } else {
      tell('That did not work. Try again in a moment.', 'error');
    }
  } catch {
    tell('The server cannot be reached. Try again in a moment.', 'error');
  }

  send.disabled = false;
});
