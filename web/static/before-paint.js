// Sets theme and language before the first paint, so that a dark page never flashes white, and says that the studio is
// starting while it is. A file of its own, since the content security policy allows no inline script.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      // Storage may be forbidden; the system's choice is used then.
      return null;
    }
  };
  const apply = () => {
    const theme = stored('likeness.theme');
    document.documentElement.dataset.theme =
      theme === 'light' || theme === 'dark' ? theme : dark.matches ? 'dark' : 'light';
  };
  apply();
  dark.addEventListener('change', apply);
  addEventListener('likeness:theme', apply);
  const locale = stored('likeness.locale');
  if (locale) document.documentElement.lang = locale;
  const words = {
    en: 'The studio is starting …',
    de: 'Das Studio wird geöffnet …',
    es: 'El estudio se está abriendo …',
  };
  // Most pages are there sooner; the frame of the page takes this away.
  setTimeout(() => {
    if ('open' in document.documentElement.dataset) return;
    const starting = document.createElement('div');
    starting.id = 'starting';
    starting.setAttribute('role', 'status');
    starting.style.cssText =
      'position:fixed;inset:0;display:grid;place-content:center;justify-items:center;gap:1rem;font:1rem/1.4 system-ui,sans-serif';
    const sign = document.createElement('img');
    sign.src = '/icon.svg';
    sign.alt = '';
    sign.width = 56;
    const language = (locale ?? navigator.language).slice(0, 2);
    starting.append(sign, words[language] ?? words.en);
    document.body.append(starting);
  }, 700);
})();
